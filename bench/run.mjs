// Measures the release build beside an empty Worker and a Hono + D1 one: speed in interleaved rounds, and size.
// It fails on any wrong answer; `--quick` only shows that all of it works.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sizes, upload } from './budget.mjs';
import { costs } from './costs.mjs';
import { drive } from './load.mjs';
import { openSessions, tokenValues } from './pages.mjs';
import { markdown, rows, textTable, verdicts, weight } from './report.mjs';
import { checkSameAnswers } from './same.mjs';
import { scenarios } from './scenarios.mjs';
import { mint, someIds } from './seed.mjs';
import { start, startTelling, stop } from './workers.mjs';

const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 1 : 5;
const SECONDS = QUICK ? 0.3 : 0.8;
const WARM_UP_SECONDS = QUICK ? 0.2 : 0.6;
const CONNECTIONS = [1, 16];

const MEMORY = '/dev/shm';

/** Where all temporary files go, databases too: in memory where there is a folder for that, or the disk is measured. */
function temporaryFolder() {
  try {
    accessSync(MEMORY, constants.W_OK);
    return mkdtempSync(join(MEMORY, 'client-tokens-'));
  } catch {
    return mkdtempSync(join(tmpdir(), 'client-tokens-'));
  }
}

process.env.TMPDIR = temporaryFolder();
process.on('exit', () => rmSync(process.env.TMPDIR, { recursive: true, force: true }));

let stopping;

/** Ends the Workers, then this process, however often it is told to. */
function end(code) {
  stopping ??= stop().finally(() => process.exit(code));
  return stopping;
}

function fail(error) {
  // The first is the one that counts; and when it is that nobody reads stderr, this would be another.
  const first = !stopping;
  const ended = end(1);
  if (first) console.error(error.message);
  return ended;
}

// Such as a reader of the table that has gone.
process.on('uncaughtException', fail);
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) process.on(signal, () => end(code));

/** Where the requests go on, by scenario and Worker, in scenarios that don't begin anew with each measurement. */
const places = new Map();

async function measure(worker, scenario, connections, seconds) {
  const place = `${scenario.id} ${worker.id}`;
  try {
    const summary = await drive({
      port: worker.port,
      requests: scenario.requests,
      status: worker.status ?? scenario.status,
      stream: scenario.stream,
      connections,
      seconds,
      from: places.get(place),
      limit: worker.unlimited ? undefined : scenario.limit,
    });
    if (scenario.goesOn) places.set(place, summary.next);
    return summary;
  } catch (error) {
    throw new Error(`${scenario.title} of ${worker.title}: ${error.message}`);
  } finally {
    if (scenario.limit) await worker.tidy();
  }
}

const asked = (workers, { isAlone }) => (isAlone ? workers.slice(0, 1) : workers);

/** Each round begins with another Worker, so that none always follows the same one. */
async function round(all, scenario, connections, number) {
  const workers = asked(all, scenario);
  const results = {};
  for (const step of workers.keys()) {
    const worker = workers[(number + step) % workers.length];
    results[worker.id] = await measure(worker, scenario, connections, SECONDS);
  }
  return results;
}

async function measureAll(workers, list) {
  console.log('Warming up…');
  for (const scenario of list) {
    for (const worker of asked(workers, scenario)) await measure(worker, scenario, 16, WARM_UP_SECONDS);
  }
  const cells = list.flatMap((scenario) => CONNECTIONS.map((connections) => ({ scenario, connections, rounds: [] })));
  for (let number = 0; number < ROUNDS; number += 1) {
    console.log(`Round ${number + 1} of ${ROUNDS}…`);
    for (const cell of cells) cell.rounds.push(await round(workers, cell.scenario, cell.connections, number));
  }
  return cells.flatMap(({ scenario, connections, rounds }) => rows(scenario, connections, rounds));
}

/** What the scenarios ask for. All of it exists already, but only our Worker can tell the values of tokens. */
async function prepare(workers, { key }) {
  const [ours, hono] = workers;
  const ids = someIds();
  const pageIds = ids.filter((_, n) => n % 50 === 0);
  const values = await tokenValues(ours, pageIds, key);
  await hono.know(pageIds, values);
  await checkSameAnswers(workers, ids, key, values[0]);
  return { ids, key, values, sessions: await openSessions(ours, values) };
}

async function main() {
  const modules = await upload();
  const weights = sizes(modules);
  console.log(weight(weights));

  const credentials = await mint();
  const workers = await start(modules, credentials);
  const prepared = await prepare(workers, credentials);
  const list = await measureAll(workers, scenarios(prepared));

  const telling = await startTelling(modules, credentials);
  const told = await costs(telling, prepared.values[0]);
  const titles = Object.fromEntries(workers.map(({ id, title }) => [id, title]));
  console.log(`\n${textTable(list, titles)}\n\n${verdicts(list, titles).join('\n')}`);
  console.log(`\n${told.join('\n')}`);
  console.log(`\nFor the README:\n\n${markdown(list, titles, weights)}`);
  return 0;
}

try {
  await end(await main());
} catch (error) {
  await fail(error);
}
