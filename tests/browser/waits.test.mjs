// The tests of pages read nothing at once that a slow machine shows late: what is expected is waited for, by `becomes`,
// `lacks` or a locator's own `waitFor`. This finds the forms in which that is easily forgotten.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** What Playwright answers at once, of elements that may not be there yet. */
const AT_ONCE = /\.((count|all|allInnerTexts|allTextContents|isVisible|isHidden)\(\)|waitForTimeout\()/;
/** What waits for the element, but not for what is expected of it. */
const ASSERTED = /assert[.(].*\.(innerText|innerHTML|textContent|inputValue|getAttribute|boundingBox|title|isChecked|isDisabled|isEnabled)\(/;

const tests = readdirSync(import.meta.dirname, { recursive: true }).filter((name) => name.endsWith('.test.mjs') && name !== 'waits.test.mjs');

/** A read within an arrow function is one that `becomes` repeats. */
const isHasty = (line) => AT_ONCE.test(line.replace(/\(\) => .*/, '')) || ASSERTED.test(line);

test('what a page shows is waited for', () => {
  assert.ok(tests.length > 20);
  const lines = tests.flatMap((name) => readFileSync(join(import.meta.dirname, name), 'utf8').split('\n').map((line, at) => [`${name}:${at + 1}`, line]));
  assert.deepEqual(lines.filter(([, line]) => isHasty(line)).map(([place, line]) => `${place}: ${line.trim()}`), []);
});
