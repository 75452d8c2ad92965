// Measures the release build beside an empty Worker and a Hono + D1 one: speed in interleaved rounds, and size.
// It fails on any wrong answer and when the upload is over its budget; `--quick` only shows that all of it works.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { MAX_UPLOAD_GZIP, sizes, upload } from './budget.mjs';
import { drive } from './load.mjs';
import { markdown, row, textTable, verdicts, weight } from './report.mjs';
import { scenarios } from './scenarios.mjs';
import { mint, someIds } from './seed.mjs';
import { start, stop } from './workers.mjs';

const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 1 : 5;
const SECONDS = QUICK ? 0.3 : 1;
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

async function measure(worker, scenario, connections, seconds) {
  try {
    return await drive({
      port: worker.port,
      requests: scenario.requests,
      status: worker.status ?? scenario.status,
      connections,
      seconds,
      limit: worker.unlimited ? undefined : scenario.limit,
    });
  } catch (error) {
    throw new Error(`${scenario.title} of ${worker.title}: ${error.message}`);
  } finally {
    if (scenario.limit) await worker.tidy();
  }
}

/** Each round begins with another Worker, so that none always follows the same one. */
async function round(workers, scenario, connections, number) {
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
    for (const worker of workers) await measure(worker, scenario, 16, WARM_UP_SECONDS);
  }
  const cells = list.flatMap((scenario) => CONNECTIONS.map((connections) => ({ scenario, connections, rounds: [] })));
  for (let number = 0; number < ROUNDS; number += 1) {
    console.log(`Round ${number + 1} of ${ROUNDS}…`);
    for (const cell of cells) cell.rounds.push(await round(workers, cell.scenario, cell.connections, number));
  }
  return cells.map(({ scenario, connections, rounds }) => row(scenario, connections, rounds));
}

/** Who compares must compare like with like: both Workers give the same tokens, but for the derived value. */
async function checkSameAnswers([ours, hono], ids, key) {
  for (const path of [`/v1/client-tokens/${ids[0]}`, '/v1/client-tokens?limit=50']) {
    const answers = [await answer(ours, path, key), await answer(hono, path, key)];
    if (!isDeepStrictEqual(...answers)) throw new Error(`The answers to ${path} differ:\n${answers.map((one) => JSON.stringify(one)).join('\n')}`);
  }
}

async function answer({ port }, path, key) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Authorization: `Bearer ${key}` } });
  const hidden = new Set(['tokenValue', 'tokenHint']);
  return JSON.parse(await response.text(), (name, value) => (hidden.has(name) ? typeof value : value));
}

async function main() {
  const modules = await upload();
  const weights = sizes(modules);
  console.log(weight(weights));

  const credentials = await mint();
  const workers = await start(modules, credentials);
  const ids = someIds();
  await checkSameAnswers(workers, ids, credentials.key);
  const rows = await measureAll(workers, scenarios(ids, credentials.key));

  const titles = Object.fromEntries(workers.map(({ id, title }) => [id, title]));
  console.log(`\n${textTable(rows, titles)}\n\n${verdicts(rows, titles).join('\n')}`);
  console.log(`\nFor the README:\n\n${markdown(rows, titles, weights)}`);
  if (weights.upload.gzip <= MAX_UPLOAD_GZIP) return 0;
  console.error(`\nThe upload is over its budget: ${weights.upload.gzip} bytes gzipped, ${MAX_UPLOAD_GZIP} allowed.`);
  return 1;
}

try {
  await end(await main());
} catch (error) {
  await fail(error);
}
