// POST /v1/client/feedback: votes and ratings (contract section 6.3).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets, faults } from '#support/contract.mjs';
import { ORIGIN, UNLIMITED, Visitor } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab, sql } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');

async function visitor(settings) {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'], ...settings });
  const one = Object.assign(new Visitor(worker.origin, token.tokenValue), { id: token.id });
  one.conversation = (await one.init()).json.conversationId;
  return one;
}
const vote = (more) => ({ type: 'upvote', messageId: 'a1', ...more });

/** What the token's owner reads, newest first. */
async function given(one) {
  const { status, json } = await api('GET', `/v1/client-tokens/${one.id}/feedback`, { key });
  assert.equal(status, 200);
  return json.feedback;
}

test('201 for every type, and every one is read by the owner', async () => {
  const one = await visitor();
  await one.chat('Hello', { assistantMessageId: 'a1' });
  const all = [vote(), { type: 'downvote', messageId: 'a1' }, { type: 'copy', messageId: 'a1' },
    { type: 'csat', rating: 5, comment: 'Fine' }, { type: 'nps', rating: 0 }];
  const ids = [];
  for (const feedback of all) {
    const { status, json } = await one.feedback(feedback);
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(json), ['success', 'feedbackId']);
    assert.equal(json.success, true);
    assert.match(json.feedbackId, /^fb_/);
    ids.push(json.feedbackId);
  }
  const rows = await given(one);
  assert.deepEqual(rows.map(({ id }) => id).sort(), ids.toSorted());
  const shown = Object.fromEntries(rows.map(({ type, rating, comment, messageId }) => [type, [rating, comment, messageId]]));
  assert.deepEqual(shown, {
    upvote: [null, null, 'a1'], downvote: [null, null, 'a1'], copy: [null, null, 'a1'],
    csat: [5, 'Fine', null], nps: [0, null, null],
  });
  for (const { conversationId } of rows) assert.equal(conversationId, one.conversation);
});

test('201 the first time, 200 with the same id afterwards, the last word kept', async () => {
  const one = await visitor();
  const first = await one.feedback({ type: 'csat', rating: 1, comment: 'Bad' });
  const second = await one.feedback({ type: 'csat', rating: 4 });
  assert.deepEqual([first.status, second.status], [201, 200]);
  assert.deepEqual(second.json, first.json);
  assert.deepEqual((await given(one)).map(({ rating, comment }) => [rating, comment]), [[4, null]]);
});

test('201 for another message, another type and another session, each of its own', async () => {
  const one = await visitor();
  const again = async (body) => (await one.feedback(body)).status;
  assert.equal(await again(vote()), 201);
  assert.equal(await again(vote({ messageId: 'a2' })), 201);
  assert.equal(await again(vote({ type: 'downvote' })), 201);
  await one.init();
  assert.equal(await again(vote()), 201);
  assert.equal((await given(one)).length, 4);
});

test('200 under a fresh id of the same session: it is the same session', async () => {
  const one = await visitor();
  assert.equal((await one.feedback(vote())).status, 201);
  await lab.advance(1_000);
  await one.init({ sessionId: one.session });
  assert.equal((await one.feedback(vote())).status, 200);
});

test('201 once and 200 nine times for ten votes at once', async () => {
  const one = await visitor();
  const answers = await Promise.all(Array.from({ length: 10 }, () => one.feedback(vote())));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(9).fill(200), 201]);
  assert.equal(new Set(answers.map(({ json }) => json.feedbackId)).size, 1);
});

test('201 before any chat, for the welcome bubble, and no conversation comes of it', async () => {
  const one = await visitor();
  const { status } = await one.feedback(vote({ messageId: 'welcome-1764000000000' }));
  assert.equal(status, 201);
  assert.deepEqual(await sql('select id from conversations where id = ?1', one.conversation), []);
  assert.equal((await given(one))[0].messageId, 'welcome-1764000000000');
});

test('201 for a session that is over', async () => {
  const one = await visitor({ sessionIdleTimeoutMinutes: 1 });
  await lab.advance(24 * 3_600_000);
  assert.equal((await one.chat('Hello')).status, 401);
  assert.equal((await one.feedback(vote())).status, 201);
});

test('201 for a session from before a regenerate, under the new value', async () => {
  const one = await visitor();
  one.token = (await api('POST', `/v1/client-tokens/${one.id}/regenerate`, { key })).json.token;
  assert.equal((await one.feedback(vote())).status, 201);
});

test('201 at both ends of each range, with metadata and unknown keys', async () => {
  const one = await visitor();
  const accepted = async (body) => assert.ok([200, 201].includes((await one.feedback(body)).status), JSON.stringify(body));
  for (const rating of [1, 5]) await accepted({ type: 'csat', rating });
  for (const rating of [0, 10]) await accepted({ type: 'nps', rating });
  const metadata = { a: 'x'.repeat(4096 - '{"a":""}'.length) };
  await accepted(vote({ rating: null, comment: 'é'.repeat(2000), metadata, unknown: [] }));
  const [{ stored }] = await sql('select metadata as stored from feedback where client_token_id = ?1 and metadata is not null', one.id);
  assert.deepEqual(JSON.parse(stored), metadata);
});

test('201 for any id of a message up to 255 characters, and the owner reads it as it came', async () => {
  const one = await visitor();
  const ids = ['a\nb', '\t', '\u0000', 'a\u0000b', 'a\u0000c', '\u007f', ' ', '🙂'.repeat(255)];
  for (const messageId of ids) {
    assert.equal((await one.feedback(vote({ messageId }))).status, 201, JSON.stringify(messageId));
    assert.equal((await one.feedback(vote({ messageId }))).status, 200, JSON.stringify(messageId));
  }
  assert.deepEqual((await given(one)).map(({ messageId }) => messageId).sort(), ids.toSorted());
});

test('400 with every fault', async () => {
  const one = await visitor();
  const cases = [
    [{ type: 'csat' }, 'rating MISSING_REQUIRED_FIELD'],
    [{ type: 'upvote' }, 'messageId MISSING_REQUIRED_FIELD'],
    [{ type: 'downvote', messageId: '' }, 'messageId INVALID_FORMAT'],
    [{ type: 'copy', messageId: 7 }, 'messageId INVALID_TYPE'],
    [{ type: 'csat', rating: null }, 'rating MISSING_REQUIRED_FIELD'],
    ...[0, 6, -1, 2.5, '3'].map((rating) => [{ type: 'csat', rating }, 'rating OUT_OF_RANGE']),
    ...[-1, 11, 7.5].map((rating) => [{ type: 'nps', rating }, 'rating OUT_OF_RANGE']),
    [{}, 'type MISSING_REQUIRED_FIELD'],
    [{ type: 'star' }, 'type INVALID_ENUM'],
    [{ type: 'nps', rating: 11, comment: 7, metadata: [] }, 'rating OUT_OF_RANGE', 'comment INVALID_TYPE', 'metadata INVALID_TYPE'],
    [{ type: 'nps', rating: 5, comment: 'x'.repeat(2001) }, 'comment TOO_LONG'],
    [{ type: 'nps', rating: 5, metadata: { a: 'x'.repeat(4097 - '{"a":""}'.length) } }, 'metadata TOO_LONG'],
    [{ type: 'copy', messageId: 'x'.repeat(256) }, 'messageId TOO_LONG'],
    [{ type: 'nps', rating: 5, token: undefined, sessionId: null }, 'token MISSING_REQUIRED_FIELD', 'sessionId MISSING_REQUIRED_FIELD'],
  ];
  for (const [body, ...expected] of cases) {
    const answer = await one.feedback(body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    // A rating of another type is a fault of either code.
    const told = faults(answer).map((fault) => fault.replace('rating INVALID_TYPE', 'rating OUT_OF_RANGE'));
    assert.deepEqual(told, expected, JSON.stringify(body));
    assert.equal(answer.cost.trips, 0);
  }
  assert.deepEqual(await given(one), []);
});

test('400 for a session id that can\'t be one, 404 for one of another token and for a forged one', async () => {
  const [one, other] = [await visitor(), await visitor()];
  for (const sessionId of ['x', 'cs_', 'cs_abc_flow_a', one.session.slice(3)]) {
    assert.equal((await one.feedback(vote({ sessionId }))).status, 400, sessionId);
  }
  assert.equal((await one.feedback(vote({ sessionId: other.session }))).status, 404);
  assert.equal((await one.feedback(vote({ sessionId: one.session.replace('flow_a', 'flow_b') }))).status, 404);
  assert.deepEqual([await given(one), await given(other)], [[], []]);
});

test('401 for a token that is forged, regenerated or deleted', async () => {
  const one = await visitor();
  const forged = await one.feedback(vote({ token: `${one.token}x` }));
  assert.equal(forged.status, 401);
  assert.equal(forged.json.error, 'Invalid client token');
  assert.deepEqual([forged.cost.trips, forged.cost.calls], [0, 0]);
  await api('POST', `/v1/client-tokens/${one.id}/regenerate`, { key });
  assert.equal((await one.feedback(vote())).status, 401);
  const gone = await visitor();
  await api('DELETE', `/v1/client-tokens/${gone.id}`, { key });
  assert.equal((await gone.feedback(vote())).status, 401);
});

test('403 from another origin and for an inactive token', async () => {
  const one = await visitor();
  const { status, json } = await one.feedback(vote(), { from: 'https://evil.example' });
  assert.deepEqual([status, json.error], [403, 'Origin not allowed']);
  await api('PUT', `/v1/client-tokens/${one.id}`, { key, body: { isActive: false } });
  assert.equal((await one.feedback(vote())).json.error, 'Client token is inactive');
});

test('429 for the 61st in a minute, counted apart from chats, by visitor, and forgotten after it', async () => {
  const one = await visitor({ rateLimitPerMinute: 1 });
  const votes = await Promise.all(Array.from({ length: 70 }, (_, n) => one.feedback(vote({ messageId: `m${n}` }))));
  assert.equal(votes.filter(({ status }) => status === 201).length, 60);
  const refused = votes.filter(({ status }) => status === 429);
  assert.equal(refused.length, 10);
  assert.ok(refused.every(({ headers, json }) => Number(headers['retry-after']) >= 1 && json.hint));
  assert.equal((await given(one)).length <= 60, true);

  assert.equal((await one.chat('Hello')).status, 200, 'the one a minute: feedback counts in no chat');
  assert.equal((await one.chat('Hello again')).status, 429);
  assert.equal((await one.feedback(vote({ messageId: 'x' }), { ip: '198.51.100.9' })).status, 201);
  await lab.advance(61_000);
  assert.equal((await one.feedback(vote({ messageId: 'y' }))).status, 201);
});

test('429 for the 601st in an hour, though every minute has room', async () => {
  const one = await visitor({ rateLimitPerHour: 1 });
  for (let minute = 0; minute < 10; minute += 1) {
    await lab.advance(62_000);
    const votes = await Promise.all(Array.from({ length: 60 }, (_, n) => one.feedback(vote({ messageId: `m${n}` }))));
    assert.ok(votes.every(({ status }) => status < 300), `minute ${minute}`);
  }
  await lab.advance(62_000);
  const { status, headers, json } = await one.feedback(vote());
  assert.equal(status, 429);
  assert.match(headers['ratelimit-policy'], /"hour";q=600;w=3600/);
  assert.match(json.hint, /\d+ minutes/);
  assert.equal((await one.chat('Hello')).status, 200, 'the one an hour: feedback counts in no chat');
  assert.equal((await one.chat('Hello again')).status, 429);
  await lab.advance(Number(headers['retry-after']) * 1_000);
  assert.equal((await one.feedback(vote())).status, 201);
});

test('201 for a vote though the chats are used up', async () => {
  const one = await visitor({ rateLimitPerMinute: 1 });
  assert.equal((await one.chat('Hello')).status, 200);
  assert.equal((await one.chat('Hello again')).status, 429);
  assert.equal((await one.feedback(vote())).status, 201);
});

test('404 for another tenant who wants to read it', async () => {
  const one = await visitor();
  await one.feedback(vote());
  const other = await worker.mintKey({ tenant: 'other' });
  assert.equal((await api('GET', `/v1/client-tokens/${one.id}/feedback`, { key: other.key })).status, 404);
});

test('405 for other methods', async () => {
  assert.equal((await new Visitor(worker.origin, 'x', { from: ORIGIN }).ask('feedback', undefined, { method: 'GET' })).status, 405);
});
