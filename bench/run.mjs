// Measures the release build beside an empty Worker and a Hono + D1 one. It fails on any wrong answer.
// `--geography` puts database and Durable Objects far away and measures latency; `--quick` only shows that all works.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { costs } from './costs.mjs';
import { FAR, measureGeography } from './geography.mjs';
import { openSessions, tokenValues } from './pages.mjs';
import {
  DISTANCES, geographyTable, machine, markdown, rateVerdicts, rows, speedTable, timeVerdicts,
} from './report.mjs';
import { checkSameAnswers } from './same.mjs';
import { scenarios } from './scenarios.mjs';
import { mint, someIds } from './seed.mjs';
import { measureSpeed } from './speed.mjs';
import { upload } from './upload.mjs';
import { start, startFar, startTelling, stop } from './workers.mjs';

const asked = { isQuick: process.argv.includes('--quick') };

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

/** Says the first error only: stopping may cause others, as does a reader of the table who has gone. */
function fail(error) {
  const isFirst = !stopping;
  const ended = end(1);
  if (isFirst) console.error(error.message);
  return ended;
}

process.on('uncaughtException', fail);
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) process.on(signal, () => end(code));

/** What the scenarios ask for. All of it exists already, but only our Worker can tell the values of tokens. */
async function prepare([ours, hono], { key }) {
  const ids = someIds();
  const pageIds = ids.filter((_, n) => n % 50 === 0);
  const values = await tokenValues(ours, pageIds, key);
  await hono.know(pageIds, values);
  await checkSameAnswers([ours, hono], ids, key, values[0]);
  return { ids, key, values, sessions: await openSessions(ours, values) };
}

const titlesOf = (workers) => Object.fromEntries(workers.map(({ id, title }) => [id, title]));

async function speed(modules, credentials) {
  const workers = await start(modules, credentials);
  const prepared = await prepare(workers, credentials);
  const cells = await measureSpeed(workers, scenarios(prepared), asked);
  const list = cells.flatMap(rows);
  const told = await costs(await startTelling(modules, credentials), prepared.values[0]);
  const titles = titlesOf(workers);
  console.log(`\n${speedTable(list, titles)}\n\nWanted:\n${rateVerdicts(list, titles).join('\n')}`);
  console.log(`\n${told.join('\n')}\n\n${machine()}\n\nFor the README:\n\n${markdown(list)}`);
}

async function geography(modules, credentials) {
  const workers = await startFar(modules, credentials, FAR);
  const list = await measureGeography(workers, scenarios(await prepare(workers, credentials)), asked);
  const titles = titlesOf(workers);
  console.log(`\n${DISTANCES}\n\n${geographyTable(list, titles)}\n\nWanted:\n${timeVerdicts(list, titles).join('\n')}`);
  console.log(`\n${machine()}`);
}

async function main() {
  const run = process.argv.includes('--geography') ? geography : speed;
  await run(await upload(), await mint());
  return 0;
}

try {
  await end(await main());
} catch (error) {
  await fail(error);
}
