// Orders for lab-worker.mjs, which runs around the Worker.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ONCE } from './database.mjs';

/** The module to wrap the Worker in. */
export const MODULE = readFileSync(join(import.meta.dirname, 'lab-worker.mjs'), 'utf8');

/** Orders for the Worker at `origin`; each also forgets the fault before it and the calls so far. */
export function lab(origin) {
  const order = async (what) => {
    const response = await fetch(new URL('/lab', origin), { method: 'POST', headers: ONCE, body: JSON.stringify(what) });
    if (!response.ok) throw new Error(`the lab answered ${response.status}`);
    return response.json();
  };
  return {
    /** Moves the Worker's clock on. */
    advance: (millis) => order({ advance: millis }),
    /** Makes WebAssembly trap at its nth look at the clock from now on; `fault` as below. */
    trapAt: (nth, fault) => order({ trapAt: nth, ...(fault && { fault: { list: 'calls', times: 1, ...fault } }) }),
    /** Makes Rust panic over the next timer. */
    panic: () => order({ panics: true }),
    /** Lets alarms that are set until the next order ring in so many milliseconds; `alarms` of the answer have rung. */
    alarmIn: (millis) => order({ alarmIn: millis }),
    /** The same for alarms of ledgers; `ledgerAlarms` have rung. Time may be moved meanwhile. */
    ledgerAlarmIn: (millis, advance) => order({ ledgerAlarmIn: millis, advance }),
    /**
     * Breaks calls to come: `{ nth or match, mode: 'before' | 'after' | 'delay', times, millis }`; with the `list`
     * 'statements' those of the limiter's storage, with 'ledgers' those of the ledgers by their path, such as /add. With `alarmIn`, alarms ring as above meanwhile.
     */
    fault: ({ alarmIn, ...fault }) => order({ alarmIn, fault: { list: 'calls', times: 1, ...fault } }),
    /** Ends a fault, and gives the calls of the database and the limiter since the last order. */
    calls: async () => (await order({})).calls,
    /** The names of the limiters asked since the last order. */
    limiters: async () => (await order({})).limiters,
    /** What was called since the last order, and no order itself. */
    peek: () => order({ peeks: true }),
    /** The same of the limiter's storage. */
    statements: async () => (await order({})).statements,
  };
}
