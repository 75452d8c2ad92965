// Event streams that are open, so that a trap of WebAssembly can end them (entry.js does).
// A stream may only be written to by the request that it belongs to: what ends it resolves a promise made there.

export const openStreams = (globalThis.openStreams ??= new Set());

const COMMENT = ':'.charCodeAt(0);
const SEQ = /"seq":(\d+)(?!.*"seq":)/s;

/** A pipe to the page, of one execution. It is closed with `close`, or else with the last frames that `end` is given. */
export class OpenStream {
  #chunk;
  #block;
  #hasText = false;

  constructor(requestId, executionId, kind) {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.writer = writable.getWriter();
    /** The arguments of `stream_lost` after the cause. */
    this.about = () => [requestId, executionId, kind, this.#block, this.#hasText, this.#lastSeq()];
    const { promise, resolve } = Promise.withResolvers();
    this.end = resolve;
    const write = async (frames) => {
      await this.writer.write(new TextEncoder().encode(frames));
      await this.writer.close();
    };
    promise.then(write).catch(() => {});
    openStreams.add(this);
    const forget = () => openStreams.delete(this);
    this.writer.closed.then(forget, forget);
  }

  write(chunk) {
    // A comment has no number.
    if (chunk[0] !== COMMENT) this.#chunk = chunk;
    return this.writer.write(chunk);
  }

  /** Notes which block of text is open. */
  opened(block) {
    this.#block = block;
    this.#hasText = true;
  }

  /** The number of the last frame sent. */
  #lastSeq() {
    return Number(SEQ.exec(new TextDecoder().decode(this.#chunk))?.[1] ?? 0);
  }
}
