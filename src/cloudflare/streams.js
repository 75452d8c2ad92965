// Event streams and downloads that are open, so that a trap of WebAssembly can end them (entry.js does).
// A stream may only be written to by the request that it belongs to: what ends it resolves a promise made there.

export const openStreams = (globalThis.openStreams ??= new Set());

const COMMENT = ':'.charCodeAt(0);
const LINE_FEED = 10;
const SEQ = /"seq":(\d+)(?!.*"seq":)/s;

/** A pipe to the page, of one execution. It is closed with `close`, or else with the last frames that `end` is given. */
export class OpenStream {
  #chunk;
  #block;
  /** What the visitor reads if it is lost: `failed` before the first word, `broken` after it. */
  #notice;
  #broken;

  constructor(requestId, executionId, kind, failed, broken) {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.writer = writable.getWriter();
    this.#notice = failed;
    this.#broken = broken;
    /** The arguments of `stream_lost` after the cause. */
    this.about = () => [requestId, executionId, kind, this.#block, this.#notice, this.#lastSeq()];
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
    this.#notice = this.#broken;
  }

  /** Ends with frames that say so, when the instance was lost. */
  lost(cause, streamLost) {
    this.end(streamLost(cause, ...this.about()));
  }

  /** The number of the last frame sent. */
  #lastSeq() {
    return Number(SEQ.exec(new TextDecoder().decode(this.#chunk))?.[1] ?? 0);
  }
}

/**
 * A pipe of lines. What breaks it off adds `lastLine`, since the runtime may end a body that fails as if it were whole;
 * then it fails, so that the connection breaks where it can.
 */
export class OpenDownload {
  #writer;
  #requestId;
  #lastLine;
  #isAtLineStart = true;
  #end;

  constructor(requestId, lastLine) {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.#writer = writable.getWriter();
    this.#requestId = requestId;
    this.#lastLine = lastLine;
    const { promise, resolve } = Promise.withResolvers();
    this.#end = resolve;
    promise.then(() => this.breakOff()).catch(() => {});
    openStreams.add(this);
    const forget = () => openStreams.delete(this);
    this.#writer.closed.then(forget, forget);
  }

  write(chunk) {
    this.#isAtLineStart = chunk.at(-1) === LINE_FEED;
    return this.#writer.write(chunk);
  }

  close() {
    return this.#writer.close();
  }

  async breakOff() {
    await this.#writer.write(new TextEncoder().encode(`${this.#isAtLineStart ? '' : '\n'}${this.#lastLine}\n`));
    await this.#writer.abort(new Error('broken off'));
  }

  /** Breaks off after a line in the log, when the instance was lost. */
  lost(cause) {
    console.error(JSON.stringify({ level: 'error', requestId: this.#requestId, cause: `an export was cut off: ${cause}` }));
    this.#end();
  }
}
