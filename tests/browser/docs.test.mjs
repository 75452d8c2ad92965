// The reference and llms.txt, as the deployment serves them.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findings, overflowing } from './console/support/examine.mjs';
import { SCREENSHOTS, stage } from './console/support/stage.mjs';
import { becomes } from './support/becomes.mjs';

const { scene, origin, worker } = await stage();

for (const [width, colorScheme] of [[360, 'light'], [768, 'dark'], [1440, 'light'], [1440, 'dark']]) {
  scene(`the reference is whole at ${width} pixels, ${colorScheme}`, async (page) => {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.goto(`${origin}/docs`);
    await becomes(() => page.title(), 'Client Tokens API');
    mkdirSync(SCREENSHOTS, { recursive: true });
    const shoot = (place) => page.screenshot({ path: join(SCREENSHOTS, `docs-${place}-${width}-${colorScheme}.png`) });
    await shoot('top');
    await becomes(() => overflowing(page), []);
    await becomes(() => findings(page), []);
    await page.getByRole('link', { name: 'Create a client token' }).click();
    const heading = page.getByRole('heading', { name: 'Create a client token' });
    await becomes(async () => (await heading.boundingBox()).y, (top) => top < 200);
    await shoot('operation');
  });
}

scene('by keyboard alone, the first stop leads past the contents', async (page) => {
  await page.goto(`${origin}/docs/`);
  await page.keyboard.press('Tab');
  await becomes(() => page.evaluate(() => document.activeElement.textContent), 'To the content');
  await page.keyboard.press('Enter');
  await becomes(() => new URL(page.url()).hash, '#content');
});

scene('an answer is folded until it is asked for', async (page) => {
  await page.goto(`${origin}/docs/#listTargets`);
  const answer = page.locator('#listTargets details').first();
  const example = answer.locator('pre').first();
  await becomes(() => example.isVisible(), false);
  await answer.locator('summary').click();
  await becomes(() => example.textContent(), /"targets"/);
});

test('200 with headers that let it load its style and nothing else', async () => {
  const answer = await fetch(`${origin}/docs/`);
  assert.equal(answer.status, 200);
  const { headers } = answer;
  assert.match(headers.get('content-type'), /^text\/html/);
  assert.match(headers.get('content-security-policy'), /^default-src 'none'; style-src 'self'; /);
  assert.doesNotMatch(headers.get('content-security-policy'), /unsafe|script-src|\*/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  const [, style] = /href="(static\/[^"]+)"/.exec(await answer.text());
  assert.match((await fetch(`${origin}/docs/${style}`)).headers.get('cache-control'), /immutable/);
});

test('200 with llms.txt as text, and every link in it leads somewhere', async () => {
  const answer = await fetch(`${origin}/llms.txt`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^text\/plain; charset=utf-8/i);
  const addresses = new Set([...(await answer.text()).matchAll(/\]\(([^)#]+)/g)].map(([, address]) => address));
  assert.deepEqual([...addresses].sort(), ['/docs/', '/openapi.json']);
  for (const address of addresses) assert.equal((await fetch(origin + address)).status, 200, address);
});

test('404 for what is no file, and the service\'s own 404 beside it', async () => {
  for (const path of ['/docs/nothing', '/docs/static/nothing.css', '/docs/static/', '/llms', '/llms.txt/']) {
    assert.equal((await fetch(origin + path, { redirect: 'manual' })).status, 404, path);
  }
  assert.equal((await worker.api('GET', '/documents')).json.error, 'Not found');
});
