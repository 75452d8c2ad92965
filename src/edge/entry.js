// Around what worker-build makes of the crate: ends at once whatever a trap of WebAssembly would leave waiting for ever.
//
// A panic aborts the WebAssembly instance, and worker-build's shim starts a new one for the next call. Who waited in the
// old one (other requests, open streams, callers of a Durable Object) would hear nothing any more, and a promise of
// one request can't be settled from within another instance. So every call is raced against the end of its instance.
// What it costs a request that asks nobody: nothing that could be measured (three promises).
import Shim, { Limiter as ShimLimiter } from 'worker-build';

/** What waits in the present instance: functions that end it, each given the cause. */
const waiting = new Set();
/** Open streams, kept by streams.js; each has what its last frames are made of. */
const streams = globalThis.openStreams;
/** The last context and environment, with which the shim can be made to start a new instance. */
let last;
let isEnding = false;

/** The shim's functions without its proxies, which only look for a trap once more. */
const { fetch, scheduled, answer_lost: answerLost, stream_lost: streamLost } = Shim.prototype;

/** Ends all that waits, once WebAssembly has returned and in a new instance. */
globalThis.onTrap = (cause) => {
  if (isEnding) return;
  isEnding = true;
  queueMicrotask(() => {
    isEnding = false;
    globalThis.__worker_init_state.criticalError = true;
    new Shim(...last);
    for (const end of waiting) end(cause);
    waiting.clear();
    for (const { end, about } of streams) end(streamLost(cause, ...about()));
    streams.clear();
  });
};
addEventListener('error', ({ error }) => error instanceof WebAssembly.RuntimeError && globalThis.onTrap(String(error)));

/** What `run` gives, or what `giveUp` gives when the instance ends before that. */
async function guarded(run, giveUp) {
  const { promise, resolve } = Promise.withResolvers();
  waiting.add(resolve);
  try {
    return await Promise.race([run(), promise.then(giveUp)]);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    globalThis.onTrap(String(error));
    return await promise.then(giveUp);
  } finally {
    waiting.delete(resolve);
  }
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

function lost(cause) {
  throw new Error(cause);
}

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
