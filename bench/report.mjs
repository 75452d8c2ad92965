// Turns measurements into a table for the terminal and one in Markdown for the README.
// It is apart from the measuring so that both tables are made of the same rows.
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { EXPECTED, MAX_UPLOAD_GZIP } from './budget.mjs';

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * One row for a scenario at a number of connections. `rounds` has, for each round, the summaries by worker id;
 * a ratio is the median of the rounds' own ratios, so that a slow moment of the machine weighs on both sides.
 */
export function row(scenario, connections, rounds) {
  const workers = {};
  for (const id of Object.keys(rounds[0])) {
    const of = (field) => median(rounds.map((round) => round[id][field]));
    workers[id] = { rate: of('rate'), p50: of('p50'), p99: of('p99') };
  }
  const ratio = (id) => median(rounds.map((round) => round.ours.rate / round[id].rate));
  return { scenario, connections, workers, ratios: { hono: ratio('hono'), empty: ratio('empty') } };
}

export function textTable(rows, titles) {
  const ids = Object.keys(titles);
  const head = ['', 'conn.', ...ids.flatMap((id) => [titles[id], 'p50 ms', 'p99 ms']), '× Hono', '× empty'];
  const lines = rows.map((r) => [
    r.scenario.title,
    String(r.connections),
    ...ids.flatMap((id) => [`${whole(r.workers[id].rate)}/s`, millis(r.workers[id].p50), millis(r.workers[id].p99)]),
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

export function markdown(rows, titles, weights) {
  const ids = Object.keys(titles);
  const head = ['', 'connections', ...ids.map((id) => titles[id]), '× Hono', '× empty'];
  const cell = ({ rate, p50, p99 }) => `${whole(rate)}/s · ${millis(p50)} / ${millis(p99)} ms`;
  const lines = rows.map((r) => [
    r.scenario.title,
    r.connections,
    ...ids.map((id) => cell(r.workers[id])),
    `**${factor(r.ratios.hono)}**`,
    factor(r.ratios.empty),
  ]);
  const rule = ['---', ...head.slice(1).map(() => '---:')];
  const table = [head, rule, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
  return `${table}\n\nRequests per second · p50 / p99 latency. ${machine()}\n\n${weight(weights)}`;
}

/** What was measured on, and when. */
export function machine() {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const version = (name) => `${name} ${JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version}`;
  const worker = /^name = "worker"\nversion = "(.*)"$/m.exec(readFileSync('Cargo.lock', 'utf8'))?.[1];
  const date = new Date().toISOString().slice(0, 10);
  return (
    `${date}, ${cpus().length} CPUs (${cpus()[0].model}), ${gigabytes} GiB; worker ${worker}, ` +
    `${version('miniflare')}, ${version('workerd')}, ${version('hono')}, Node.js ${process.versions.node}.`
  );
}

export function weight({ wasm, js, upload }) {
  const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
  return (
    `Size: wasm ${kib(wasm.raw)}, gzipped ${kib(wasm.gzip)}; JS ${kib(js.raw)}, gzipped ${kib(js.gzip)}; ` +
    `the whole upload ${kib(upload.raw)}, gzipped ${kib(upload.gzip)} of the ${kib(MAX_UPLOAD_GZIP)} allowed.`
  );
}

/** Whether each expected ratio was reached, with the most connections. */
export function verdicts(rows, titles) {
  const most = Math.max(...rows.map((r) => r.connections));
  return EXPECTED.map(({ scenario, against, atLeast }) => {
    const found = rows.find((r) => r.scenario.id === scenario && r.connections === most);
    const ratio = found.ratios[against];
    const verdict = ratio >= atLeast ? 'reached' : 'NOT reached';
    return `Expected: ${found.scenario.title} at least ${atLeast} × ${titles[against]}: ${verdict} (${factor(ratio)})`;
  });
}

const whole = (number) => Math.round(number).toLocaleString('en-US');
const millis = (number) => number.toFixed(2);
const factor = (number) => number.toFixed(2);
