// `npm run demo` as its user has it: what the terminal says, the chat, and what the page shows beside it, live.
// Nothing is set for it but ports and a folder of its own.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, newHome, start } from '../start/support/program.mjs';
import { findings, overflowing } from './console/support/examine.mjs';
import { PATIENCE_MS, TIMEOUT_MS, becomes } from './support/becomes.mjs';
import { launch } from './support/chromium.mjs';

const SCREENSHOTS = join(import.meta.dirname, '../../.local/screenshots');
const TIMEOUT = { timeout: TIMEOUT_MS };
const home = newHome();
let demo;
let browser;
let page;
let address;
/** What the browser reports; a refusal that is asked for is no fault. */
const faults = [];

const run = async (port) => {
  const unset = { DEFAULT_UPSTREAM: undefined, OPENAI_MODEL: undefined, OPENAI_BASE_URL: undefined, OPENAI_API_KEY: undefined };
  demo = await start(home.path, { DEMO_PORT: String(port), ...unset }, { program: 'demo' });
  [, address] = /^The demo page is on (\S+)$/m.exec(demo.output());
};

before(async () => {
  await run(await freePort());
  browser = await launch();
  page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (line) => line.type() === 'error' && !line.text().startsWith('Failed to load resource') && faults.push(line.text()));
  await page.goto(address);
  await page.locator('#chat [data-persona-composer-input]').waitFor();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
  home.remove();
});

const part = (name) => page.getByRole('region', { name });
const key = () => readFileSync(join(home.path, '.local/api-key'), 'utf8').trim();
const tokens = async () => (await demo.api('GET', '/v1/client-tokens', { key: key() })).json.clientTokens;

test('the terminal says where the page, the console and the API key are', () => {
  const output = demo.output();
  assert.match(output, /^The console, which asks for the API key: http:\/\/127\.0\.0\.1:\d+\/console\/$/m);
  assert.ok(output.includes(`kept in ${/kept in (\S+):/.exec(output)[1]}: ${key()}`));
});

test('the same page from an origin that is not listed is refused, and says why in the words of the API', TIMEOUT, async () => {
  const frame = part('The same page, from another origin').frameLocator('iframe');
  const told = frame.locator('.answer.bad');
  await told.waitFor();
  const [, strange] = /This page's origin is (\S+)\. /.exec(await told.innerText());
  assert.notEqual(strange, address);
  await becomes(async () => new URL(await part('The same page, from another origin').locator('iframe').getAttribute('src')).origin, strange);
  await becomes(() => told.innerText(), /^403 Origin not allowed .*allowedOrigins/s);
  // Its chat says the same to whoever writes in it.
  const composer = frame.locator('[data-persona-composer-input]');
  await composer.fill('Let me in');
  await composer.press('Enter');
  await frame.locator('[data-message-id]').filter({ hasText: 'Origin not allowed' }).waitFor();
});

test('the chat answers, and the owner finds it in the console by the link', TIMEOUT, async () => {
  const composer = page.locator('#chat [data-persona-composer-input]');
  await composer.fill('Is anybody there?');
  await composer.press('Enter');
  await page.locator('#chat [data-message-id]').filter({ hasText: 'Is anybody there?' }).nth(1).waitFor();
  const opened = page.context().waitForEvent('page');
  await part('What the owner sees').getByRole('link', { name: 'Open this conversation' }).click();
  const owner = await opened;
  await owner.getByLabel('API key').fill(key());
  await owner.getByRole('button', { name: 'Sign in' }).click();
  await owner.getByText('Is anybody there?').nth(1).waitFor();
  await owner.close();
  // It is still found after a reload.
  await page.reload();
  await part('What the owner sees').getByRole('link', { name: 'Open this conversation' }).waitFor();
});

test('a small limit is reached, with the time to wait', TIMEOUT, async () => {
  const limit = part('A limit');
  await limit.getByRole('button', { name: 'Ask 3 times' }).click();
  await limit.getByRole('listitem').nth(2).getByText('Retry-After').waitFor();
  const line = (at) => limit.getByRole('listitem').nth(at).innerText();
  await becomes(() => line(0), '200 Question 1');
  await becomes(() => line(1), '200 Question 2');
  await becomes(() => line(2), /^429 You have sent too many messages\. .*\s+Retry-After: \d+$/s);
  await becomes(() => limit.getByRole('status').innerText(), /^It lifts in \d+ s\.$/);
});

test('no secret is in the page or in what it loads', TIMEOUT, async () => {
  const texts = await Promise.all(['/', '/settings.json', '/tour.js'].map(async (path) => (await fetch(address + path)).text()));
  for (const text of [...texts, await page.content()]) assert.doesNotMatch(text, /rt_(live|test)_\w/);
  const { tour } = JSON.parse(texts[1]);
  assert.ok(tour.keyFile.endsWith('.local/api-key'));
  await part('What the owner sees').getByText(tour.keyFile).waitFor();
  for (const path of ['/site.mjs', '/../scripts/demo.mjs', '/.local/api-key', '/persona/../../package.json']) {
    assert.equal((await fetch(address + path)).status, 404, path);
  }
});

test('it fits a phone and a desktop, light and dark', TIMEOUT, async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.reload();
    await part('The same page, from another origin').frameLocator('iframe').locator('.answer.bad').waitFor();
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(SCREENSHOTS, `demo-${width}-${colorScheme}.png`), fullPage: true });
      await becomes(() => overflowing(page), [], `${width} pixels`);
      await becomes(() => findings(page), [], `${width} pixels, ${colorScheme}`);
    }
  }
  assert.deepEqual(faults, []);
});

test('the next demo has the same tokens, and prints the key no more', TIMEOUT, async () => {
  const known = (await tokens()).map(({ id, name }) => `${name} ${id}`);
  assert.equal(known.length, 2);
  await demo.stop();
  await run(new URL(address).port);
  assert.doesNotMatch(demo.output(), /rt_(live|test)_\w/);
  assert.match(demo.output(), /^The API key is in \S+$/m);
  assert.deepEqual((await tokens()).map(({ id, name }) => `${name} ${id}`), known);
});
