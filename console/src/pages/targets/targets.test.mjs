// What a form makes of a target, and sends back: nothing is lost, and nothing is sent that the kind doesn't have.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PRESETS } from './presets.ts';
import { NEW_TARGET, bodyOf, filledBy, valuesOf } from './values.ts';

const DOCUMENT = JSON.parse(readFileSync(new URL('../../../../src/api/openapi.json', import.meta.url), 'utf8'));
const ALWAYS = ['kind', 'baseUrl', 'model', 'systemPrompt', 'apiKeySecret'];
const [, OPENAI, EVENTS] = DOCUMENT.components.schemas.Upstream.oneOf.map(({ properties }) =>
  Object.keys(properties).filter((name) => !ALWAYS.includes(name) && properties[name].type !== 'null'));

const CONNECTION = {
  firstWordTimeoutMs: 5000,
  silenceTimeoutMs: 1000,
  headers: [
    { name: 'x-title', value: ' {UPSTREAM_X}: a=b ' },
    { name: 'cf-aig-authorization', secret: 'UPSTREAM_AI_GATEWAY', prefix: 'Bearer ' },
    { name: 'x-api-key', secret: 'UPSTREAM_X' },
  ],
};
const MODEL = {
  temperature: 0,
  maxOutputTokens: 100,
  maxOutputTokensAs: 'max_completion_tokens',
  reasoningEffort: 'low',
  systemRole: 'system',
  maxInputBytes: 4096,
  extra: { top_p: 0.5, stop: ['\n'], nested: { a: null } },
  includeUsage: true,
  pictures: false,
  query: { 'api-version': '2024-10-21', formula: 'a=b ', ['__proto__']: 'x' },
  authHeader: 'api-key',
};

const target = (upstream) => ({
  id: 'flow_a', name: null, description: null, createdAt: '', updatedAt: '',
  upstream: { baseUrl: null, model: null, systemPrompt: null, apiKeySecret: null, ...upstream },
});
const sentBack = (upstream) => bodyOf(valuesOf(target(upstream))).upstream;
const isSet = ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0);
const setIn = (upstream) => JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(upstream).filter(isSet))));
const form = (values) => ({ ...NEW_TARGET, 'upstream.baseUrl': 'https://a.example', 'upstream.model': 'm', ...values });
const faultsOf = (values) => {
  try {
    bodyOf(form(values));
  } catch ({ details }) {
    return details.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
};

test('every setting that was read is sent back, what is like the default too', () => {
  const openai = { kind: 'openai', baseUrl: 'https://a.example', model: 'm', ...MODEL, ...CONNECTION };
  assert.deepEqual(Object.keys({ ...MODEL, ...CONNECTION }).sort(), OPENAI.toSorted());
  assert.deepEqual(setIn(sentBack(openai)), JSON.parse(JSON.stringify(openai)));
  const events = { kind: 'events', baseUrl: 'https://a.example', ...CONNECTION };
  assert.deepEqual(Object.keys(CONNECTION).sort(), EVENTS.toSorted());
  assert.deepEqual(setIn(sentBack(events)), JSON.parse(JSON.stringify(events)));
});

test('a target without settings stays without', () => {
  for (const upstream of [{ kind: 'openai', baseUrl: 'https://a.example', model: 'm' }, { kind: 'events', baseUrl: 'https://a.example' }, { kind: 'echo' }]) {
    assert.deepEqual(setIn(sentBack(upstream)), upstream);
  }
});

test('what was typed for another kind is not sent', () => {
  const values = { ...valuesOf(target({ kind: 'openai', baseUrl: 'https://a.example', model: 'm', ...MODEL })), 'upstream.extra': 'no JSON' };
  assert.deepEqual(setIn(bodyOf({ ...values, 'upstream.kind': 'events' }).upstream), { kind: 'events', baseUrl: 'https://a.example' });
  assert.deepEqual(bodyOf({ ...values, 'upstream.kind': 'echo' }).upstream, { kind: 'echo' });
});

test('texts are read as people write them', () => {
  const read = (values) => setIn(bodyOf(form(values)).upstream);
  assert.deepEqual(read({ 'upstream.query': '\n a =b\n\n c=d=e\n' }).query, { a: 'b', c: 'd=e' });
  assert.equal(read({ 'upstream.temperature': ' 0.70 ' }).temperature, 0.7);
  for (const name of ['query', 'extra', 'temperature']) assert.ok(!(name in read({ [`upstream.${name}`]: ' \n' })), name);
  const rows = [{ name: ' x ', isSecret: true, text: ' UPSTREAM_X ', prefix: '' }, { name: '', isSecret: false, text: '', prefix: 'left' }];
  assert.deepEqual(read({ 'upstream.headers': rows }).headers, [{ name: 'x', secret: 'UPSTREAM_X' }, { name: '', value: '' }]);
});

test('what can\'t be sent is told at its field, everything at once', () => {
  assert.deepEqual(faultsOf({}), []);
  assert.deepEqual(faultsOf({ 'upstream.temperature': 'hot', 'upstream.extra': '{', 'upstream.query': 'a=1\nb\na=2' }), [
    'upstream.temperature: It must be a number from 0 to 2, such as 0.7.',
    'upstream.extra: It must be a JSON object, such as {"top_p": 0.5}.',
    'upstream.query: "b" has no "=".',
    'upstream.query: "a" is there twice.',
  ]);
  for (const extra of ['[]', 'null', '"a"', '7']) assert.equal(faultsOf({ 'upstream.extra': extra }).length, 1, extra);
});

test('a preset makes a body that has what its service wants, and nothing of another preset', () => {
  const azure = PRESETS.find(({ value }) => value === 'azure');
  assert.equal(new Set(PRESETS.map(({ value }) => value)).size, 8);
  for (const preset of PRESETS) {
    const body = bodyOf(form({ ...filledBy(azure), ...filledBy(preset) })).upstream;
    assert.equal(body.query !== null, preset === azure, preset.label);
    assert.equal(body.baseUrl, preset.baseUrl);
    assert.ok(preset.secret ? /^UPSTREAM_[A-Z]+$/.test(body.apiKeySecret) && preset.keys.startsWith('https://') : preset.note, preset.label);
  }
  assert.deepEqual(setIn(bodyOf(form(filledBy(azure))).upstream), {
    kind: 'openai', baseUrl: azure.baseUrl, model: 'm', apiKeySecret: 'UPSTREAM_AZURE', query: { 'api-version': '2024-10-21' }, authHeader: 'api-key',
  });
});
