// Bodies made to break something, for create, update and API keys alike (contract section 9).
// Each must be answered with a clear 4xx, never a 500, and change nothing.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FULL, createToken, faults } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key } = await worker.mintKey();
const { id } = await createToken(api, key, FULL);

const TOKEN_ENDPOINTS = [['POST', '/v1/client-tokens'], ['PUT', `/v1/client-tokens/${id}`]];
const ENDPOINTS = [...TOKEN_ENDPOINTS, ['POST', '/v1/api-keys']];

const dump = async () => [
  await sql('select * from client_tokens order by id'),
  await sql('select id, name, permissions, digest, revoked_at from api_keys order by id'),
];

/** A test after which nothing may have changed. */
function refusal(name, run) {
  test(name, async () => {
    const before = await dump();
    await run();
    assert.deepEqual(await dump(), before);
  });
}

/** Sends the body to each endpoint; each must refuse it with 400. */
async function refusedBy(endpoints, body, examine) {
  for (const [method, path] of endpoints) {
    const answer = await api(method, path, { key, body });
    assert.equal(answer.status, 400, `${method} ${path}`);
    examine(answer, `${method} ${path}`);
  }
}

/** The faults must be exactly these, but for what a required field may add. */
const telling = (...expected) => (answer, where) => {
  const found = faults(answer).filter((fault) => !fault.endsWith('MISSING_REQUIRED_FIELD'));
  assert.deepEqual(found, expected, where);
};

const isInvalidJson = (answer, where) => {
  assert.equal(answer.json.code, 'INVALID_JSON', where);
  assert.deepEqual(faults(answer), ['INVALID_JSON'], where);
};

const nested = (levels) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));

const notJson = {
  'a form': 'name=x&allowedOrigins=*',
  'single quotes': "{'name':'x'}",
  'a comment': '{"name":"x"/**/}',
  'a trailing comma': '{"name":"x",}',
  'half an object': '{"name":"x"',
  'two objects': '{"name":"x"}{"name":"y"}',
  'an object and more': '{"name":"x"} x',
  'NaN': '{"rateLimitPerMinute":NaN}',
  'two byte order marks': '\ufeff\ufeff{"name":"x"}',
  'white space only': ' \n\t ',
  'a number beyond every double': '{"rateLimitPerMinute":1e400}',
  'a number beyond every double inside config': '{"config":{"a":-1e999}}',
  'a number with a leading zero': '{"rateLimitPerMinute":010}',
  'a lone high surrogate': '{"name":"\\ud800"}',
  'a lone low surrogate': '{"name":"a\\udc00b"}',
  'surrogates the wrong way round': '{"config":{"a":"\\udc00\\ud800"}}',
  'a surrogate in a key': '{"\\ud800":1}',
  'a raw NUL in a text': '{"name":"a\0b"}',
  'a raw NUL behind the object': '{"name":"x"}\0',
  'a raw line break in a text': '{"name":"a\nb"}',
  'bytes that are no UTF-8': bytes('{"name":"', [0xff, 0xfe], '"}'),
  'an overlong encoding': bytes('{"name":"', [0xc0, 0xaf], '"}'),
  'a surrogate as UTF-8': bytes('{"name":"', [0xed, 0xa0, 0x80], '"}'),
  'half a character': bytes('{"name":"', [0xe2, 0x82], '"}'),
  'bytes that are no UTF-8 where nobody reads': bytes('{"tokenHint":"', [0xff], '"}'),
  'UTF-16': Buffer.from('{"name":"x"}', 'utf16le'),
  '10,000 levels of arrays': nested(10_000),
  '10,000 levels inside config': `{"config":{"a":${nested(10_000)}}}`,
  '10,000 levels of objects': `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  '10,000 opening brackets': '['.repeat(10_000),
};

for (const [what, body] of Object.entries(notJson)) {
  refusal(`400 INVALID_JSON for ${what}`, () => refusedBy(ENDPOINTS, body, isInvalidJson));
}

const notObjects = { 'an array': '[]', 'a string': '"{}"', 'a number': '1', null: 'null', 'a boolean': 'true' };

for (const [what, body] of Object.entries(notObjects)) {
  refusal(`400 INVALID_TYPE for ${what} instead of an object`, async () => {
    await refusedBy(ENDPOINTS, body, telling('INVALID_TYPE'));
  });
}

refusal('400 DUPLICATE_FIELD for a field sent twice', async () => {
  await refusedBy(ENDPOINTS, '{"name":"a","name":"b"}', telling('name DUPLICATE_FIELD'));
  await refusedBy(ENDPOINTS, '{"name":"a","name":"a"}', telling('name DUPLICATE_FIELD'));
  await refusedBy(ENDPOINTS, '{"name":"a","na\\u006de":"b"}', telling('name DUPLICATE_FIELD'));
});

refusal('400 DUPLICATE_FIELD for a key that repeats inside config, with its path', async () => {
  await refusedBy(TOKEN_ENDPOINTS, '{"config":{"a":{"b":1,"c":2,"b":3}}}', telling('config.a.b DUPLICATE_FIELD'));
  await refusedBy(TOKEN_ENDPOINTS, '{"config":{"list":[0,{"x":1,"x":1}]}}', telling('config.list.1.x DUPLICATE_FIELD'));
});

refusal('400 UNKNOWN_FIELD for names that mean something to JavaScript or SQL', async () => {
  const names = [
    '__proto__', 'constructor', 'toString', 'tenant_id', "name'--", 'name = 1', '', ' name', 'name\\u0000', 'é',
  ];
  for (const name of names) {
    await refusedBy(ENDPOINTS, `{"${name}":1}`, (answer, where) => {
      const unknown = answer.json.details.filter(({ code }) => code === 'UNKNOWN_FIELD');
      assert.equal(unknown.length, 1, `${where} ${name}`);
    });
  }
});

refusal('400 for a flood of unknown fields, with a bounded answer', async () => {
  const body = `{${Array.from({ length: 5_000 }, (_, n) => `"f${n}":1`).join()}}`;
  await refusedBy(ENDPOINTS, body, ({ json, text }) => {
    assert.ok(json.details.length <= 101 && text.length < 64 * 1024);
  });
});

refusal('400 INVALID_TYPE for a value of another type, with its path', async () => {
  const wrong = {
    name: [1, true, {}, []], flowIds: ['flow_a', {}, 1], agentIds: ['a', {}], allowedOrigins: ['*', {}, false],
    defaultFlowId: [1, [], {}], pinToVersion: [1, {}], targetAlias: [1, []], targetVersionId: [false],
    rateLimitPerMinute: ['10', true, [], {}], rateLimitPerHour: ['100'], maxMessagesPerSession: ['', '1e1'],
    sessionIdleTimeoutMinutes: ['30', [30]], config: [[], '{}', 1, true],
  };
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      await refusedBy(TOKEN_ENDPOINTS, { [field]: value }, telling(`${field} INVALID_TYPE`));
    }
  }
  await refusedBy([TOKEN_ENDPOINTS[1]], { isActive: 1 }, telling('isActive INVALID_TYPE'));
  const two = telling('flowIds.1 INVALID_TYPE', 'flowIds.2 INVALID_TYPE');
  await refusedBy(TOKEN_ENDPOINTS, { flowIds: ['a', 1, null] }, two);
});

refusal('400 OUT_OF_RANGE for numbers that no limit can hold', async () => {
  const numbers = [
    '9007199254740993', '-9007199254740993', '18446744073709551616', '4294967306', '1e308', '0.1', '1e-400', '-1',
  ];
  for (const number of numbers) {
    await refusedBy(TOKEN_ENDPOINTS, `{"rateLimitPerMinute":${number}}`, telling('rateLimitPerMinute OUT_OF_RANGE'));
  }
});

refusal('400 INVALID_FORMAT for control characters in a name or an id, NUL included', async () => {
  for (const character of ['\\u0000', '\\u0001', '\\n', '\\t', '\\r', '\\u001b', '\\u007f', '\\u0085', '\\u009f']) {
    const text = `a${character}b`;
    await refusedBy(ENDPOINTS, `{"name":"${text}"}`, telling('name INVALID_FORMAT'));
    await refusedBy(TOKEN_ENDPOINTS, `{"flowIds":["${text}"]}`, telling('flowIds.0 INVALID_FORMAT'));
    const origins = `{"allowedOrigins":["https://${text}.example"]}`;
    await refusedBy(TOKEN_ENDPOINTS, origins, telling('allowedOrigins.0 INVALID_ORIGIN'));
  }
});

refusal('400 for a name of white space only, of any kind', async () => {
  for (const name of [' ', '\u00a0', '\u2003\u3000', '\u2028']) {
    await refusedBy(ENDPOINTS, { name }, telling('name INVALID_FORMAT'));
  }
});

refusal('400 for text that would be SQL or a wildcard, where only ids may stand', async () => {
  for (const text of ["a'; drop table client_tokens; --", 'a"b', '%', 'a,b', '*', 'a.b']) {
    await refusedBy(TOKEN_ENDPOINTS, { flowIds: [text] }, telling('flowIds.0 INVALID_FORMAT'));
  }
});

test('2xx for a name that looks like SQL or HTML, kept to the letter', async () => {
  const names = [
    "Robert'); drop table client_tokens;--", '<script>alert(1)</script>', '?1 ?2', '"\\', 'a\u200b\u200e', '😀 é',
  ];
  for (const name of names) {
    const made = await createToken(api, key, { name });
    assert.equal(made.name, name);
    const updated = await api('PUT', `/v1/client-tokens/${made.id}`, { key, body: { name: `${name}!` } });
    assert.equal(updated.json.clientToken.name, `${name}!`);
  }
});

test('2xx for a config as deep as JSON may be, and 400 just beyond', async () => {
  // 127 levels in all, the body and config itself being two of them.
  const config = (levels) => `{"a":${nested(levels)}}`;
  const body = (levels) => `{"name":"Deep","allowedOrigins":["*"],"config":${config(levels)}}`;
  for (const [method, path] of TOKEN_ENDPOINTS) {
    const send = (levels) => api(method, path, { key, body: body(levels) });
    const answer = await send(125);
    assert.ok(answer.status < 300, method);
    assert.equal(JSON.stringify(answer.json.clientToken.config), config(125));
    assert.equal((await send(126)).status, 400, method);
  }
  const { status, json } = await api('GET', `/v1/client-tokens/${id}`, { key });
  assert.equal(status, 200);
  const { id: _, ...whole } = json.clientToken;
  assert.equal((await api('PUT', `/v1/client-tokens/${id}`, { key, body: whole })).status, 200);
});
