// Runs around a Worker, in its isolate, and puts its database and its Durable Objects far away: each call of them takes
// as many milliseconds longer as the binding `FAR` says. A batch of statements is one call.
import worker from './index.js';

export * from './index.js';

/** The statement that a far one stands for. */
const REAL = Symbol('real');

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** `target` with some methods replaced; the rest is its own. */
const replaced = (target, methods) =>
  new Proxy(target, {
    get: (_, name) => {
      if (Object.hasOwn(methods, name)) return methods[name];
      const value = target[name];
      return typeof value === 'function' && name !== 'constructor' ? value.bind(target) : value;
    },
  });

const delayed = (millis, target, name) => async (...told) => {
  await pause(millis);
  return target[name](...told);
};

function statement(real, millis) {
  const calls = Object.fromEntries(['first', 'all', 'run', 'raw'].map((name) => [name, delayed(millis, real, name)]));
  return replaced(real, { ...calls, [REAL]: real, bind: (...values) => statement(real.bind(...values), millis) });
}

function database(real, millis) {
  const batch = delayed(millis, real, 'batch');
  return replaced(real, {
    prepare: (sql) => statement(real.prepare(sql), millis),
    batch: (statements) => batch(statements.map((one) => one[REAL])),
  });
}

function objects(real, millis) {
  const stub = (one) => replaced(one, { fetch: delayed(millis, one, 'fetch') });
  return replaced(real, {
    get: (id) => stub(real.get(id)),
    getByName: (name) => stub(real.getByName(name)),
  });
}

export default {
  fetch(request, env, context) {
    const { DB, LIMITER, FAR } = env;
    const far = {
      ...(DB && { DB: database(DB, FAR.database) }),
      ...(LIMITER && { LIMITER: objects(LIMITER, FAR.object) }),
    };
    return worker.fetch(request, replaced(env, far), context);
  },
};
