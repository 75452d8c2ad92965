// The warnings beside a created or updated token (contract section 2).
// A warning is about the resulting token, so create and update agree about it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { echoTargets } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ variants: { withDefault: { DEFAULT_UPSTREAM: 'echo' } } });
after(() => worker.stop());
const { key } = await worker.mintKey();
await echoTargets(worker.api, key, 'flow_a', 'agent_a');

const CAREFUL = { name: 'Careful', allowedOrigins: ['https://app.example.com'], flowIds: ['flow_a'] };

/** The warnings of a created token, which an empty update must repeat. */
async function warnings(body) {
  const made = await worker.api('POST', '/v1/client-tokens', { key, body: { ...CAREFUL, ...body } });
  assert.equal(made.status, 201);
  const path = `/v1/client-tokens/${made.json.clientToken.id}`;
  const updated = await worker.api('PUT', path, { key, body: {} });
  assert.deepEqual(updated.json.warnings, made.json.warnings);
  for (const warning of made.json.warnings) assert.deepEqual(Object.keys(warning), ['type', 'message']);
  return made.json.warnings;
}

const types = async (body) => (await warnings(body)).map(({ type }) => type);
const origins = (...allowedOrigins) => ({ allowedOrigins });

test('201 with an empty array when there is nothing to warn of', async () => {
  assert.deepEqual(await warnings({}), []);
});

test('201 with wildcard_origin for *', async () => {
  assert.deepEqual(await types(origins('*')), ['wildcard_origin']);
  assert.deepEqual(await types(origins('https://*.example.com')), []);
});

test('201 with native_origin for native', async () => {
  assert.deepEqual(await types(origins('native')), ['native_origin']);
});

test('201 with one insecure_origin that names every http entry and bare host', async () => {
  const found = await warnings(origins('http://a.example', 'b.example', '*.c.example', 'https://d.example'));
  assert.deepEqual(found.map(({ type }) => type), ['insecure_origin']);
  for (const entry of ['http://a.example', 'b.example', '*.c.example']) assert.ok(found[0].message.includes(entry));
  assert.ok(!found[0].message.includes('d.example'));
});

test('201 with loopback_origin in a live token only, and never insecure_origin for it', async () => {
  for (const entry of ['http://localhost:3000', 'localhost', 'http://127.0.0.1:8080', 'http://[::1]:3000']) {
    assert.deepEqual(await types(origins(entry)), ['loopback_origin'], entry);
    assert.deepEqual(await types({ ...origins(entry), environment: 'test' }), [], entry);
  }
});

test('201 with shared_suffix for the subdomains of a domain that strangers share', async () => {
  const [found, ...others] = await warnings(origins('https://*.github.io', 'https://*.co.uk', 'https://mine.github.io'));
  assert.deepEqual([found.type, others], ['shared_suffix', []]);
  assert.match(found.message, /^https:\/\/\*\.github\.io, https:\/\/\*\.co\.uk /);
  for (const entry of ['https://*.workers.dev', 'https://*.pages.dev', 'https://*.vercel.app', 'https://*.netlify.app', 'https://*.com.au']) {
    assert.deepEqual(await types(origins(entry)), ['shared_suffix'], entry);
  }
  // Builders and previews, names beyond ASCII, wildcards of the list, and what isn't in it.
  for (const host of ['wixstudio.com', 'lovableproject.com', 'translate.goog', 'vusercontent.net', 'xn--55qx5d.cn', 'co.ck', 'compute.amazonaws.com', 'squarespace.com', 'app.github.dev']) {
    assert.deepEqual(await types(origins(`https://*.${host}`)), ['shared_suffix'], host);
    assert.deepEqual(await types(origins(`https://mine.${host}`)), [], host);
  }
  assert.deepEqual(await types(origins('https://*.www.ck', 'https://*.city.kawasaki.jp')), []);
  assert.deepEqual(await types(origins('https://*.mine.github.io', 'https://mine.co.uk')), []);
});

test('201 with no_target for neither flows nor agents', async () => {
  assert.deepEqual(await types({ flowIds: [] }), ['no_target']);
  assert.deepEqual(await types({ flowIds: [], agentIds: ['agent_a'] }), []);
});

test('201 with one unknown_target that names every flow and agent that nothing executes', async () => {
  const body = { ...CAREFUL, flowIds: ['flow_a', 'flow_b', 'flow_c'], agentIds: ['agent_a', 'agent_d'] };
  const [warning, ...others] = await warnings(body);
  assert.deepEqual([warning.type, others], ['unknown_target', []]);
  for (const id of ['flow_b', 'flow_c', 'agent_d']) assert.ok(warning.message.includes(id));
  for (const id of ['flow_a', 'agent_a']) assert.ok(!warning.message.includes(id));
  const { json } = await worker.variants.withDefault('POST', '/v1/client-tokens', { key, body });
  assert.deepEqual(json.warnings, []);
});

test('201 with short_idle_timeout for one minute and not for two', async () => {
  assert.deepEqual(await types({ sessionIdleTimeoutMinutes: 1 }), ['short_idle_timeout']);
  assert.deepEqual(await types({ sessionIdleTimeoutMinutes: 2 }), []);
});

test('201 with no_rate_limit when both limits are null and not for one', async () => {
  assert.deepEqual(await types({ rateLimitPerMinute: null, rateLimitPerHour: null }), ['no_rate_limit']);
  assert.deepEqual(await types({ rateLimitPerMinute: null }), []);
  assert.deepEqual(await types({ rateLimitPerHour: null }), []);
});

test('201 with every warning that applies, one of each type', async () => {
  const found = await types({
    ...origins('*', 'native', 'http://a.example', 'localhost', 'b.example'), flowIds: [],
    sessionIdleTimeoutMinutes: 1, rateLimitPerMinute: null, rateLimitPerHour: null,
  });
  assert.deepEqual(found.sort(), [
    'insecure_origin', 'loopback_origin', 'native_origin', 'no_rate_limit', 'no_target', 'short_idle_timeout',
    'wildcard_origin',
  ]);
});

test('200 with the warnings of what an update leads to', async () => {
  const { json } = await worker.api('POST', '/v1/client-tokens', { key, body: CAREFUL });
  const path = `/v1/client-tokens/${json.clientToken.id}`;
  const put = async (body) => (await worker.api('PUT', path, { key, body })).json.warnings.map(({ type }) => type);
  assert.deepEqual(await put({ rateLimitPerMinute: null }), []);
  assert.deepEqual(await put({ rateLimitPerHour: null }), ['no_rate_limit']);
  assert.deepEqual(await put({ rateLimitPerHour: 5 }), []);
});
