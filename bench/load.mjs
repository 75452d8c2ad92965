// Sends requests over a few persistent connections to this machine and times the answers.
// It speaks just enough HTTP/1.1 over plain sockets to stay lighter than what it measures. Under autocannon 9 an
// empty Worker answers a fifth fewer requests a second and a busy one about as many, which shifts the ratio between
// them; and autocannon counts latency in whole milliseconds.
import { connect } from 'node:net';
import { Answer } from './answer.mjs';

const HOST = '127.0.0.1';
const PATIENCE_SECONDS = 15;

/**
 * Sends `requests` in turn, the one at `from` first, one at a time on each connection, for `seconds` or until `limit`
 * of them are sent. Any answer of another status than `status` fails, and so does a lost connection. `stream` is for
 * answers that stream: the text `first`, which is timed when it has come, and `last`; an answer without either fails.
 */
export async function drive({ port, requests, status, stream, connections, seconds, from = 0, limit = Infinity }) {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const run = { requests, status, stream, left: limit, next: from, deadline: 0, millis: [], firstMillis: [] };
  const guard = setTimeout(() => {
    for (const socket of sockets) socket.destroy(new Error('An answer is overdue.'));
  }, (seconds + PATIENCE_SECONDS) * 1000);
  try {
    const start = performance.now();
    run.deadline = start + seconds * 1000;
    await Promise.all(sockets.map((socket) => converse(socket, run)));
    return summary(run, performance.now() - start);
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
    let first;
    const send = () => {
      if (run.left <= 0 || performance.now() >= run.deadline) return resolve();
      run.left -= 1;
      answer.reset();
      first = undefined;
      sent = performance.now();
      socket.write(run.requests[run.next++ % run.requests.length]);
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The connection was closed.')));
    socket.on('data', (chunk) => {
      try {
        const isComplete = answer.take(chunk);
        const elapsed = performance.now() - sent;
        if (run.stream && !first && answer.text.includes(run.stream.first)) first = elapsed;
        if (!isComplete) return;
        check(answer, run);
        run.millis.push(elapsed);
        if (run.stream) run.firstMillis.push(first);
        send();
      } catch (error) {
        reject(error);
      }
    });
    send();
  });
}

function check({ status, text }, run) {
  if (status !== run.status) throw new Error(`The answer has status ${status}, not ${run.status}.`);
  if (!run.stream) return;
  for (const wanted of [run.stream.first, run.stream.last]) {
    if (!text.includes(wanted)) throw new Error(`The stream ended without ${JSON.stringify(wanted)}:\n${text}`);
  }
}

/** `next` is where to go on. Of streams, `first` has the times to `first`, the others those to the end. */
function summary({ next, stream, millis, firstMillis }, elapsed) {
  const rate = (millis.length / elapsed) * 1000;
  return { next, rate, ...quantiles(millis), ...(stream && { first: quantiles(firstMillis) }) };
}

function quantiles(millis) {
  const sorted = millis.sort((a, b) => a - b);
  const quantile = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  return { p50: quantile(0.5), p99: quantile(0.99) };
}
