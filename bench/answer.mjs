// One HTTP/1.1 answer on its way in: its status, whether it is complete, and what it has streamed so far.
// A body ends in one of two ways: at its length, or with an empty chunk.

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

/** Its head is kept until complete; of a body with a length only the length counts. */
export class Answer {
  #head;
  #body;

  reset() {
    this.status = undefined;
    this.#head = undefined;
    this.#body = undefined;
  }

  /** What came in whole chunks, as Latin-1; nothing of a body with a length. */
  get text() {
    return this.#body?.text ?? '';
  }

  /** Takes what came, and tells whether the answer is complete. */
  take(bytes) {
    if (this.#body) return this.#body.take(bytes);
    this.#head = this.#head ? Buffer.concat([this.#head, bytes]) : bytes;
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = this.#head.latin1Slice(0, end);
    this.status = Number(head.slice(9, 12));
    this.#body = bodyAfter(head);
    return this.#body.take(this.#head.subarray(end + HEAD_END.length));
  }
}

function bodyAfter(head) {
  if (/\r\ntransfer-encoding: chunked/i.test(head)) return new Chunked();
  const length = /\r\ncontent-length: (\d+)/i.exec(head);
  if (!length) throw new Error(`An answer without Content-Length that doesn't come in chunks:\n${head}`);
  return new Sized(Number(length[1]));
}

class Sized {
  constructor(length) {
    this.missing = length;
  }

  take(bytes) {
    this.missing -= bytes.length;
    if (this.missing < 0) throw new Error('The answer is longer than its Content-Length.');
    return this.missing === 0;
  }
}

/** RFC 9112 section 7.1, without trailers, which Workers don't send. */
class Chunked {
  text = '';
  #rest = Buffer.alloc(0);

  take(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (let size = this.#cut(); size !== undefined; size = this.#cut()) {
      if (size === 0) return true;
    }
    return false;
  }

  /** Moves one chunk to the text, if it is there whole, and gives its size. */
  #cut() {
    const line = this.#rest.indexOf(LINE_END);
    if (line < 0) return undefined;
    const size = parseInt(this.#rest.latin1Slice(0, line), 16);
    if (Number.isNaN(size)) throw new Error('A chunk without a size.');
    const start = line + LINE_END.length;
    const end = start + size + LINE_END.length;
    if (this.#rest.length < end) return undefined;
    this.text += this.#rest.latin1Slice(start, start + size);
    this.#rest = this.#rest.subarray(end);
    return size;
  }
}
