// Keeps the lines that the Worker logs, which arrive after the answer.
import { createInterface } from 'node:readline';
import { until } from './until.mjs';

const CREDENTIAL = /\b(rt|ct)_(live|test)_\w{8}|\bcs_\w{20}|\beyJ[\w-]{16}|\b[0-9a-f]{64}\b|bearer \S{8}/i;

export class Logbook {
  /** Every line, as written. */
  lines = [];

  read(...streams) {
    for (const input of streams) createInterface({ input }).on('line', (line) => this.lines.push(line));
  }

  /** The structured lines, those that are JSON. */
  entries() {
    return this.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }

  /** The first structured line that fits, now or soon. */
  find(fits) {
    return until(() => this.entries().find(fits));
  }

  /** The line of an answer, now or soon. */
  of(answer) {
    return this.find((entry) => entry.requestId === answer.headers['x-request-id']);
  }

  withCredentials() {
    return this.lines.filter((line) => CREDENTIAL.test(line));
  }
}
