// Runs around the built Worker, in its isolate: moves its clock, and breaks its calls to the database, the limiter and the
// ledgers.
// The Worker knows nothing of it.
import worker, { Ledger as RealLedger, Limiter as RealLimiter } from './index.js';

const CONTROL = '/lab';
const RealDate = Date;
let ahead = 0;
/** At which look at it since the last order the clock throws, as WebAssembly itself does when it traps. */
let trapAt;
let looks = 0;
/** Whether the next timer can't be set: the runtime's crate panics over that. */
let panics = false;
const realSetTimeout = globalThis.setTimeout;
globalThis.setTimeout = (...told) => {
  if (!panics) return realSetTimeout(...told);
  panics = false;
  throw new Error('injected fault, no timer');
};
globalThis.Date = class extends RealDate {
  constructor(...moment) {
    super(...(moment.length > 0 ? moment : [Date.now()]));
  }

  static now() {
    looks += 1;
    if (looks === trapAt) throw new WebAssembly.RuntimeError('injected trap');
    return RealDate.now() + ahead;
  }
};

/**
 * What was called since the last order, in words: of the database and the limiter, by the limiter of its storage, and of
 * the ledgers, which are called whenever something was counted.
 */
let past = { calls: [], statements: [], ledgers: [], limiters: [], alarms: 0, ledgerAlarms: 0 };
/** Which ones break: `nth` of a list or those that `match`, so many `times`, in which `mode`. */
let fault;

/** In how many milliseconds an alarm rings, whenever it was set for: of a limiter, and of a ledger. */
let alarmIn;
let ledgerAlarmIn;

/** Notes a call; gives the fault that hits it, if one does. */
function fate(list, name) {
  const nth = past[list].push(name);
  const isHit = fault?.list === list && fault.times > 0 && (fault.nth === nth || (fault.match && name.includes(fault.match)));
  if (!isHit) return {};
  fault.times -= 1;
  // A fault that stays hits the same kind of call again, however often it is tried.
  fault.match ??= fault.times > 0 && name;
  return fault;
}

const broken = (mode) => new Error(`injected fault, ${mode}`);

async function call(name, run, list = 'calls') {
  const { mode, millis } = fate(list, name);
  if (mode === 'before') throw broken(mode);
  if (mode === 'delay') await new Promise((resolve) => realSetTimeout(resolve, millis));
  const result = await run();
  if (mode === 'after') throw broken(mode);
  return result;
}

function callAtOnce(name, run) {
  const { mode } = fate('statements', name);
  if (mode === 'before') throw broken(mode);
  const result = run();
  if (mode === 'after') throw broken(mode);
  return result;
}

/** `target` with some methods replaced; the rest is its own, its constructor's name included. */
const replaced = (target, methods) => new Proxy(target, {
  get: (_, name) => {
    if (Object.hasOwn(methods, name)) return methods[name];
    const value = target[name];
    return typeof value === 'function' && name !== 'constructor' ? value.bind(target) : value;
  },
});

/** `select`, `insert into messages` …: the head of a statement. */
const head = (sql) => /^(select|with|create table|insert into \w+|update \w+|delete from \w+)/.exec(sql)[1];

function bindings(env) {
  const batch = (statements) => call(`d1: ${statements.map(({ statement }) => head(statement)).join(', ')}`, () => env.DB.batch(statements));
  const stub = (limiter) => replaced(limiter, { fetch: (request) => call('limiter', () => limiter.fetch(request)) });
  const ledger = (object) =>
    replaced(object, { fetch: (request) => call(new URL(request.url).pathname, () => object.fetch(request), 'ledgers') });
  return replaced(env, {
    DB: replaced(env.DB, { batch }),
    LIMITER: replaced(env.LIMITER, {
      getByName: (name) => {
        past.limiters.push(name);
        return stub(env.LIMITER.getByName(name));
      },
      get: (id) => stub(env.LIMITER.get(id)),
    }),
    LEDGER: replaced(env.LEDGER, { getByName: (name) => ledger(env.LEDGER.getByName(name)), get: (id) => ledger(env.LEDGER.get(id)) }),
  });
}

/** The limiter over storage that can break, and whose alarm can be made to ring soon. */
export class Limiter extends RealLimiter {
  constructor(state, env) {
    const { storage } = state;
    const exec = (text, ...params) => callAtOnce(head(text), () => storage.sql.exec(text, ...params));
    const setAlarm = (moment, ...options) => storage.setAlarm(alarmIn ? RealDate.now() + alarmIn : moment, ...options);
    super(replaced(state, { storage: replaced(storage, { setAlarm, sql: replaced(storage.sql, { exec }) }) }), env);
  }

  async alarm(...told) {
    past.alarms += 1;
    return super.alarm(...told);
  }
}

/** A ledger whose alarm can be made to ring soon. */
export class Ledger extends RealLedger {
  constructor(state, env) {
    const { storage } = state;
    const setAlarm = (moment, ...options) => storage.setAlarm(ledgerAlarmIn ? RealDate.now() + ledgerAlarmIn : moment, ...options);
    super(replaced(state, { storage: replaced(storage, { setAlarm }) }), env);
  }

  async alarm(...told) {
    past.ledgerAlarms += 1;
    return super.alarm(...told);
  }
}

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== CONTROL) return worker.fetch(request, bindings(env), context);
    const order = await request.json();
    if (order.peeks) return Response.json(past);
    ahead += order.advance ?? 0;
    trapAt = order.trapAt;
    panics = order.panics === true;
    looks = 0;
    alarmIn = order.alarmIn;
    ledgerAlarmIn = order.ledgerAlarmIn;
    const told = past;
    past = { calls: [], statements: [], ledgers: [], limiters: [], alarms: 0, ledgerAlarms: 0 };
    fault = order.fault;
    return Response.json(told);
  },
};
