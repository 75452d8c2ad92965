// Turns measurements into tables: a full one for the terminal, a small one in Markdown for the README.
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { FAR } from './geography.mjs';
import { RATES, TIMES } from './goals.mjs';

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The rows of a scenario at a number of connections: one, and for streams another with the times to the first word.
 * `rounds` has, for each round, the summaries by worker id.
 */
export function rows({ scenario, connections, rounds }) {
  const whole = row(scenario, connections, rounds);
  if (!scenario.stream) return [whole];
  const first = { id: `${scenario.id}-first`, title: scenario.stream.title };
  return [whole, row(first, connections, rounds.map(({ ours }) => ({ ours: ours.first })))];
}

/**
 * A ratio is the median of the rounds' own ratios, so that a slow moment of the machine weighs on both sides. What
 * wasn't measured is not a number.
 */
function row(scenario, connections, rounds) {
  const workers = {};
  for (const id of Object.keys(rounds[0])) {
    const of = (field) => median(rounds.map((round) => round[id][field] ?? NaN));
    workers[id] = { rate: of('rate'), p50: of('p50'), p99: of('p99') };
  }
  const ratio = (id) => median(rounds.map((round) => round.ours.rate / (round[id]?.rate ?? NaN)));
  return { scenario, connections, workers, ratios: { hono: ratio('hono'), empty: ratio('empty') } };
}

const NOT_MEASURED = { rate: NaN, p50: NaN, p99: NaN };

/** Everything, for the terminal. */
export function speedTable(list, titles) {
  const ids = Object.keys(titles);
  const head = ['', 'conn.', ...ids.flatMap((id) => [titles[id], 'p50 ms', 'p99 ms']), '× Hono', '× empty'];
  const cells = ({ rate, p50, p99 } = NOT_MEASURED) => [perSecond(rate), decimal(p50), decimal(p99)];
  const lines = list.map((r) => [
    r.scenario.title,
    String(r.connections),
    ...ids.flatMap((id) => cells(r.workers[id])),
    decimal(r.ratios.hono),
    decimal(r.ratios.empty),
  ]);
  return aligned([head, ...lines]);
}

export function geographyTable(list, titles) {
  const head = ['p50 ms', ...Object.values(titles), '× Hono'];
  const lines = list.map(({ scenario, millis }) => [
    scenario.stream?.title ?? scenario.title,
    ...Object.keys(titles).map((id) => decimal(millis[id] ?? NaN)),
    decimal(millis.ours / (millis.hono ?? NaN)),
  ]);
  return aligned([head, ...lines]);
}

function aligned(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]));
  return lines.map((line) => line.map(pad).join('  ')).join('\n');
}

/** What the README shows: our Worker at the most connections, its ratios first, streams as a whole. */
export function markdown(list) {
  const most = Math.max(...list.map((r) => r.connections));
  const head = ['', '× Hono', '× empty', 'requests/s', 'p50'];
  const lines = list
    .filter((r) => r.connections === most && !Number.isNaN(r.workers.ours.rate))
    .map(({ scenario, ratios, workers: { ours } }) => [
      scenario.title,
      Number.isNaN(ratios.hono) ? '–' : `**${decimal(ratios.hono)}**`,
      decimal(ratios.empty),
      number(ours.rate),
      `${ours.p50.toFixed(1)} ms`,
    ]);
  const rule = ['---', ...head.slice(1).map(() => '---:')];
  return [head, rule, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** What was measured on, and when. */
export function machine() {
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const version = (name) => `${name} ${JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version}`;
  const crate = /^name = "worker"\nversion = "(.*)"$/m.exec(readFileSync('Cargo.lock', 'utf8'))?.[1];
  const date = new Date().toISOString().slice(0, 10);
  return (
    `${date}, ${cpus().length} CPUs (${cpus()[0].model}), ${gibibytes} GiB; crate worker ${crate}, ` +
    `${version('miniflare')}, ${version('workerd')}, ${version('hono')}, Node.js ${process.versions.node}.`
  );
}

/** Whether each ratio that is wanted was reached, with the most connections. */
export function rateVerdicts(list, titles) {
  const most = Math.max(...list.map((r) => r.connections));
  return RATES.map(({ scenario, against, atLeast }) => {
    const found = list.find((r) => r.scenario.id === scenario && r.connections === most);
    const ratio = found.ratios[against];
    return `${found.scenario.title}, at least ${atLeast} × ${titles[against]}: ${verdict(ratio >= atLeast, ratio)}`;
  });
}

export function timeVerdicts(list, titles) {
  return TIMES.map(({ scenario, atMost }) => {
    const { scenario: { title }, millis } = list.find((row) => row.scenario.id === scenario);
    const ratio = millis.ours / millis.hono;
    return `${title}, at most ${atMost} × the time of ${titles.hono}: ${verdict(ratio <= atMost, ratio)}`;
  });
}

const verdict = (isReached, ratio) => `${isReached ? 'reached' : 'NOT reached'} (${decimal(ratio)})`;

export const DISTANCES = `A call of the database takes ${FAR.database} ms longer, one of a Durable Object ${FAR.object} ms.`;

const shown = (text) => (value) => (Number.isNaN(value) ? '–' : text(value));
const number = shown((value) => Math.round(value).toLocaleString('en-US'));
const perSecond = shown((value) => `${number(value)}/s`);
const decimal = shown((value) => value.toFixed(2));
