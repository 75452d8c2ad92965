// Latency where the database and the Durable Objects are far from the Worker, as they are from most visitors: each call
// of them takes longer by the same for every Worker (far.mjs).
import { measure } from './speed.mjs';

/** Milliseconds that a call takes longer. */
export const FAR = { database: 80, object: 10 };

/** One, so that no request waits for another. */
const CONNECTIONS = 1;
const SECONDS = 6;
const QUICK_SECONDS = 1;

const SCENARIOS = ['get', 'create', 'initNew', 'chat'];

/** `[{ scenario, millis }]`: the p50 by the Worker's id, of a stream until its first word. */
export async function measureGeography(workers, scenarios, { isQuick }) {
  const rows = [];
  for (const scenario of scenarios.filter(({ id }) => SCENARIOS.includes(id))) {
    const millis = {};
    for (const worker of scenario.isAlone ? workers.slice(0, 1) : workers) {
      await measure(worker, scenario, CONNECTIONS, QUICK_SECONDS);
      const { first, p50 } = await measure(worker, scenario, CONNECTIONS, isQuick ? QUICK_SECONDS : SECONDS);
      millis[worker.id] = first ? first.p50 : p50;
    }
    rows.push({ scenario, millis });
  }
  return rows;
}
