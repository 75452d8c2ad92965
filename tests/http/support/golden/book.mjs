// A golden file: entries with a title each, which a run must make again, every one and in their order.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { difference } from './difference.mjs';

const ROOT = join(import.meta.dirname, '../../../..');
export const FOLDER = join(ROOT, 'tests/golden');
const isUpdate = process.env.UPDATE_GOLDEN === '1';
const TITLE = '=== ';

/** The entries of a golden file, `[[title, text], …]`. */
export function entries(text) {
  const parts = `\n${text}`.split(`\n${TITLE}`).slice(1);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return [part.slice(0, end), part.slice(end + 1).trim()];
  });
}

export class Book {
  #entries = new Map();
  #path;
  #head;

  constructor(name, about) {
    this.#path = join(FOLDER, `${name}.txt`);
    const test = relative(ROOT, process.argv[1]);
    this.#head = `# ${about}\n# ${test} holds the service to it; UPDATE_GOLDEN=1 node --test ${test} writes it anew.\n`;
  }

  add(title, text) {
    assert.ok(!this.#entries.has(title), `two entries have the title ${title}`);
    this.#entries.set(title, text.trim());
  }

  /** Compares with the file, or writes it where that is asked for. */
  close() {
    const made = [...this.#entries];
    const whole = `${this.#head}\n${made.map(([title, text]) => `${TITLE}${title}\n${text}\n`).join('\n')}`;
    if (isUpdate) {
      mkdirSync(dirname(this.#path), { recursive: true });
      return writeFileSync(this.#path, whole);
    }
    const stored = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : '';
    const told = faults(entries(stored), made);
    const name = relative(ROOT, this.#path);
    if (told.length > 0) throw new Error(`${name} says otherwise.\n\n${told.join('\n\n')}\n`);
    return assert.ok(stored === whole, `${name} differs at its head, in blank lines or in the order of its entries`);
  }
}

function faults(stored, made) {
  const [before, now] = [new Map(stored), new Map(made)];
  const missing = stored.filter(([title]) => !now.has(title)).map(([title]) => `Stands in the file and didn't come: ${title}`);
  const more = made.filter(([title]) => !before.has(title)).map(([title, text]) => `Came and doesn't stand in the file: ${title}\n${text}`);
  const changed = made
    .filter(([title, text]) => before.has(title) && before.get(title) !== text)
    .map(([title, text]) => `Differs: ${title} (- in the file, + now)\n${difference(before.get(title), text)}`);
  return [...missing, ...more, ...changed];
}
