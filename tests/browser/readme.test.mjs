// The page of the README on a site that has nothing else: address and value are filled in as a reader would.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { html } from '../../console/src/embed/snippets.ts';
import { createToken } from '../http/support/contract.mjs';
import { start } from '../http/support/worker.mjs';
import { TIMEOUT_MS, becomes } from './support/becomes.mjs';
import { Chat } from './support/chat.mjs';
import { launch } from './support/chromium.mjs';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, SNIPPET] = /^```html\n([\s\S]*?)^```$/m.exec(README);
const [, ATTACHMENTS] = /`(attachments: \{[^`]*\})`/.exec(README);
const ADDRESS = 'https://client-tokens.example.workers.dev';
const VALUE = 'ct_live_…';

/** What the site was asked for. */
const asked = [];
let page;
const site = createServer((request, response) => {
  asked.push(request.url);
  if (request.url !== '/') response.writeHead(404).end();
  else response.writeHead(200, { 'Content-Type': 'text/html' }).end(page);
}).listen(0, '127.0.0.1');
await once(site, 'listening');
/** Another site than the Worker's, not only another port of it. */
const origin = `http://localhost:${site.address().port}`;
const worker = await start({ bindings: { DEFAULT_UPSTREAM: 'echo' }, hasAssets: true });
const browser = await launch();
after(async () => {
  await browser.close();
  site.close().closeAllConnections();
  await worker.stop();
});
const { key } = await worker.mintKey();
const token = await createToken(worker.api, key, {
  agentIds: ['agent_a'],
  allowedOrigins: [origin],
  rateLimitPerHour: 1,
  config: { welcomeMessage: 'Welcome!', placeholder: 'Ask away', theme: { palette: {} } },
});

/** Opens a page with `code`, filled in. */
async function open(code) {
  const filled = code.replaceAll(ADDRESS, worker.origin).replaceAll(VALUE, token.tokenValue);
  page = `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><body>${filled}`;
  const chat = new Chat(await browser.newPage());
  chat.page.on('requestfailed', (request) => request.url().includes('/persona/') && chat.faults.push(request.url()));
  await chat.page.goto(origin);
  await chat.page.evaluate('chat.open()');
  await chat.bubble('Welcome!').waitFor();
  return chat;
}

test('it is what the console gives', () => {
  assert.equal(SNIPPET, html({ api: ADDRESS, value: VALUE, widget: `${ADDRESS}/persona`, version: '' }));
});

test('the page greets, takes the placeholder, answers, and says in the API\'s words why it does not', { timeout: TIMEOUT_MS }, async () => {
  const chat = await open(SNIPPET);
  await chat.page.getByPlaceholder('Ask away').waitFor();
  await chat.say('Hello **there**');
  const answer = async () => (await chat.bubbles()).at(-1).html;
  await becomes(answer, /<strong>there<\/strong>/, 'the widget found its other files, too');
  await chat.send('And again');
  await chat.bubble(/^You have sent too many messages/).waitFor();
  assert.deepEqual(chat.faults, []);
  assert.deepEqual(asked, ['/']);
});

test('pictures can be attached with the setting for it, and not without', { timeout: TIMEOUT_MS }, async () => {
  for (const [snippet, expected] of [[SNIPPET, 0], [SNIPPET.replace('welcome: {', `${ATTACHMENTS},\n      welcome: {`), 1]]) {
    const chat = await open(snippet);
    await becomes(() => chat.page.locator('input[type="file"]').count(), expected);
  }
});
