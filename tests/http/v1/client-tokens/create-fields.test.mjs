// POST /v1/client-tokens: the range and form of every field, and fields that depend on each other (contract sections
// 3.2 and 5).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINIMAL, faults } from '#support/contract.mjs';
import { api, create, granted, key, refused, text } from './set-up.mjs';

const list = (length, entry) => Array.from({ length }, (_, n) => entry(n));

test('201 at both ends of every length and 400 just outside', async () => {
  await granted({ name: 'x' }, { name: text(255) }, { name: text(255, '😀') });
  await refused('name INVALID_FORMAT', { name: '' });
  await refused('name TOO_LONG', { name: text(256) }, { name: text(256, '😀') });
  for (const field of ['pinToVersion', 'productSurfaceId', 'targetAlias']) {
    await granted({ [field]: '' }, { [field]: text(128) }, { [field]: text(128, '😀') });
    await refused(`${field} TOO_LONG`, { [field]: text(129) });
  }
  await granted({ agentIds: ['a'], targetVersionId: text(128) });
  await refused('targetVersionId TOO_LONG', { agentIds: ['a'], targetVersionId: text(129) });
});

test('400 for a name or label that shows nothing, controls, ends the line or turns it, and 201 for every script', async () => {
  const SHOW_NOTHING = [' ', '\u3000', '\u200b', '\u200d', '\u2060', '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800', '\u00ad', '\ufe0f', '\u034f', '\u{e0061}'];
  const MISLEAD = ['\u2028', '\u2029', '\u202a', '\u202e', '\u2066', '\u2069', '\ufeff'].map((c) => `Sales${c}gpj.exe`);
  const SCRIPTS = ['Ünïcödé', 'דוא"ל 1', 'دعم', '지원', '👩\u200d💻', 'می\u200cخواهم', '1\ufe0f\u20e3', 'e\u0301'];
  for (const field of ['name', 'pinToVersion', 'productSurfaceId', 'targetAlias']) {
    const bad = [...SHOW_NOTHING, SHOW_NOTHING.join(''), ...MISLEAD, 'a\nb', '\u0085a', '\u0000'];
    await refused(`${field} INVALID_FORMAT`, ...bad.map((value) => ({ [field]: value })));
    await granted(...SCRIPTS.map((value) => ({ [field]: value })));
  }
  const { json } = await create({ ...MINIMAL, name: 'a\u202eb' });
  assert.match(json.details[0].message, /U\+202E/);
});

test('400 for such a name of a key, a target, a model and a user, too', async () => {
  const { id } = (await create(MINIMAL)).json.clientToken;
  for (const bad of ['\u3164', 'Sales\u202egpj.exe', '\ufeff']) {
    const upstream = { kind: 'openai', baseUrl: 'https://api.example.com', model: bad };
    for (const [method, path, body, fault] of [
      ['POST', '/v1/api-keys', { name: bad, permissions: ['*'] }, 'name'],
      ['PUT', '/v1/targets/flow_named', { name: bad, upstream: { kind: 'echo' } }, 'name'],
      ['PUT', '/v1/targets/flow_named', { upstream }, 'upstream.model'],
      ['POST', `/v1/client-tokens/${id}/mint`, { user: { id: 'ada', name: bad } }, 'user.name'],
      ['POST', `/v1/client-tokens/${id}/mint`, { user: { id: bad } }, 'user.id'],
      ['PUT', `/v1/client-tokens/${id}`, { name: bad }, 'name'],
    ]) {
      const answer = await api(method, path, { key, body });
      assert.equal(answer.status, 400, `${method} ${path}`);
      assert.deepEqual(faults(answer), [`${fault} INVALID_FORMAT`]);
    }
  }
});

test('201 at both ends of every limit and 400 just outside', async () => {
  const limits = {
    rateLimitPerMinute: 1000,
    rateLimitPerHour: 10_000,
    maxMessagesPerSession: 1000,
    sessionIdleTimeoutMinutes: 1440,
  };
  for (const [field, most] of Object.entries(limits)) {
    await granted({ [field]: 1 }, { [field]: most });
    await refused(`${field} OUT_OF_RANGE`, { [field]: 0 }, { [field]: most + 1 }, { [field]: -1 }, { [field]: 1.5 });
  }
});

test('201 for as many flows and agents as there may be and 400 for one more', async () => {
  for (const field of ['flowIds', 'agentIds']) {
    await granted({ [field]: list(50, (n) => `id_${n}`) }, { [field]: [text(128)] });
    await refused(`${field} TOO_MANY`, { [field]: list(51, (n) => `id_${n}`) });
    await refused(`${field}.1 TOO_LONG`, { [field]: ['a', text(129)] });
    const others = ['', 'a b', 'ä', 'a/b'].map((id) => ({ [field]: [id] }));
    await refused(`${field}.0 INVALID_FORMAT`, ...others);
  }
});

test('201 with duplicates dropped from flows, agents and origins', async () => {
  const { json } = await create({
    name: 'Twice',
    flowIds: ['b', 'a', 'b'],
    agentIds: ['a', 'a'],
    allowedOrigins: ['https://a.example', ' HTTPS://A.example:443/ ', 'native', 'NATIVE'],
  });
  assert.deepEqual(json.clientToken.flowIds, ['b', 'a']);
  assert.deepEqual(json.clientToken.agentIds, ['a']);
  assert.deepEqual(json.clientToken.allowedOrigins, ['https://a.example', 'native']);
});

test('201 for every form of origin, normalised', async () => {
  const forms = {
    'https://App.Example.com': 'https://app.example.com',
    'http://localhost:3000': 'http://localhost:3000',
    'https://pay.example.com:443': 'https://pay.example.com',
    'http://app.example.com:80/': 'http://app.example.com',
    'https://*.example.com:8443': 'https://*.example.com:8443',
    'Example.com': 'example.com',
    'localhost:3000': 'localhost:3000',
    '*.example.com': '*.example.com',
    '*': '*',
    ' native ': 'native',
    'https://xn--bcher-kva.example': 'https://xn--bcher-kva.example',
  };
  const { json } = await create({ name: 'Forms', allowedOrigins: Object.keys(forms) });
  assert.deepEqual(json.clientToken.allowedOrigins, Object.values(forms));
});

test('201 for as many origins as there may be and 400 for one more or none', async () => {
  await granted({ allowedOrigins: list(100, (n) => `https://${n}.example.com`) });
  await refused('allowedOrigins TOO_MANY', { allowedOrigins: list(101, (n) => `https://${n}.example.com`) });
  await refused('allowedOrigins OUT_OF_RANGE', { allowedOrigins: [] });
});

test('400 for an entry that is no origin, naming it and why', async () => {
  const bad = [
    'https://user:password@example.com', 'https://example.com/app', 'https://example.com?a', 'https://example.com#a',
    'ftp://example.com', 'https://', 'https:example.com', `https://${text(254)}`, 'https://a.*.example.com',
    'https://a*.example.com', 'https://*.com', 'https://*.10.0.0.1', 'https://ex%61mple.com', 'http://127.1',
    'https://example.com:', 'https://example.com:0', 'https://example.com:65536', 'https://example.com.',
    'https://exa mple.com', 'https://example.com\u0000', 'https://bücher.example', 'null', '', '  ',
  ];
  const answer = await create({ name: 'Origins', allowedOrigins: ['https://good.example', ...bad] });
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer), bad.map((_, n) => `allowedOrigins.${n + 1} INVALID_ORIGIN`));
  assert.match(answer.json.details[1].message, /"https:\/\/example\.com\/app": .+path/);
  assert.match(answer.json.details[bad.indexOf('https://bücher.example')].message, /xn--/);
});

test('201 for a config of 16 KiB and 400 for one byte more', async () => {
  const config = (bytes) => ({ a: text(bytes - '{"a":""}'.length) });
  await granted({ config: config(16 * 1024) });
  await refused('config TOO_LONG', { config: config(16 * 1024 + 1) });
});

test('201 for words of its own for answers that failed, and 400 naming each that is none', async () => {
  for (const field of ['failureMessage', 'brokenMessage']) {
    const words = (value) => ({ config: { theme: {}, [field]: value } });
    await granted(words('x'), words(text(500, '😀')), words('Ring us:\n<b>555</b>'), words(null));
    await refused(`config.${field} TOO_LONG`, words(text(501)));
    await refused(`config.${field} INVALID_FORMAT`, words(''), words(' \n'), words('a\u0000'));
    await refused(`config.${field} INVALID_TYPE`, words(7), words(false), words(['Ring us']), words({}));
  }
  const answer = await create({ ...MINIMAL, config: { failureMessage: 7, brokenMessage: '', a: text(16 * 1024) } });
  assert.deepEqual(faults(answer), ['config.failureMessage INVALID_TYPE', 'config.brokenMessage INVALID_FORMAT', 'config TOO_LONG']);
});

test('201 with the numbers, order and characters of config kept', async () => {
  const config = '{"z":9007199254740993,"a":[1.5,-0,"\\u0000","é😀"],"__proto__":{},"empty":null}';
  const { status, text: answer } = await create(`{"name":"Kept","allowedOrigins":["*"],"config":${config}}`);
  assert.equal(status, 201);
  const kept = /"config":(.*),"isActive"/.exec(answer)[1];
  assert.match(kept, /^\{"z":9007199254740993,"a":/);
  assert.deepEqual(JSON.parse(kept), JSON.parse(config));
});

test('400 for an environment that is neither test nor live', async () => {
  await refused('environment INVALID_ENUM', { environment: 'production' }, { environment: 'LIVE' });
});

test('400 for a default flow that is not among the flows', async () => {
  await granted({ flowIds: ['a', 'b'], defaultFlowId: 'b' });
  const answer = await create({ ...MINIMAL, flowIds: ['a', 'b'], defaultFlowId: 'c' });
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.json.details.map(({ path }) => path), ['defaultFlowId']);
});

test('400 for an alias together with a version, or a version without exactly one agent', async () => {
  const agentIds = ['agent_a'];
  await granted({ targetAlias: 'stable' }, { agentIds, targetVersionId: 'v1' });
  await refused('targetAlias INVALID_FORMAT', { agentIds, targetAlias: 'stable', targetVersionId: 'v1' });
  const noneOrTwo = [{ targetVersionId: 'v1' }, { agentIds: ['a', 'b'], targetVersionId: 'v1' }];
  await refused('targetVersionId INVALID_FORMAT', ...noneOrTwo);
});

test('400 for an agent version in pinToVersion', async () => {
  await refused('pinToVersion INVALID_FORMAT', { pinToVersion: 'agentver_1' });
});
