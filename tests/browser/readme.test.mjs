// The page of the README, as it is printed, but for the addresses of its API and token.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { serve } from '../../demo/site.mjs';
import { createToken } from '../http/support/contract.mjs';
import { start } from '../http/support/worker.mjs';
import { Chat } from './support/chat.mjs';
import { launch } from './support/chromium.mjs';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, SNIPPET] = /^```html\n([\s\S]*?)^```$/m.exec(README);

const folder = mkdtempSync(join(tmpdir(), 'page-'));
const page = join(folder, 'page.html');
const worker = await start({ bindings: { DEFAULT_UPSTREAM: 'echo' } });
const site = await serve({ page });
const browser = await launch();
after(async () => {
  await browser.close();
  await site.close();
  await worker.stop();
  rmSync(folder, { recursive: true });
});
const { key } = await worker.mintKey();
const token = await createToken(worker.api, key, {
  agentIds: ['agent_a'],
  allowedOrigins: [site.origin],
  rateLimitPerMinute: 1,
  config: { welcomeMessage: 'Welcome!', placeholder: 'Ask away', theme: { palette: {} } },
});
const html = SNIPPET.replace(/apiUrl: "[^"]+"/, `apiUrl: "${worker.origin}"`).replace('ct_live_…', token.tokenValue);
writeFileSync(page, `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><body>${html}`);

test('the page greets, takes the placeholder, answers, and says in the API\'s words why it does not', { timeout: 60_000 }, async () => {
  const chat = new Chat(await browser.newPage());
  await chat.page.goto(site.origin);
  await chat.page.evaluate('chat.open()');
  await chat.bubble('Welcome!').waitFor();
  await chat.page.getByPlaceholder('Ask away').waitFor();
  await chat.send('Hello there');
  await chat.bubble('Hello there').nth(1).waitFor();
  await chat.send('And again');
  await chat.bubble(/^You have sent too many messages/).waitFor();
  assert.deepEqual(chat.faults, []);
});
