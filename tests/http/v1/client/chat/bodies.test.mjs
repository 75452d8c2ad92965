// What a chat's body may be, and how every fault of one is told (contract sections 6.2 and 9).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets, faults } from '#support/contract.mjs';
import { UNLIMITED, Visitor, send, user } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, origin, sql } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');
const { tokenValue } = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'] });
const visitor = new Visitor(origin, tokenValue);
const { conversationId } = (await visitor.init()).json;

const chat = (more, options) => visitor.ask('chat', { sessionId: visitor.session, messages: [user('Hello')], ...more }, options);
const MIB = 1024 * 1024;

async function isFaulty(more, ...expected) {
  const answer = await chat(more);
  assert.equal(answer.status, 400, JSON.stringify(more));
  assert.deepEqual(faults(answer), expected, JSON.stringify(more));
  assert.equal(answer.cost.trips, 0);
}

test('400 for a transcript that isn\'t one', async () => {
  await isFaulty({ messages: undefined }, 'messages MISSING_REQUIRED_FIELD');
  await isFaulty({ messages: null }, 'messages MISSING_REQUIRED_FIELD');
  await isFaulty({ messages: [] }, 'messages OUT_OF_RANGE');
  await isFaulty({ messages: 'Hello' }, 'messages INVALID_TYPE');
  await isFaulty({ messages: [7, null] }, 'messages.0 INVALID_TYPE', 'messages.1 INVALID_TYPE');
});

test('400 when no message is the user\'s', async () => {
  for (const role of ['assistant', 'system']) {
    await isFaulty({ messages: [{ role, content: 'Hi' }, { role, content: 'Hi' }] }, 'messages INVALID_FORMAT');
  }
});

test('400 for a role or a content that can\'t be one', async () => {
  const message = (more) => ({ messages: [{ ...user('Hello'), ...more }] });
  await isFaulty(message({ role: 'tool' }), 'messages.0.role INVALID_ENUM');
  await isFaulty(message({ role: undefined }), 'messages.0.role MISSING_REQUIRED_FIELD');
  await isFaulty(message({ role: 7 }), 'messages.0.role INVALID_TYPE');
  await isFaulty(message({ content: undefined }), 'messages.0.content MISSING_REQUIRED_FIELD');
  await isFaulty(message({ content: '' }), 'messages.0.content INVALID_FORMAT');
  await isFaulty(message({ content: [] }), 'messages.0.content INVALID_FORMAT');
  await isFaulty(message({ content: { text: 'x' } }), 'messages.0.content INVALID_TYPE');
});

test('400 for parts that lack what their type needs', async () => {
  const part = (content) => ({ messages: [user([content])] });
  const at = (name, code) => `messages.0.content.0.${name} ${code}`;
  await isFaulty(part({ type: 'video' }), at('type', 'INVALID_ENUM'));
  await isFaulty(part({}), at('type', 'MISSING_REQUIRED_FIELD'));
  await isFaulty(part({ type: 'text' }), at('text', 'MISSING_REQUIRED_FIELD'));
  await isFaulty(part({ type: 'text', text: 7 }), at('text', 'INVALID_TYPE'));
  await isFaulty(part({ type: 'image', mimeType: 7 }), at('image', 'MISSING_REQUIRED_FIELD'), at('mimeType', 'INVALID_TYPE'));
  await isFaulty(part({ type: 'image', image: 'blob:https://app.example.com/1' }), at('image', 'INVALID_FORMAT'));
  await isFaulty(part({ type: 'file' }), ...['data', 'mimeType', 'filename'].map((name) => at(name, 'MISSING_REQUIRED_FIELD')));
  await isFaulty(part('text'), 'messages.0.content.0 INVALID_TYPE');
});

test('200 with empty ids and fingerprints as none, and with an empty part of text', async () => {
  const message = { ...user([{ type: 'text', text: '' }, { type: 'image', image: 'AA==' }]), id: '' };
  const { status } = await chat({ messages: [message], assistantMessageId: '', clientToolsFingerprint: '' });
  assert.equal(status, 200);
});

test('400 for ids and fingerprints of too many characters', async () => {
  await isFaulty({ messages: [user('Hello', 'x'.repeat(256))] }, 'messages.0.id TOO_LONG');
  await isFaulty({ assistantMessageId: 7 }, 'assistantMessageId INVALID_TYPE');
  await isFaulty({ assistantMessageId: 'x'.repeat(256) }, 'assistantMessageId TOO_LONG');
  await isFaulty({ clientToolsFingerprint: 'x'.repeat(129) }, 'clientToolsFingerprint TOO_LONG');
});

test('400 for inputs, context, metadata and tools of another type', async () => {
  await isFaulty({ inputs: [], context: 'x', metadata: 7 }, ...['inputs', 'context', 'metadata'].map((name) => `${name} INVALID_TYPE`));
  await isFaulty({ clientTools: {} }, 'clientTools INVALID_TYPE');
  await isFaulty({ clientTools: [{}] }, 'clientTools.0.name MISSING_REQUIRED_FIELD');
  await isFaulty({ clientTools: Array(129).fill({ name: 'a' }) }, 'clientTools TOO_MANY');
});

test('400 with all faults at once, the session\'s among them', async () => {
  await isFaulty(
    { sessionId: undefined, messages: [{ role: 'x' }, user('', 7)], assistantMessageId: 7, inputs: 1 },
    'sessionId MISSING_REQUIRED_FIELD', 'messages.0.role INVALID_ENUM', 'messages.0.content MISSING_REQUIRED_FIELD',
    'messages.1.id INVALID_TYPE', 'messages.1.content INVALID_FORMAT', 'assistantMessageId INVALID_TYPE', 'inputs INVALID_TYPE',
  );
});

test('400 for a body that isn\'t an object of JSON, and for a field sent twice', async () => {
  for (const body of ['', '{', '[]', '7', '"x"', '{"messages":NaN}', 'null']) {
    assert.equal((await visitor.ask('chat', body)).status, 400, body);
  }
  const twice = `{"sessionId":"a","sessionId":"b","messages":[${JSON.stringify(user('Hello'))}]}`;
  assert.deepEqual(faults(await visitor.ask('chat', twice)), ['sessionId DUPLICATE_FIELD']);
  const deep = '['.repeat(5000);
  assert.equal((await visitor.ask('chat', `{"messages":${deep}`)).status, 400);
});

test('415 for a body of another or no type, 200 for JSON under every name of it', async () => {
  const body = JSON.stringify({ sessionId: visitor.session, messages: [user('Hello')] });
  const as = (type) => visitor.ask('chat', body, { headers: { 'Content-Type': type } });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', null]) {
    assert.equal((await as(type)).status, 415, `${type}`);
  }
  for (const type of ['application/json;charset=utf-8', 'Application/JSON', 'application/vnd.api+json']) {
    assert.equal((await as(type)).status, 200, type);
  }
});

test('413 over 1 MiB unless the session comes first, announced or not, and 200 for just as much', async () => {
  const around = JSON.stringify({ messages: [user([{ type: 'image', image: '' }])], sessionId: visitor.session });
  const sized = (bytes) => around.replace('"image":""', `"image":"${'A'.repeat(bytes - around.length)}"`);
  assert.equal(Buffer.byteLength(sized(MIB)), MIB);
  assert.equal((await visitor.ask('chat', sized(MIB))).status, 200);
  const chunked = { headers: { 'Transfer-Encoding': 'chunked' } };
  for (const options of [{}, chunked]) {
    const answer = await visitor.ask('chat', sized(MIB + 1), options);
    assert.equal(answer.status, 413);
    assert.match(answer.json.details[0].message, /1048576/);
    assert.match(answer.json.hint, /67108864 if sessionId is its first member/);
    assert.equal(answer.cost.trips, 0);
  }
});

test('200 for 1 MiB of whatever it holds, though it grows when it is stored', async () => {
  for (const character of ['"', '\\', '\u0000', '\n', 'é', '💥']) {
    const escaped = JSON.stringify(character).slice(1, -1);
    const content = escaped.repeat(Math.floor((MIB - 500) / Buffer.byteLength(escaped)));
    const body = `{"sessionId":"${visitor.session}","messages":[{"role":"user","content":"${content}"}]}`;
    const { status } = await send(origin, '/v1/client/chat', body);
    assert.equal(status, 200, escaped);
  }
});

test('401 for a session that is forged, malformed or none, without a trip', async () => {
  const forged = ['', 'x', 'cs_', `${visitor.session}x`, visitor.session.replace('flow_a', 'flow_b'), tokenValue,
    visitor.session.replace(/^cs_../, 'cs_zz')];
  for (const sessionId of forged) {
    const answer = await chat({ sessionId });
    assert.equal(answer.status, 401, sessionId.slice(0, 5));
    assert.equal(answer.json.error, 'Session not found or expired');
    assert.deepEqual([answer.cost.trips, answer.cost.calls], [0, 0]);
  }
});

test('nothing of a refused body is stored', async () => {
  const rows = await sql("select count(*) as n from messages where conversation_id = ?1 and role = 'user'", conversationId);
  const [{ n }] = await sql('select sum(chat_count) as n from sessions where conversation_id = ?1', conversationId);
  assert.equal(rows[0].n <= n, true);
});
