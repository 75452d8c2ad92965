// The tools of a page: sent whole once, by their fingerprint afterwards (contract section 6.2).
// The widget sends them again only when a 409 asks it to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatCounts, transcript } from '#support/ledger.mjs';
import { EVENTS, stage } from '#support/stage.mjs';
import { answers } from '#support/upstream.mjs';

const { worker, upstream, visitor } = await stage({ targets: { flow_mine: EVENTS }, hasLab: true });
const { lab, sql } = worker;
upstream.play = answers('Answer');

const TOOLS = [
  {
    name: 'add', description: 'Adds', parametersSchema: { type: 'object', properties: { a: { type: 'number' } } },
    origin: 'webmcp', pageOrigin: 'https://app.example.com',
  },
  { name: 'ask_user_question', description: '', parametersSchema: { type: 'object', properties: {} }, origin: 'sdk' },
];

const offered = () => upstream.last.body.clientTools;

test('409 for a fingerprint that was never sent with its tools, and nothing is stored or counted', async () => {
  const one = await visitor();
  const asked = upstream.asked.length;
  const answer = await one.chat('Hello', { clientToolsFingerprint: 'f1' });
  assert.equal(answer.status, 409);
  assert.equal(answer.json.error, 'client_tools_resend_required');
  assert.deepEqual([answer.cost.written, answer.cost.calls], [0, 1]);
  assert.equal(upstream.asked.length, asked);
  assert.deepEqual(await transcript(sql, one.conversation), []);
  assert.deepEqual(await chatCounts(sql, one.conversation), []);
});

test('200 with the tools sent, and with the stored ones for their fingerprint', async () => {
  const one = await visitor();
  await one.chat('One', { clientTools: TOOLS, clientToolsFingerprint: 'f1' });
  assert.deepEqual(offered(), TOOLS);
  assert.equal((await one.chat('Two', { clientToolsFingerprint: 'f1' })).status, 200);
  assert.deepEqual(offered(), TOOLS);
});

test('200 without any tools when a turn says nothing of them, which forgets none', async () => {
  const one = await visitor();
  await one.chat('One', { clientTools: TOOLS, clientToolsFingerprint: 'f1' });
  await one.chat('Two');
  assert.deepEqual(offered(), []);
  assert.equal((await one.chat('Three', { clientToolsFingerprint: 'f1' })).status, 200);
  assert.deepEqual(offered(), TOOLS);
});

test('409 for the fingerprint of tools that others took the place of', async () => {
  const one = await visitor();
  await one.chat('One', { clientTools: TOOLS, clientToolsFingerprint: 'f1' });
  await one.chat('Two', { clientTools: TOOLS.slice(1), clientToolsFingerprint: 'f2' });
  assert.equal((await one.chat('Three', { clientToolsFingerprint: 'f1' })).status, 409);
  assert.equal((await one.chat('Three', { clientToolsFingerprint: 'f2' })).status, 200);
  assert.deepEqual(offered(), TOOLS.slice(1));
});

test('200 with an empty list under a fingerprint of its own', async () => {
  const one = await visitor();
  await one.chat('One', { clientTools: [], clientToolsFingerprint: 'none' });
  assert.equal((await one.chat('Two', { clientToolsFingerprint: 'none' })).status, 200);
  assert.deepEqual(offered(), []);
});

test('409 in another session: tools are the session\'s own', async () => {
  const one = await visitor();
  await one.chat('One', { clientTools: TOOLS, clientToolsFingerprint: 'f1' });
  assert.equal((await (await visitor()).chat('Hello', { clientToolsFingerprint: 'f1' })).status, 409);
  await lab.advance(31 * 60_000);
  await one.init({ sessionId: one.session });
  assert.equal((await one.chat('Two', { clientToolsFingerprint: 'f1' })).status, 409);
});

test('200 after an init of the same session, which keeps its tools', async () => {
  const one = await visitor();
  await one.chat('One', { clientTools: TOOLS, clientToolsFingerprint: 'f1' });
  await one.init({ sessionId: one.session });
  assert.equal((await one.chat('Two', { clientToolsFingerprint: 'f1' })).status, 200);
});
