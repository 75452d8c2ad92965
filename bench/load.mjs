// Sends requests over a few persistent connections to this machine and times the answers.
// It speaks just enough HTTP/1.1 over plain sockets that the sender stays much lighter than what it measures.
import { connect } from 'node:net';

const HOST = '127.0.0.1';
const HEAD_END = Buffer.from('\r\n\r\n');
const PATIENCE_SECONDS = 15;

/**
 * Sends `requests` in turn, one at a time on each connection, for `seconds` or until `limit` of them are sent.
 * Any answer of another status than `status` fails, and so does a lost connection.
 */
export async function drive({ port, requests, status, connections, seconds, limit = Infinity }) {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const run = { requests, status, left: limit, next: 0, deadline: 0, millis: [] };
  const guard = setTimeout(() => {
    for (const socket of sockets) socket.destroy(new Error('An answer is overdue.'));
  }, (seconds + PATIENCE_SECONDS) * 1000);
  try {
    const start = performance.now();
    run.deadline = start + seconds * 1000;
    await Promise.all(sockets.map((socket) => converse(socket, run)));
    return summary(run.millis, performance.now() - start);
  } finally {
    clearTimeout(guard);
    for (const socket of sockets) socket.destroy();
  }
}

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: HOST, noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Resolves when the run is over for this connection. */
function converse(socket, run) {
  return new Promise((resolve, reject) => {
    const answer = new Answer();
    let sent = 0;
    const send = () => {
      if (run.left <= 0 || performance.now() >= run.deadline) return resolve();
      run.left -= 1;
      sent = performance.now();
      socket.write(run.requests[run.next++ % run.requests.length]);
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The connection was closed.')));
    socket.on('data', (chunk) => {
      try {
        if (!answer.take(chunk)) return;
        run.millis.push(performance.now() - sent);
        if (answer.status !== run.status) throw new Error(`The answer has status ${answer.status}, not ${run.status}.`);
        answer.reset();
        send();
      } catch (error) {
        reject(error);
      }
    });
    send();
  });
}

/** One answer on its way in. Its head is kept until complete; of its body only the length counts. */
class Answer {
  reset() {
    this.head = undefined;
    this.missing = undefined;
    this.status = undefined;
  }

  /** Takes what came, and tells whether the answer is complete. */
  take(chunk) {
    if (this.missing === undefined) {
      this.head = this.head ? Buffer.concat([this.head, chunk]) : chunk;
      const end = this.head.indexOf(HEAD_END);
      if (end < 0) return false;
      this.#read(this.head.latin1Slice(0, end));
      this.missing -= this.head.length - end - HEAD_END.length;
    } else {
      this.missing -= chunk.length;
    }
    if (this.missing < 0) throw new Error('The answer is longer than its Content-Length.');
    return this.missing === 0;
  }

  #read(head) {
    const length = /\r\ncontent-length: (\d+)/i.exec(head);
    if (!length) throw new Error(`An answer without Content-Length:\n${head}`);
    this.status = Number(head.slice(9, 12));
    this.missing = Number(length[1]);
  }
}

function summary(millis, elapsed) {
  const sorted = millis.sort((a, b) => a - b);
  const quantile = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  return { rate: (sorted.length / elapsed) * 1000, p50: quantile(0.5), p99: quantile(0.99) };
}
