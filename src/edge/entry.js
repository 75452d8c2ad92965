// Around what worker-build makes of the crate: ends at once whatever a trap of WebAssembly would leave waiting for ever.
//
// A panic aborts the WebAssembly instance, and worker-build's shim starts a new one for the next call. Who waited in the
// old one (other requests, open streams, callers of a Durable Object) would hear nothing any more, and a promise of
// one request can't be settled from within another instance. So every call is raced against the end of its instance.
// What it costs a request that asks nobody: nothing that could be measured (three promises).
import Shim, { Limiter as ShimLimiter } from 'worker-build';

/** What waits in the present instance: functions that end it, each given the cause. */
const waiting = new Set();
/** Open streams, kept by streams.js; each knows what its last frames are made of. */
const streams = globalThis.openStreams;
/** The arguments of the last request, with which the shim can be made to start a new instance. */
let last;
let isEnding = false;

/** The shim's functions without its proxies. */
const { fetch, scheduled, answer_lost: answerLost, stream_lost: streamLost } = Shim.prototype;

/** Ends all that waits, once WebAssembly has returned. A panic calls it first, since only there is the cause known. */
globalThis.onTrap = (cause) => {
  if (isEnding) return;
  isEnding = true;
  queue(() => {
    isEnding = false;
    globalThis.__worker_init_state.criticalError = true;
    if (last) new Shim(...last);
    for (const end of waiting) end(cause);
    waiting.clear();
    for (const stream of streams) stream.end(streamLost(cause, ...stream.about()));
    streams.clear();
  });
};

/** Futures run in microtasks, where the runtime lets an error pass unnoticed: here every trap is seen. */
const queue = globalThis.queueMicrotask;
globalThis.queueMicrotask = (task) => queue(() => {
  try {
    task();
  } catch (error) {
    globalThis.onTrap(`WebAssembly trapped: ${error.cause ?? error}`);
  }
});

/** What `run` gives, or what `giveUp` gives when the instance ends before that. */
async function guarded(run, giveUp) {
  const { promise, resolve } = Promise.withResolvers();
  waiting.add(resolve);
  try {
    return await Promise.race([run(), promise.then(giveUp)]);
  } finally {
    waiting.delete(resolve);
  }
}

function lost(cause) {
  throw new Error(cause);
}

export default {
  fetch(request, env, ctx) {
    last = [ctx, env];
    return guarded(() => fetch.call({ env, ctx }, request), (cause) => answerLost(request, env, ctx, cause));
  },

  scheduled(event, env, ctx) {
    last = [ctx, env];
    return guarded(() => scheduled.call({ env, ctx }, event), lost);
  },
};

/** The limiter's Durable Object; the shim makes its inner one anew in a new instance. */
export class Limiter {
  #inner;

  constructor(state, env) {
    this.#inner = new ShimLimiter(state, env);
  }

  fetch(request) {
    return guarded(() => this.#inner.fetch(request), lost);
  }

  alarm() {
    return guarded(() => this.#inner.alarm(), lost);
  }
}
