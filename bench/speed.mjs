// Requests per second and latency of all Workers, in interleaved rounds.
import { drive } from './load.mjs';

const CONNECTIONS = [1, 16];
/** How long each Worker is asked in a round, and before the first one. */
const FULL = { rounds: 5, seconds: 0.8, warmUpSeconds: 0.6 };
const QUICK = { rounds: 1, seconds: 0.3, warmUpSeconds: 0.2 };

/** `[{ scenario, connections, rounds }]`, in each round the summary by the Worker's id. */
export async function measureSpeed(workers, scenarios, { isQuick }) {
  const { rounds, seconds, warmUpSeconds } = isQuick ? QUICK : FULL;
  console.log('Warming up…');
  for (const scenario of scenarios) {
    for (const worker of asked(workers, scenario)) await measure(worker, scenario, 16, warmUpSeconds);
  }
  const cells = scenarios.flatMap((scenario) =>
    CONNECTIONS.map((connections) => ({ scenario, connections, rounds: [] })),
  );
  for (let number = 0; number < rounds; number += 1) {
    console.log(`Round ${number + 1} of ${rounds}…`);
    for (const cell of cells) cell.rounds.push(await round(workers, cell, number, seconds));
  }
  return cells;
}

const asked = (workers, { isAlone }) => (isAlone ? workers.slice(0, 1) : workers);

/** Each round begins with another Worker, so that none always follows the same one. */
async function round(all, { scenario, connections }, number, seconds) {
  const workers = asked(all, scenario);
  const results = {};
  for (const step of workers.keys()) {
    const worker = workers[(number + step) % workers.length];
    results[worker.id] = await measure(worker, scenario, connections, seconds);
  }
  return results;
}

/** Where the requests go on, by scenario and Worker, in scenarios that don't begin anew with each measurement. */
const places = new Map();

/** The summary of one Worker in one scenario. */
export async function measure(worker, scenario, connections, seconds) {
  const place = `${scenario.id} ${worker.id}`;
  const { requests, before, stream } = scenario;
  const options = { port: worker.port, status: worker.status ?? scenario.status, connections, seconds };
  try {
    if (before) await drive({ ...options, requests: before, limit: before.length });
    const limit = worker.unlimited ? undefined : scenario.limit;
    const summary = await drive({ ...options, requests, stream, limit, from: places.get(place) });
    if (scenario.goesOn) places.set(place, summary.next);
    return summary;
  } catch (error) {
    throw new Error(`${scenario.title} of ${worker.title}: ${error.message}`);
  } finally {
    if (scenario.limit) await worker.tidy();
  }
}
