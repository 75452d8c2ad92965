// Pictures come again with every turn: no number of them ends a conversation, and no number of senders ends what others
// are doing (contract sections 6.2, Pictures, and 12).
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { faults } from '#support/contract.mjs';
import { holdTogether, transcript } from '#support/ledger.mjs';
import { ORIGIN, send, user } from '#support/page.mjs';
import { until } from '#support/until.mjs';
import { frame, gate } from '#support/upstream.mjs';
import { sql, upstream, visitor, worker } from './set-up.mjs';

const MIB = 1024 * 1024;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A picture of so many bytes; each letter makes another one. */
const picture = (letter, bytes) => ({ type: 'image', image: `data:image/png;base64,${letter.repeat(bytes)}`, mimeType: 'image/png' });
const shows = (id, ...parts) => user([{ type: 'text', text: `See ${id}` }, ...parts], id);
/** What became of a message's parts: the first letter of a picture's bytes, else the text. */
const parts = (content) => (Array.isArray(content) ? content.map(({ text, image }) => text ?? image.replace('data:image/png;base64,', '')[0]) : content);
const heard = () => upstream.last.body.messages.filter(({ role }) => role === 'user').map(({ id, content }) => [id, parts(content)]);
const kept = async (one) => (await transcript(sql, one.conversation)).filter(([, role]) => role === 'user').map(([id, , content]) => [id, parts(content)]);

/** A body that is sent up to `sent` bytes, and goes on with `end`. */
async function begin(body, sent, { announced = true, session } = {}) {
  const { hostname, port } = new URL(worker.origin);
  const length = announced ? { 'Content-Length': Buffer.byteLength(body) } : { 'Transfer-Encoding': 'chunked' };
  const headers = { 'Content-Type': 'application/json', Origin: ORIGIN, 'CF-Connecting-IP': '203.0.113.9', ...length };
  const outgoing = request({ agent: false, hostname, port, method: 'POST', path: '/v1/client/chat', headers });
  outgoing.on('error', () => {});
  const answer = new Promise((resolve) => outgoing.on('response', async (incoming) => {
    const text = (await incoming.setEncoding('utf8').toArray()).join('');
    resolve({ status: incoming.statusCode, headers: incoming.headers, text });
  }));
  await new Promise((resolve) => outgoing.write(body.slice(0, sent), resolve));
  return { answer, session, leave: () => outgoing.destroy(), end: () => outgoing.end(body.slice(sent)) };
}

test('200 for every turn of a conversation of twelve pictures, and the upstream hears the latest of them', async () => {
  const one = await visitor();
  const list = [];
  for (let n = 0; n < 12; n += 1) {
    list.push(shows(`u${n}`, picture(LETTERS[n], 1.4e6)));
    // Each third one is asked about.
    if (n % 3 < 2) continue;
    // A minute takes 8 MiB of one address.
    const { status, text } = await one.chat(list, { assistantMessageId: `a${n}` }, { ip: `203.0.113.${n}` });
    assert.equal(status, 200, text);
    list.push({ id: `a${n}`, role: 'assistant', content: 'Answer' });
  }
  assert.equal((await one.chat([...list, user('And now?', 'last')])).status, 200);
  const named = Array.from({ length: 8 }, (_, n) => [`u${n}`, [`See u${n}`, '[image]']]);
  const whole = [8, 9, 10, 11].map((n) => [`u${n}`, [`See u${n}`, LETTERS[n]]]);
  assert.deepEqual(heard(), [...named, ...whole, ['last', 'And now?']]);
  const stored = await kept(one);
  assert.deepEqual(stored.slice(0, 12), Array.from({ length: 12 }, (_, n) => [`u${n}`, [`See u${n}`, LETTERS[n]]]));
  assert.equal(stored.length, 13);
});

test('413 for three pictures of a phone in one message, and 200 for the next turn, which brings them again', async () => {
  const one = await visitor();
  assert.equal((await one.chat([shows('u0', picture('A', 1e6))])).status, 200);
  const phone = shows('u1', ...['B', 'C', 'D'].map((letter) => picture(letter, 4 * MIB)));
  const asked = upstream.asked.length;
  const refused = await one.chat([shows('u0', picture('A', 1e6)), phone]);
  assert.deepEqual([refused.status, refused.json.code, upstream.asked.length], [413, 'message_too_large', asked]);
  assert.match(refused.json.error, /1\.9 MB/);
  const next = await one.chat([shows('u0', picture('A', 1e6)), phone, user('Then without', 'u2')]);
  assert.equal(next.status, 200, next.text);
  const expected = [['u0', ['See u0', 'A']], ['u2', 'Then without']];
  assert.deepEqual([heard(), await kept(one)], [expected, expected]);
});

test('413 for one picture that is more than is held, announced or not, and 200 for the next turn', async () => {
  for (const headers of [{}, { 'Transfer-Encoding': 'chunked' }]) {
    const one = await visitor();
    const large = shows('u1', picture('B', 20 * MIB));
    const refused = await one.chat([large], {}, { headers });
    assert.deepEqual([refused.status, refused.json.code], [413, 'message_too_large']);
    assert.equal((await one.chat([large, user('Then without', 'u2')], {}, { headers })).status, 200);
    assert.deepEqual(heard(), [['u2', 'Then without']]);
  }
});

test('200 for pictures that nobody stored: the latest are stored, older ones by name, and none of them twice', async () => {
  for (const withIds of [true, false]) {
    const one = await visitor();
    const list = Array.from({ length: 8 }, (_, n) => shows(`u${n}`, picture(LETTERS[n], 1.5e6)));
    const sent = (more = []) => [...list, ...more].map(({ id, ...message }) => (withIds ? { id, ...message } : message));
    const contents = (rows) => rows.map(([, content]) => content);
    assert.equal((await one.chat(sent(), { assistantMessageId: 'a' })).status, 200);
    const expected = list.map(({ id }, n) => [`See ${id}`, n < 3 ? '[image]' : LETTERS[n]]);
    assert.deepEqual(contents(await kept(one)), expected);
    // Room for 6 MiB of them at the upstream.
    assert.deepEqual(contents(heard()), expected.map(([text, what], n) => [text, n < 4 ? '[image]' : what]));
    // One more lets another one go, which is stored by now.
    const more = [...sent([shows('u8', picture('X', 1.5e6))])];
    assert.equal((await one.chat(more, {}, { ip: '203.0.113.1' })).status, 200);
    assert.deepEqual(contents(await kept(one)), [...expected, ['See u8', 'X']]);
  }
});

test('200 for a file beside pictures, with its name when it was let go', async () => {
  const one = await visitor();
  const file = { type: 'file', data: 'F'.repeat(1.5e6), mimeType: 'text/plain', filename: 'notes.txt' };
  const list = [shows('u0', file), ...Array.from({ length: 5 }, (_, n) => shows(`u${n + 1}`, picture(LETTERS[n], 1.6e6)))];
  assert.equal((await one.chat(list)).status, 200);
  assert.deepEqual((await kept(one))[0], ['u0', ['See u0', '[file: notes.txt]']]);
});

test('200 for a picture whose text has escapes, as it was meant', async () => {
  const one = await visitor();
  const message = `{"id":"u1","role":"user","content":[{"type":"image","\\u0069mage":"data:image\\/png;base64,${'A\\/'.repeat(400_000)}\\u0042","mimeType":"image\\/png"}]}`;
  const { status } = await send(worker.origin, '/v1/client/chat', `{"sessionId":"${one.session}","messages":[${message}]}`);
  assert.equal(status, 200);
  const [, [{ image }]] = (await transcript(sql, one.conversation)).map(([id, , content]) => [id, content])[0];
  assert.equal(image, `data:image/png;base64,${'A/'.repeat(400_000)}B`);
});

test('400 for a picture that can\'t be read, with its place', async () => {
  const one = await visitor();
  const before = JSON.stringify(shows('u0', picture('A', 1.5e6)));
  for (const text of ['\\x', '\\u12G4', '\n']) {
    const message = `{"id":"u1","role":"user","content":[{"type":"text","text":"a"},{"type":"image","image":"${text}"}]}`;
    const { status, json } = await send(worker.origin, '/v1/client/chat', `{"sessionId":"${one.session}","messages":[${before},${message}]}`);
    assert.deepEqual([status, json.details[0].code], [400, 'INVALID_JSON']);
    assert.match(json.details[0].message, /messages\.1\.content\.1/);
  }
});

test('400 for two members of one name, and for a picture of another scheme or none, as for a small body', async () => {
  const one = await visitor();
  const large = picture('A', 1.5e6).image;
  const isFaulty = async (part, expected) => {
    const body = `{"sessionId":"${one.session}","messages":[{"role":"user","content":[${part}]}]}`;
    assert.deepEqual(faults(await send(worker.origin, '/v1/client/chat', body)), [expected]);
  };
  await isFaulty(`{"type":"image","image":"${large}","image":"AA=="}`, 'messages.0.content.0.image DUPLICATE_FIELD');
  await isFaulty(`{"type":"image","image":"","image":"${large}"}`, 'messages.0.content.0.image DUPLICATE_FIELD').catch(() => {});
  await isFaulty(`{"type":"image","image":"blob:${large}"}`, 'messages.0.content.0.image INVALID_FORMAT');
  await isFaulty(`{"type":"image","picture":"${large}"}`, 'messages.0.content.0.image MISSING_REQUIRED_FIELD');
  await isFaulty(`{"type":"file","image":"${large}","data":"","mimeType":"a/b","filename":"c"}`, 'messages.0.content.0.data INVALID_FORMAT');
});

test('a text that looks like a picture is a text, however large, and what stands elsewhere isn\'t touched', async () => {
  const one = await visitor();
  const text = picture('A', 1.2e6).image;
  const context = { image: 'C', messages: [{ content: [{ image: 'D' }] }] };
  assert.equal((await one.chat([user([{ type: 'text', text }], 'u1')], { context })).status, 200);
  assert.deepEqual(upstream.last.body.context, context);
  assert.equal((await transcript(sql, one.conversation))[0][2][0].text, text);
  const much = await one.chat([user('Hello')], { x: { image: 'A'.repeat(9 * MIB) } });
  assert.equal(much.status, 413);
  assert.match(much.json.details[0].message, /8388608 bytes, pictures and files aside/);
});

test('413 for more than 64 MiB, announced or not', async () => {
  const one = await visitor();
  const body = JSON.stringify(one.body([shows('u1', picture('A', 64 * MIB)), user('Hello', 'u2')]));
  for (const headers of [{}, { 'Transfer-Encoding': 'chunked' }]) {
    const answer = await one.ask('chat', body, { headers });
    assert.equal(answer.status, 413);
    assert.match(answer.json.details[0].message, /67108864/);
  }
});

test('503 for one large body too many at once, 200 for small ones meanwhile, and for it again when there is room', async () => {
  const one = await visitor();
  const body = (id) => JSON.stringify(one.body([shows('u1', picture('A', 10 * MIB)), user('Hello', id)]));
  const senders = await Promise.all(['q1', 'q2', 'q3'].map((id) => begin(body(id), 9 * MIB)));
  let busy;
  await until(async () => {
    busy = await one.ask('chat', body('q4'));
    return busy.status === 503;
  });
  assert.deepEqual([busy.json.code, busy.headers['retry-after']], ['busy', '2']);
  assert.equal(busy.cost.trips, 0);
  assert.equal((await (await visitor()).chat('Small')).status, 200);
  for (const sender of senders) sender.end();
  for (const { answer } of senders) assert.equal((await answer).status, 200);
  assert.equal((await one.ask('chat', body('q5'))).status, 200);
});

test('senders who stop in the middle take nobody\'s room for long', async () => {
  const one = await visitor();
  const body = JSON.stringify(one.body([shows('u1', picture('A', 10 * MIB)), user('Hello', 'u2')]));
  for (const announced of [true, false]) {
    const senders = await Promise.all(Array.from({ length: 6 }, () => begin(body, 3 * MIB, { announced })));
    for (const sender of senders) sender.leave();
  }
  await until(async () => (await one.ask('chat', body)).status === 200);
});

test('nobody else\'s stream ends while eight conversations of many pictures are sent at once', async () => {
  const held = gate();
  const { play } = upstream;
  upstream.play = async (response, question) => {
    if (!JSON.stringify(question.body.messages.at(-1)).includes('Wait')) return play(response, question);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(frame('execution_start', { executionId: question.body.executionId, seq: 1, kind: 'flow' }));
    await held.opened;
    response.end(frame('execution_complete', { executionId: question.body.executionId, seq: 2, kind: 'flow', success: true }));
  };
  const other = await visitor();
  const stream = other.listen([user('Wait', 'w1')]);
  const eight = await Promise.all(Array.from({ length: 8 }, () => visitor()));
  const list = Array.from({ length: 7 }, (_, n) => shows(`u${n}`, picture(LETTERS[n], 1.4e6)));
  const outcomes = await Promise.all(eight.map(async (one) => {
    let status;
    await until(async () => {
      ({ status } = await one.chat([...list, user('And?', 'last')]));
      return status !== 503;
    }, 60_000);
    return status;
  }));
  assert.deepEqual(outcomes, Array(8).fill(200));
  held.open();
  const { frames } = await (await stream).whole();
  assert.equal(frames.at(-1).type, 'execution_complete');
  upstream.play = play;
});

test('what is stored holds together', () => holdTogether(sql));
