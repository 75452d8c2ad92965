// Turns measurements into a table for the terminal and one in Markdown for the README.
// It is apart from the measuring so that both tables are made of the same rows.
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { EXPECTED } from './budget.mjs';

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The rows of a scenario at a number of connections: one, and for streams another with the times to the first word.
 * `rounds` has, for each round, the summaries by worker id.
 */
export function rows(scenario, connections, rounds) {
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

export function textTable(list, titles) {
  const ids = Object.keys(titles);
  const head = ['', 'conn.', ...ids.flatMap((id) => [titles[id], 'p50 ms', 'p99 ms']), '× Hono', '× empty'];
  const cells = ({ rate, p50, p99 } = NOT_MEASURED) => [perSecond(rate), millis(p50), millis(p99)];
  const lines = list.map((r) => [
    r.scenario.title,
    String(r.connections),
    ...ids.flatMap((id) => cells(r.workers[id])),
    factor(r.ratios.hono),
    factor(r.ratios.empty),
  ]);
  return aligned([head, ...lines]);
}

function aligned(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]));
  return lines.map((line) => line.map(pad).join('  ')).join('\n');
}

export function markdown(list, titles, weights) {
  const ids = Object.keys(titles);
  const head = ['', 'connections', ...ids.map((id) => titles[id]), '× Hono', '× empty'];
  const lines = list.map((r) => [
    r.scenario.title,
    r.connections,
    ...ids.map((id) => markdownCell(r.workers[id])),
    Number.isNaN(r.ratios.hono) ? '–' : `**${factor(r.ratios.hono)}**`,
    factor(r.ratios.empty),
  ]);
  const rule = ['---', ...head.slice(1).map(() => '---:')];
  const table = [head, rule, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
  return `${table}\n\nRequests per second · p50 / p99 latency. ${machine()}\n\n${weight(weights)}`;
}

function markdownCell(measured) {
  if (!measured) return '–';
  const latency = `${millis(measured.p50)} / ${millis(measured.p99)} ms`;
  return Number.isNaN(measured.rate) ? latency : `${perSecond(measured.rate)} · ${latency}`;
}

/** What was measured on, and when. */
export function machine() {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const version = (name) => `${name} ${JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version}`;
  const worker = /^name = "worker-sys"\nversion = "(.*)"$/m.exec(readFileSync('Cargo.lock', 'utf8'))?.[1];
  const date = new Date().toISOString().slice(0, 10);
  return (
    `${date}, ${cpus().length} CPUs (${cpus()[0].model}), ${gigabytes} GiB; worker-sys ${worker}, ` +
    `${version('miniflare')}, ${version('workerd')}, ${version('hono')}, Node.js ${process.versions.node}.`
  );
}

export function weight({ wasm, js, upload }) {
  const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
  return (
    `Size: wasm ${kib(wasm.raw)}, gzipped ${kib(wasm.gzip)}; JS ${kib(js.raw)}, gzipped ${kib(js.gzip)}; ` +
    `the whole upload ${kib(upload.raw)}, gzipped ${kib(upload.gzip)}.`
  );
}

/** Whether each expected ratio was reached, with the most connections. */
export function verdicts(list, titles) {
  const most = Math.max(...list.map((r) => r.connections));
  return EXPECTED.map(({ scenario, against, atLeast }) => {
    const found = list.find((r) => r.scenario.id === scenario && r.connections === most);
    const ratio = found.ratios[against];
    const verdict = ratio >= atLeast ? 'reached' : 'NOT reached';
    return `Expected: ${found.scenario.title} at least ${atLeast} × ${titles[against]}: ${verdict} (${factor(ratio)})`;
  });
}

const shown = (text) => (number) => (Number.isNaN(number) ? '–' : text(number));
const perSecond = shown((number) => `${Math.round(number).toLocaleString('en-US')}/s`);
const millis = shown((number) => number.toFixed(2));
const factor = millis;
