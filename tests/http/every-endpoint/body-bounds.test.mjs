// What any body may be on either plane, and what an answer to a faulty one may cost (contract sections 6.2, 9 and 12).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createToken, echoTargets, faults } from '#support/contract.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, origin } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');
const { id, tokenValue } = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'] });
const visitor = new Visitor(origin, tokenValue);
await visitor.init();

const TOKEN = `/v1/client-tokens/${id}`;
const PAGE = ['init', 'chat', 'resume', 'feedback'];
const put = (body, options) => api('PUT', TOKEN, { key, body, ...options });

/** Sends a body to an endpoint of each plane that takes one. */
async function everywhere(body, examine) {
  await examine(await put(body), 'PUT');
  for (const endpoint of PAGE) await examine(await visitor.ask(endpoint, body), endpoint);
}

test('400 with at most 64 KiB for whatever is wrong a hundred times below a long key', async () => {
  const members = Array.from({ length: 100 }, (_, n) => `"${n}":1,"${n}":2`).join();
  const unknown = Array.from({ length: 40 }, (_, n) => `"${'\\u0001'.repeat(1000)}${n}":1`).join();
  const bodies = [`{"${'k'.repeat(900_000)}":{${members}}}`, `{"${'k'.repeat(1024)}":{${members}}}`, `{${unknown}}`];
  for (const body of bodies) {
    await everywhere(body, ({ status, text }, where) => {
      assert.ok([400, 413].includes(status), where);
      assert.ok(Buffer.byteLength(text) <= 64 * 1024, `${where}: ${text.length}`);
    });
  }
});

test('400 with paths of at most 200 characters', async () => {
  const { status, json } = await put(`{"${'k'.repeat(1024)}":1}`);
  assert.equal(status, 400);
  assert.equal(json.details[0].path, `${'k'.repeat(200)}…`);
});

test('400 for more than 100,000 values, and no such fault for as many', async () => {
  const list = (count) => `[${Array(count).fill(0).join()}]`;
  // The body, its member and the list's items are values.
  for (const endpoint of PAGE) {
    const most = await visitor.ask(endpoint, `{"x":${list(99_998)}}`);
    assert.ok(!faults(most).includes('TOO_MANY'), endpoint);
    const more = await visitor.ask(endpoint, `{"x":${list(99_999)}}`);
    assert.deepEqual([more.status, faults(more)], [400, ['TOO_MANY']], endpoint);
    assert.match(more.json.details[0].message, /100000 values/);
  }
});

test('400 for a name of more than 1,024 bytes, and no such fault for as many', async () => {
  const named = (length) => `{"x":{"${'k'.repeat(length)}":1}}`;
  await everywhere(named(1024), (answer, where) => assert.ok(!faults(answer).includes('TOO_LONG'), where));
  await everywhere(named(1025), (answer, where) => {
    assert.deepEqual([answer.status, faults(answer)], [400, ['TOO_LONG']], where);
    assert.match(answer.json.details[0].message, /1024 bytes/);
  });
});

test('400 for more than 127 levels of nesting, and no such fault for as many', async () => {
  const nested = (levels) => `{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
  await everywhere(nested(127), (answer, where) => assert.notEqual(answer.json.error, 'Invalid JSON', where));
  await everywhere(nested(128), (answer, where) => {
    assert.deepEqual([answer.status, faults(answer)], [400, ['INVALID_JSON']], where);
    assert.match(answer.json.details[0].message, /127 levels/);
  });
});

test('200 for a page that repeats what nobody reads, at any depth, and 400 for what is read', async () => {
  const rest = `"messages":[{"role":"user","x":1,"x":2,"content":"Hi"}]`;
  const head = `{"sessionId":"${visitor.session}"`;
  assert.equal((await visitor.ask('chat', `${head},"x":1,"y":{"z":1,"z":2},"x":2,${rest}}`)).status, 200);
  const twice = await visitor.ask('chat', `${head},"messages":[{"role":"user","content":"Hi","content":"Ho"}]}`);
  assert.deepEqual(faults(twice), ['messages.0.content DUPLICATE_FIELD']);
  const token = await visitor.ask('init', `{"token":"${tokenValue}","token":null}`);
  assert.deepEqual(faults(token), ['token DUPLICATE_FIELD']);
});

/** An object of so many names. */
const named = (count) => `{${Array.from({ length: count }, (_, n) => `"${n}":0`).join()}}`;

test('200 for objects of 1000 names, and 400 TOO_MANY for one of 1001, on both planes', async () => {
  for (const [count, status, found] of [[1000, 200, []], [1001, 400, ['TOO_MANY']]]) {
    const answers = [await put(`{"config":${named(count)}}`), await visitor.ask('init', `{"token":"${tokenValue}","x":[${named(count)}]}`)];
    for (const answer of answers) assert.deepEqual([answer.status, answer.status === 400 ? faults(answer) : []], [status, found]);
  }
  await put('{"config":{}}');
});

test('200 for 1 MiB of anything in a time that parsing could take', async () => {
  // Each took seconds when a path was made for every element; what is left is far below.
  const bodies = [
    `{"token":"${tokenValue}","${'k'.repeat(1024)}":[${Array(99_990).fill(0).join()}]}`,
    `{"token":"${tokenValue}","x":[${Array(90).fill(named(1000)).join()}]}`,
  ];
  for (const body of bodies) assert.equal((await visitor.ask('init', body)).status, 200);
  const messages = await visitor.ask('chat', `{"sessionId":"${visitor.session}","messages":[${Array(90_000).fill('{}').join()}]}`);
  assert.deepEqual([messages.status, messages.json.details.length], [400, 101]);
});

test('2xx for a byte order mark before the body', async () => {
  assert.equal((await put('\ufeff{}')).status, 200);
  assert.equal((await visitor.ask('init', `\ufeff{"token":"${tokenValue}"}`)).status, 200);
});

test('415 for a compressed body, with what to do, and 2xx for identity', async () => {
  const body = gzipSync('{}');
  for (const encoding of ['gzip', 'br', 'identity, gzip']) {
    const headers = { 'Content-Encoding': encoding };
    for (const answer of [await put(body, { headers }), await visitor.ask('init', body, { headers })]) {
      assert.equal(answer.status, 415, encoding);
      assert.equal(answer.headers['accept-encoding'], 'identity');
      assert.match(answer.json.hint, /Content-Encoding/);
    }
  }
  assert.equal((await put('{}', { headers: { 'Content-Encoding': 'identity' } })).status, 200);
});

test('200 for half a surrogate pair of a page, which becomes U+FFFD', async () => {
  const chat = (content) => visitor.ask('chat', `{"sessionId":"${visitor.session}","messages":[{"role":"user","content":"${content}"}]}`);
  for (const [sent, said] of [['a\\ud83d', 'a\ufffd'], ['\\udc00b', '\ufffdb'], ['\\ud83d\\ude00', '\u{1f600}']]) {
    const answer = await chat(sent);
    assert.equal(answer.status, 200, sent);
    assert.equal(answer.frames.find(({ type }) => type === 'text_complete').text, said);
  }
});

test('2xx for numbers in config, which come back with the values that JavaScript reads, integers of 64 bits exactly', async () => {
  const config = '{"a":1e2,"b":100.0,"c":-0,"d":1E+2,"e":0.10,"f":123456789012345678901234567890,"g":31.245270191439438,"h":1e-400}';
  const exact = '{"a":9007199254740993,"b":-9223372036854775808,"c":18446744073709551615}';
  assert.equal((await put(`{"config":${config}}`)).status, 200);
  assert.deepEqual((await api('GET', TOKEN, { key })).json.clientToken.config, JSON.parse(config));
  assert.equal((await put(`{"config":${exact}}`)).status, 200);
  const { text } = await api('GET', TOKEN, { key });
  assert.ok(text.includes(`"config":${exact}`), text);
});

test('2xx for whole numbers however they are written, and 400 for others', async () => {
  for (const [sent, read] of [['30.0', 30], ['3e1', 30], ['0.7E+1', 7]]) {
    const { status, json } = await put(`{"rateLimitPerMinute":${sent}}`);
    assert.deepEqual([status, json.clientToken?.rateLimitPerMinute], [200, read], sent);
  }
  assert.deepEqual(faults(await put('{"rateLimitPerMinute":30.5}')), ['rateLimitPerMinute OUT_OF_RANGE']);
  const rated = (rating) => visitor.ask('feedback', `{"token":"${tokenValue}","sessionId":"${visitor.session}","type":"csat","rating":${rating}}`);
  assert.ok((await rated('5.0')).status < 300);
  assert.deepEqual(faults(await rated('4.5')), ['rating OUT_OF_RANGE']);
  await put({ rateLimitPerMinute: null });
});

test('2xx for a label of at most 128 characters that is empty or could be a name, which comes back as it was sent', async () => {
  for (const text of ['', ' a ', 'a\u200db', '"\\', "'--", '\u05d0', '😀'.repeat(128)]) {
    const { status, json } = await put({ pinToVersion: text, targetAlias: text });
    assert.equal(status, 200, JSON.stringify(text));
    const { json: read } = await api('GET', TOKEN, { key });
    for (const token of [json.clientToken, read.clientToken]) {
      assert.deepEqual([token.pinToVersion, token.targetAlias], [text, text]);
    }
  }
});

test('400 for any other label', async () => {
  for (const text of [' ', 'a\nb', '\0', 'a\0b', '\u0001\u007f\u0085', '\u202e', '\u2028"\\', '\u200b']) {
    const answer = await put({ pinToVersion: text, targetAlias: text });
    assert.equal(answer.status, 400, JSON.stringify(text));
    assert.deepEqual(answer.json.details.map(({ path }) => path).sort(), ['pinToVersion', 'targetAlias']);
  }
});

/** JSON in which every character beyond ASCII is escaped, as many clients write it. */
const ascii = (value) => JSON.stringify(value).replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

test('200 for what was read, sent back by a client that escapes all that isn\'t ASCII', async () => {
  const largest = {
    name: '\u{1f980}'.repeat(255),
    allowedOrigins: Array.from({ length: 100 }, (_, n) => `https://${`${n}`.padStart(3, '0')}${'.x23456789'.repeat(24)}.example:8443`),
    flowIds: Array.from({ length: 50 }, (_, n) => `flow_${n}${'x'.repeat(100)}`),
    config: { text: 'é'.repeat((16 * 1024 - 11) / 2) },
  };
  const made = await api('POST', '/v1/client-tokens', { key, body: ascii(largest) });
  assert.equal(made.status, 201, made.text);
  assert.ok(ascii(largest).length > 64 * 1024);
  const { json } = await api('GET', `/v1/client-tokens/${made.json.clientToken.id}`, { key });
  const back = await api('PUT', `/v1/client-tokens/${made.json.clientToken.id}`, { key, body: ascii(json.clientToken) });
  assert.equal(back.status, 200, back.text);
  assert.deepEqual(back.json.clientToken.config, largest.config);
});

test('413 for more than 64 KiB of a management body, an escape counting as what it stands for', async () => {
  const config = (letter, bytes, length) => `{"config":{"a":"${letter.repeat(length)}"},"pad":"${' '.repeat(bytes - 28 - length)}"}`;
  for (const letter of ['\\u0061', 'a']) {
    const most = await put(config(letter, 64 * 1024, 16_000));
    assert.deepEqual([most.status, faults(most)], [400, ['pad UNKNOWN_FIELD']], letter);
    assert.equal((await put(config(letter, 64 * 1024 + 1, 16_000))).status, 413, letter);
  }
});

const MIB = 1024 * 1024;

/** A chat of so many bytes, the session first or last. */
function chatOf(bytes, session, isFirst = true) {
  const message = { messages: [user('Hello')], x: '' };
  const body = JSON.stringify(isFirst ? { sessionId: session, ...message } : { ...message, sessionId: session });
  return body.replace('"x":""', `"x":"${'A'.repeat(bytes - body.length)}"`);
}

for (const [how, headers] of [['announced', {}], ['chunked', { 'Transfer-Encoding': 'chunked' }]]) {
  const send = (body) => visitor.ask('chat', body, { headers });

  test(`200 for a chat of 8 MiB without pictures that begins with a genuine session, and 413 for one byte more, ${how}`, async () => {
    assert.equal((await send(chatOf(MIB + 1, visitor.session))).status, 200);
    assert.equal((await send(chatOf(8 * MIB, visitor.session))).status, 200);
    const { status, json } = await send(chatOf(8 * MIB + 1, visitor.session));
    assert.equal(status, 413);
    assert.match(json.details[0].message, /8388608/);
  });

  test(`413 for a chat of more than 1 MiB whose session is forged, or comes later, ${how}`, async () => {
    const forged = visitor.session.replace('flow_a', 'flow_b');
    for (const body of [chatOf(MIB + 1, forged), chatOf(8 * MIB, forged), chatOf(MIB + 1, visitor.session, false)]) {
      const { status, json, cost } = await send(body);
      assert.equal(status, 413);
      assert.match(json.hint, /first member/);
      assert.equal(cost.trips, 0);
    }
    assert.equal((await send(chatOf(MIB, visitor.session, false))).status, 200);
  });

  test(`the answer is heard by whoever sends 12 MiB to where they aren't wanted, ${how}`, async () => {
    const body = Buffer.alloc(12 * MIB, 'x');
    // Node.js announces no body of a DELETE by itself.
    const sent = { 'Content-Length': body.length, ...headers, ...(headers['Transfer-Encoding'] && { 'Content-Length': null }) };
    const isHeard = async (request, expected) => assert.equal((await request).status, expected);
    for (let n = 0; n < 5; n += 1) {
      await isHeard(api('POST', '/v1/client-tokens', { body, headers: sent }), 401);
      await isHeard(api('POST', '/nothing', { body, headers: sent }), 404);
      await isHeard(api('PATCH', '/v1/client-tokens', { body, headers: sent }), 405);
      await isHeard(api('POST', '/v1/client-tokens', { key, body, headers: sent }), 413);
      await isHeard(api('DELETE', '/v1/client-tokens/malformed', { key, body, headers: sent }), 400);
      await isHeard(visitor.ask('init', body, { headers: sent }), 413);
      await isHeard(visitor.ask('chat', body, { headers: sent }), 413);
    }
  });
}
