// Pages whose origin no entry can name: apps, extensions, sandboxed pages and old web views (contract section 5).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, faults } from '#support/contract.mjs';
import { until } from '#support/until.mjs';
import { UNLIMITED, Visitor } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, origin } = worker;
const { key } = await worker.mintKey();
await api('PUT', '/v1/targets/flow_a', { key, body: { upstream: { kind: 'echo' } } });

const make = (settings) => createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'], ...settings });
const PAGES = ['null', 'file://', 'capacitor://localhost', 'tauri://localhost', 'chrome-extension://abcdefghijklmnop', 'moz-extension://9d7f3a52-1c1e-4b7e-8f3a-000000000001', 'app://obsidian.md'];

/** The hint names the origin and the two entries that help, and advises nothing that would be refused. */
function isTold({ status, json }, from) {
  assert.equal(status, 403, from);
  assert.equal(json.error, 'Origin not allowed');
  for (const words of [from, '"*"', '"native"', 'can\'t list']) assert.ok(json.hint.includes(words), json.hint);
  assert.doesNotMatch(json.hint, /add it|put it/);
}

test('403 at init, chat and feedback with a hint that can be followed', async () => {
  const { id, tokenValue } = await make({ allowedOrigins: ['*'] });
  for (const from of PAGES) {
    const page = new Visitor(origin, tokenValue, { from });
    await api('PUT', `/v1/client-tokens/${id}`, { key, body: { allowedOrigins: ['*'] } });
    assert.equal((await page.init()).status, 200);
    await api('PUT', `/v1/client-tokens/${id}`, { key, body: { allowedOrigins: ['https://app.example.com', 'native'] } });
    isTold(await page.init(), from);
    isTold(await page.chat('Hello'), from);
    isTold(await page.feedback({ type: 'nps', rating: 9 }), from);
  }
});

test('400 on save for each of them, with words that can be followed', async () => {
  const { id } = await make();
  for (const entry of PAGES) {
    const answer = await api('PUT', `/v1/client-tokens/${id}`, { key, body: { allowedOrigins: [entry] } });
    assert.deepEqual(faults(answer), ['allowedOrigins.0 INVALID_ORIGIN'], entry);
    assert.match(answer.json.details[0].message, /"\*"/);
    assert.doesNotMatch(answer.json.details[0].message, /bare host/);
  }
});

test('200 with * from init to the last frame, and the conversation and the seen origins name them', async () => {
  const { id, tokenValue } = await make({ allowedOrigins: ['*'] });
  for (const from of PAGES) {
    const page = new Visitor(origin, tokenValue, { from });
    assert.equal((await page.init()).status, 200, from);
    assert.match((await page.chat('Hello')).text, /event: execution_complete/);
  }
  const { json } = await api('GET', `/v1/client-tokens/${id}/conversations`, { key });
  assert.deepEqual(json.conversations.map((row) => row.origin).toSorted(), PAGES.toSorted());
  await until(async () => {
    const seen = await api('GET', `/v1/client-tokens/${id}/observed-origins`, { key });
    return seen.json.origins.length === PAGES.length && seen.json.origins.every(({ allowed }) => allowed);
  });
});

test('403 for what is no Origin header at all, with * too, and no advice', async () => {
  const { tokenValue } = await make({ allowedOrigins: ['*'] });
  for (const from of ['file:', 'file:///', 'file:///sdcard/a.html', 'capacitor://', 'FILE', 'https://a.example/x', 'https://a.example https://b.example']) {
    const { status, json } = await new Visitor(origin, tokenValue, { from }).init();
    assert.equal(status, 403, from);
    assert.doesNotMatch(json.hint, /owner/);
  }
});

test('403 for a page that could be listed, were the list not full: an entry has to go first', async () => {
  const { tokenValue } = await make({ allowedOrigins: Array.from({ length: 100 }, (_, n) => `https://a${n}.example`) });
  const { status, json } = await new Visitor(origin, tokenValue, { from: 'https://b.example' }).init();
  assert.equal(status, 403);
  assert.match(json.hint, /https:\/\/b\.example.*100 entries.*in the place of another/);
});
