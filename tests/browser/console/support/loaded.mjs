// What a page of the console has and hasn't, once it has loaded what it shows.
import assert from 'node:assert/strict';

/** Waits for that: meanwhile the console says "Loading…" in its place. */
export const loaded = (page) => page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('.waiting'));

/** Nothing of it is there. What came before must have been waited for: a click, say, by what shows that it was answered. */
export async function lacks(locator, what = String(locator)) {
  await loaded(locator.page());
  assert.equal(await locator.count(), 0, what);
}
