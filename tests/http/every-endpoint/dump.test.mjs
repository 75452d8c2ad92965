// What D1 exports loads into an empty database, and the Worker goes on with it: same values, same keys, same counts.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { holdTogether, transcript } from '#support/ledger.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { signingKey, start } from '#support/worker.mjs';

const tokenKeys = signingKey(1);
const before = await start({ tokenKeys });
const { key } = await before.mintKey();
await echoTargets(before.api, key, 'flow_a');
const token = await createToken(before.api, key, { ...UNLIMITED, name: `It's "this"`, flowIds: ['flow_a'] });
const one = new Visitor(before.origin, token.tokenValue);
const { conversationId } = (await one.init()).json;
await one.chat([user("What's\nthis? ☃ ' \\", 'u1')], { assistantMessageId: 'a1' });
await one.feedback({ type: 'upvote', messageId: 'a1' });
const said = await transcript(before.sql, conversationId);
const dump = await before.exported();
await before.stop();
const worker = await start({ tokenKeys, dump });
after(() => worker.stop());
const { api, sql } = worker;

test('what it says and counts is what it was', async () => {
  const { json } = await api('GET', `/v1/client-tokens/${token.id}`, { key });
  assert.deepEqual([json.clientToken.name, json.clientToken.conversationCount], [token.name, 1]);
  assert.deepEqual(await transcript(sql, conversationId), said);
  assert.deepEqual(await worker.exported(), dump, 'and it exports to the same');
});

test('a visitor goes on in the same session, and changes are logged', async () => {
  const again = new Visitor(worker.origin, token.tokenValue);
  again.session = one.session;
  assert.equal((await again.chat([user('And now?', 'u2')])).status, 200);
  assert.equal((await transcript(sql, conversationId)).length, 4);
  assert.equal((await api('PUT', `/v1/client-tokens/${token.id}`, { key, body: { name: 'Other' } })).status, 200);
  const { json } = await api('GET', '/v1/audit-log', { key });
  assert.deepEqual(json.auditLog.map(({ action }) => action).slice(0, 2), ['client_token.update', 'client_token.create']);
  assert.equal((await api('DELETE', `/v1/client-tokens/${token.id}/conversations/${conversationId}`, { key })).status, 200);
  assert.deepEqual(await transcript(sql, conversationId), []);
});

test('what was stored holds together', () => holdTogether(sql));
