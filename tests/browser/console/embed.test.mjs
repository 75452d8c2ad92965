// The snippets work as they are copied, and the preview is the widget with this token.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { html } from '../../../console/src/embed/snippets.ts';
import { UNLIMITED } from '../../http/support/page.mjs';
import { PATIENCE_MS, TIMEOUT_MS, becomes } from '../support/becomes.mjs';
import { launch } from '../support/chromium.mjs';
import { chunks, upstream } from '../support/upstream.mjs';
import { lacks } from './support/loaded.mjs';
import { stage } from './support/stage.mjs';

const { scene, token, api, origin } = await stage();

const LINKS = ['_top', '_parent', '_self', '_blank', ''];
const assistant = await upstream(() => chunks([
  ...LINKS.map((target) => `<a href="${origin}/docs/" target="${target}">To ${target || 'nowhere named'}</a>\n\n`),
  `[In Markdown](${origin}/docs/) `, `<form action="${origin}/docs/" target="_top"><button>Send</button></form>`,
].map((content) => ({ content })), 'stop'));
after(assistant.close);

const PACKAGE = new URL('../../../node_modules/@runtypelabs/persona/package.json', import.meta.url);
const { version: VERSION } = JSON.parse(readFileSync(PACKAGE, 'utf8'));

const tab = ({ id }) => `/tokens/${id}?tab=embed`;
const stored = async ({ id }) => (await api('GET', `/v1/client-tokens/${id}`)).clientToken;

/** Uses the button of the snippet, and waits until what was expected lies in the clipboard. */
async function copies(page, label, expected) {
  await page.locator('figure', { has: page.getByText(label, { exact: true }) }).getByRole('button', { name: 'Copy' }).click();
  await page.getByText('Copied.').last().waitFor();
  await becomes(() => page.evaluate(() => navigator.clipboard.readText()), expected, label);
}

scene('the snippets hold this token and this deployment, ready to copy', async (page) => {
  const made = await token({ allowedOrigins: [origin] });
  await page.open(tab(made));
  await page.getByRole('heading', { name: 'In a page' }).waitFor();
  await page.examine('embed');
  const hasValue = (code) => code.includes(`clientToken: "${made.tokenValue}"`);
  await copies(page, 'HTML', (code) => hasValue(code) && code.startsWith('<') && code.includes(`apiUrl: "${origin}"`));
  await copies(page, 'Component', (code) => hasValue(code) && code.startsWith('import'));
  await copies(page, 'Install', `npm install --save-exact @runtypelabs/persona@${VERSION}`);
});

scene('where the token refuses the console\'s origin, the preview says so and offers to add it', async (page) => {
  const made = await token({ ...UNLIMITED, config: { welcomeMessage: 'Welcome to the preview', placeholder: 'Ask away' } });
  await page.open(tab(made));
  await page.getByText('this token would refuse it').waitFor();
  await page.getByText(`${origin} joins the allowed origins.`).waitFor();
  await page.examine('embed-refused');
  await page.getByRole('button', { name: 'Make this change…' }).click();
  await page.getByRole('dialog').getByText(/visitor’s own machine/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Make this change' }).click();
  await page.getByRole('button', { name: 'Start the preview' }).click();

  const preview = page.frameLocator('iframe[title="Preview of the chat"]');
  await preview.getByText('Welcome to the preview').waitFor();
  const composer = preview.getByPlaceholder('Ask away');
  await composer.fill('Is **this** you?');
  await composer.press('Enter');
  await preview.locator('.persona-message-content strong', { hasText: 'this' }).last().waitFor();
  await page.examine('embed-preview');
  assert.ok((await stored(made)).allowedOrigins.includes(origin));
  await becomes(async () => (await stored(made)).conversationCount, 1);
});

scene('the preview keeps nothing in the browser, and each one is a conversation of its own', async (page) => {
  const made = await token({ ...UNLIMITED, allowedOrigins: [origin], config: { welcomeMessage: 'Hello' } });
  for (const text of ['First', 'Second']) {
    await page.open(tab(made));
    await page.getByRole('button', { name: 'Start the preview' }).click();
    const preview = page.frameLocator('iframe');
    await preview.getByText('Hello', { exact: true }).waitFor();
    await preview.locator('[data-persona-composer-input]').fill(text);
    await preview.locator('[data-persona-composer-input]').press('Enter');
    await preview.getByText(text).nth(1).waitFor();
  }
  await lacks(page.frameLocator('iframe').getByText('First'));
  await becomes(() => page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)]), [[], ['client-tokens.credential']]);
  await becomes(async () => (await stored(made)).conversationCount, 2);
});

scene('a click on a link in an answer leaves the console where it is, and may open a tab', async (page) => {
  await api('PUT', '/v1/targets/agent_links', { upstream: { kind: 'openai', baseUrl: assistant.url, model: 'm' } });
  const made = await token({ ...UNLIMITED, agentIds: ['agent_links'], allowedOrigins: [origin] });
  await page.open(tab(made));
  const address = page.url();
  await page.getByRole('button', { name: 'Start the preview' }).click();
  const preview = page.frameLocator('iframe[title="Preview of the chat"]');
  const composer = preview.locator('[data-persona-composer-input]');
  await composer.fill('Where?');
  await composer.press('Enter');
  await preview.getByText('In Markdown').waitFor();
  // While the answer comes, its links are made anew and the button says something else.
  await preview.getByRole('button', { name: 'Send message' }).waitFor();
  for (const target of ['_top', '_parent']) {
    const link = preview.getByRole('link', { name: `To ${target}` });
    // Whatever the widget makes of it: a later one may let through what this one doesn't.
    await link.evaluate((element, name) => element.setAttribute('target', name), target);
    const refused = page.waitForEvent('console', (line) => /initiate navigation .* sandboxed/.test(line.text()));
    await link.click();
    await refused;
    assert.equal(page.url(), address, target);
    await page.getByRole('heading', { name: 'In a page' }).waitFor();
  }
  await preview.getByRole('link', { name: 'To _blank' }).evaluate((element) => element.setAttribute('target', '_blank'));
  const opened = page.context().waitForEvent('page');
  await preview.getByRole('link', { name: 'To _blank' }).click();
  await (await opened).waitForURL(`${origin}/docs/`);
  assert.equal(page.url(), address);
});

test('a page of another site works with the copied snippet, Markdown included', { timeout: TIMEOUT_MS }, async (t) => {
  const made = await token(UNLIMITED);
  const code = html({ api: origin, value: made.tokenValue, widget: `${origin}/persona`, version: '' });
  const site = createServer((_, response) => response.writeHead(200, { 'Content-Type': 'text/html' })
    .end(`<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><body>${code}`));
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  t.after(() => site.close().closeAllConnections());
  const browser = await launch();
  t.after(() => browser.close());
  const address = `http://127.0.0.1:${site.address().port}`;
  await api('PUT', `/v1/client-tokens/${made.id}`, { allowedOrigins: [address] });

  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const faults = [];
  page.on('console', (line) => ['error', 'warning'].includes(line.type()) && faults.push(line.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(address);
  await page.evaluate('chat.open()');
  const composer = page.locator('[data-persona-composer-input]');
  await composer.fill('This is **bold**');
  await composer.press('Enter');
  await page.locator('.persona-message-content strong', { hasText: 'bold' }).last().waitFor();
  assert.deepEqual(faults, []);
});

test('the widget is served for pages of every site', async () => {
  for (const [name, type] of [['index.global.js', /javascript/], ['widget.css', /css/]]) {
    const file = await fetch(`${origin}/persona/${name}`);
    assert.equal(file.status, 200);
    assert.match(file.headers.get('Content-Type'), type);
    assert.equal(file.headers.get('Access-Control-Allow-Origin'), '*');
    assert.equal(file.headers.get('X-Content-Type-Options'), 'nosniff');
  }
  assert.equal((await fetch(`${origin}/persona/none.js`)).status, 404);
});

test('the preview may be framed by the console only, and runs no script but its own', async () => {
  const page = await fetch(`${origin}/console/preview`);
  assert.equal(page.status, 200);
  const policy = page.headers.get('Content-Security-Policy');
  assert.match(policy, /^default-src 'none'; script-src 'self'; .*connect-src 'self'; frame-ancestors 'self'/);
  assert.doesNotMatch(policy, /,|unsafe-eval|script-src[^;]*unsafe|https?:|\*/);
  assert.equal(page.headers.get('X-Frame-Options'), 'SAMEORIGIN');
  assert.equal(page.headers.get('X-Content-Type-Options'), 'nosniff');
});
