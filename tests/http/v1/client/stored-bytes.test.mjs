// What visitors give to be stored, in bytes: of one visitor by the minute and the hour, and of all of a token together
// (contract section 8).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { chatCounts, transcript } from '#support/ledger.mjs';
import { lab as labOf } from '#support/lab.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { OPENAI, stage } from '#support/stage.mjs';
import { until } from '#support/until.mjs';
import { says } from '#support/upstream.mjs';
import { ADD, TOOLS, calls } from './resume/calls.mjs';
import { reader } from '../client-tokens/usage/set-up.mjs';

const MIB = 1024 * 1024;
const MOST = 3_000_000;
const { worker, upstream, key } = await stage({
  targets: { agent_ai: OPENAI },
  variants: { small: { STORED_BYTES_PER_TOKEN: `${MOST}` }, mistaken: { STORED_BYTES_PER_TOKEN: '3 MB' } },
  hasLab: true,
});
const { api, lab, logs, origins, sql } = worker;
const smallLab = labOf(origins.small);
await echoTargets(api, key, 'flow_a');
const { once } = reader(worker.variants.small, key);

async function visitor(origin = worker.origin, options) {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'], agentIds: ['agent_ai'] });
  const one = new Visitor(origin, token.tokenValue, options);
  one.id = token.id;
  one.open = async (flowId) => (one.conversation = (await one.init(flowId && { flowId })).json.conversationId);
  await one.open();
  return one;
}

let nth = 0;
/** A message of so many bytes as they are stored: the text and its quotes. */
const message = (bytes) => user('x'.repeat(bytes - 2), `m${(nth += 1)}`);
const say = (one, bytes, more) => one.chat([message(bytes)], more);

function holdTo(answer, words) {
  assert.deepEqual([answer.status, answer.json.code], [429, 'rate_limited']);
  assert.match(answer.json.hint, words);
  return Number(answer.headers['retry-after']);
}

test('8 MiB a minute, to the byte, whatever the number of messages', async () => {
  const one = await visitor();
  for (let n = 0; n < 4; n += 1) assert.equal((await say(one, 1_800_000)).status, 200);
  const rest = 8 * MIB - 4 * 1_800_000;
  const refused = await say(one, rest + 1);
  const wait = holdTo(refused, /^You have sent too much: at most 8 MiB a minute are taken\. Please wait \d+ seconds/);
  assert.ok(wait >= 1 && wait <= 61, `${wait}`);
  assert.deepEqual(await chatCounts(sql, one.conversation), [4], 'what is refused is neither stored nor counted');
  assert.equal((await say(one, rest)).status, 200);
  holdTo(await say(one, 3), /8 MiB a minute/);
  assert.equal((await transcript(sql, one.conversation)).length, 10);
  const neighbour = new Visitor(worker.origin, one.token, { ip: '203.0.113.8' });
  await neighbour.init();
  assert.equal((await say(neighbour, 100)).status, 200, 'another visitor is not held back');
});

test('exactly 4 of 12 messages of 2 MB at once', async () => {
  const one = await visitor();
  const answers = await Promise.all(Array.from({ length: 12 }, () => say(one, 1_890_000)));
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [...Array(4).fill(200), ...Array(8).fill(429)]);
});

test('64 MiB an hour', async () => {
  const one = await visitor();
  const conversations = [];
  for (let minute = 0; minute < 11; minute += 1) {
    conversations.push(await one.open());
    for (let n = 0; n < 4; n += 1) {
      const answer = await say(one, 1_850_000);
      const sum = (minute * 4 + n + 1) * 1_850_000;
      if (sum > 64 * MIB) {
        const wait = holdTo(answer, /at most 64 MiB an hour are taken\. Please wait \d+ minutes/);
        assert.ok(wait > 2_900 && wait <= 3_600, `${wait}`);
        return;
      }
      assert.equal(answer.status, 200, `${sum} bytes`);
    }
    await lab.advance(62_000);
  }
  assert.fail('never refused');
});

test('feedback counts in the same bytes, and not in the same requests', async () => {
  const one = await visitor();
  for (let n = 0; n < 4; n += 1) await say(one, 1_800_000);
  const rest = 8 * MIB - 4 * 1_800_000;
  assert.equal((await say(one, rest - 1_000)).status, 200);
  const vote = { type: 'csat', rating: 5, comment: 'y'.repeat(900) };
  assert.equal((await one.feedback(vote)).status, 201);
  holdTo(await one.feedback({ ...vote, type: 'nps' }), /8 MiB a minute/);
  holdTo(await say(one, 101), /8 MiB a minute/);
  assert.equal((await say(one, 100)).status, 200);
});

test('what a page tells beside its messages counts, and so do tools, their results and what a pause remembers', async () => {
  const one = await visitor();
  await one.open('agent_ai');
  upstream.play = calls('', ADD);
  const more = { clientTools: TOOLS, context: { page: 'z'.repeat(50_000) } };
  const { frames } = await say(one, 1_800_000, more);
  const execution = frames[0].executionId;
  upstream.play = says('Done');
  for (let n = 0; n < 3; n += 1) assert.equal((await say(one, 1_800_000)).status, 200);
  const rest = 8 * MIB - 4 * 1_800_000 - 50_000 - JSON.stringify(TOOLS).length;
  assert.equal((await say(one, rest - 60_000)).status, 200);
  holdTo(await one.resume(execution, { c1: 'r'.repeat(30_000) }), /8 MiB a minute/);
  const { status, frames: answered } = await one.resume(execution, { c1: 'small' });
  assert.equal(status, 200, 'it still waits');
  assert.equal(answered.at(-1).type, 'execution_complete');
});

test('429 with storage_full for new words, once a token holds as much as it may, and not for what was asked before', async () => {
  const one = await visitor(origins.small);
  const first = message(1_800_000);
  assert.equal((await one.chat([first])).status, 200);
  assert.equal((await say(one, 1_300_000)).status, 200);
  let requests = 3;
  const refused = await until(async () => {
    const answer = await say(one, 100);
    requests += 1;
    return answer.status === 429 && answer;
  });
  assert.deepEqual([refused.json.code, refused.json.error], ['storage_full', 'Storage limit reached']);
  assert.match(refused.json.hint, /^This chat takes no new messages at present\. Its conversations hold 3 MiB, .*STORED_BYTES_PER_TOKEN\.$/);
  assert.equal(refused.headers['retry-after'], '600');
  assert.equal((await logs.of(refused)).code, 'storage_full');
  const vote = await one.feedback({ type: 'csat', rating: 5 });
  assert.deepEqual([vote.status, vote.json.code], [429, 'storage_full']);
  assert.equal((await one.chat([first])).status, 200, 'a stored answer is given again');
  const counted = await once(requests + 1, one.id);
  assert.equal(counted.refused.limit, 1);
  const other = await visitor(origins.small);
  assert.equal((await say(other, 100)).status, 200, 'another token is not held back');
});

test('what was deleted makes room again, ten minutes later', async () => {
  const one = await visitor(origins.small);
  await say(one, 1_800_000);
  await say(one, 1_300_000);
  await until(async () => (await say(one, 100)).status === 429);
  const { status } = await api('DELETE', `/v1/client-tokens/${one.id}/conversations/${one.conversation}`, { key });
  assert.equal(status, 200);
  await one.open();
  assert.equal((await say(one, 100)).json?.code, 'storage_full');
  await smallLab.advance(601_000);
  await until(async () => (await say(one, 100)).status === 200);
});

test('what a token holds is found in the database, not only counted', async () => {
  const one = await visitor(origins.small);
  await say(one, 100);
  await sql('update conversations set byte_count = ?1 where id = ?2', MOST, one.conversation);
  await until(async () => (await say(one, 100)).json?.code === 'storage_full');
  const quick = await visitor(origins.small);
  await say(quick, 1_800_000);
  await once(2, quick.id);
  await sql('update conversations set byte_count = 0 where id = ?1', quick.conversation);
  await smallLab.advance(601_000);
  await say(quick, 1_300_000);
  await once(3, quick.id);
  assert.equal((await say(quick, 100)).status, 200, 'what is counted and gone holds nobody back');
});

test('a ceiling that can\'t be read is told in the log, and 2 GiB hold', async () => {
  const one = await visitor(origins.mistaken);
  for (let n = 0; n < 2; n += 1) assert.equal((await say(one, 1_800_000)).status, 200);
  await logs.find(({ cause }) => cause?.startsWith('STORED_BYTES_PER_TOKEN must be a whole number of bytes'));
  assert.equal((await say(one, 100)).status, 200);
});
