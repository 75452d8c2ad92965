// Whom the secrets of upstreams are sent to, and where upstreams may be, at the moment of use (contract section 10).
// The rows are written past the API, as they may stand there from before these rules or before a variable was changed.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { UNLIMITED, Visitor } from '#support/page.mjs';
import { said } from '#support/stream.mjs';
import { speaks, startUpstream } from '#support/upstream.mjs';
import { start } from '#support/worker.mjs';

const upstream = await startUpstream();
const { host } = new URL(upstream.url);
const SECRETS = ['the-key-of-the-service', 'a-key-of-the-operator'];
const asDefault = (fields) => JSON.stringify({ kind: 'events', baseUrl: upstream.url, ...fields });
const worker = await start({
  bindings: {
    UPSTREAM_HERE: SECRETS[0], UPSTREAM_HERE_HOSTS: `api.example.com,${host}`,
    UPSTREAM_THERE: SECRETS[0], UPSTREAM_THERE_HOSTS: 'api.example.com, 127.0.0.1:1',
    UPSTREAM_BARE: SECRETS[0],
    UPSTREAM_SISTERS: SECRETS[0], UPSTREAM_SISTERS_HOSTS: host, UPSTREAM_SISTERS_TENANTS: 'sister',
    OPENAI_API_KEY: SECRETS[1], OPENAI_API_KEY_HOSTS: host,
  },
  variants: {
    strict: { ALLOW_PRIVATE_UPSTREAMS: 'off' },
    there: { DEFAULT_UPSTREAM: asDefault({ apiKeySecret: 'UPSTREAM_THERE' }) },
    operators: { DEFAULT_UPSTREAM: asDefault({ apiKeySecret: 'OPENAI_API_KEY' }) },
    here: { DEFAULT_UPSTREAM: asDefault({ apiKeySecret: 'UPSTREAM_HERE' }) },
    private: { DEFAULT_UPSTREAM: asDefault({}), ALLOW_PRIVATE_UPSTREAMS: undefined },
  },
});
after(() => worker.stop().finally(upstream.stop));
const { api, logs, sql } = worker;
const { key } = await worker.mintKey();
const { tokenValue } = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a', 'flow_default'] });

const store = (kind, secret, baseUrl = upstream.url) =>
  sql(
    `insert or replace into targets (tenant_id, id, kind, base_url, model, api_key_secret, created_at, updated_at)
values ('acme', 'flow_a', ?1, ?2, 'model-1', ?3, 1, 1)`,
    kind, baseUrl, secret,
  );

/** The answer to a chat, or to the init that is refused already. */
async function ask(flowId, origin = worker.origin) {
  const one = new Visitor(origin, tokenValue);
  const opened = await one.init({ flowId });
  return opened.status === 200 ? one.chat('Hello') : opened;
}

/** The upstream must not hear of it, nor the page of the reason; the log must name `variable` and no secret. */
async function isNotAsked(status, ask, variable) {
  const asked = upstream.asked.length;
  const answer = await ask;
  assert.equal(answer.status, status, answer.text);
  assert.doesNotMatch(answer.text, /UPSTREAM_|OPENAI|127\.0\.0\.1/);
  const { cause } = await logs.of(answer);
  assert.ok(cause.includes(variable), cause);
  assert.equal(upstream.asked.length, asked);
  for (const secret of SECRETS) assert.ok(![answer.text, ...logs.lines].some((text) => text.includes(secret)));
}

for (const kind of ['openai', 'events']) {
  test(`502, and a secret is sent to no host that its variable doesn't list: ${kind}`, async () => {
    for (const name of ['UPSTREAM_THERE', 'UPSTREAM_BARE']) {
      await store(kind, name);
      await isNotAsked(502, ask('flow_a'), `${name}_HOSTS`);
    }
  });

  test(`502, and no secret of the operator's own is sent, whatever stands beside it: ${kind}`, async () => {
    await store(kind, 'OPENAI_API_KEY');
    await isNotAsked(502, ask('flow_a'), 'must begin with UPSTREAM_');
  });

  test(`502, and a secret of other tenants is not sent: ${kind}`, async () => {
    await store(kind, 'UPSTREAM_SISTERS');
    await isNotAsked(502, ask('flow_a'), 'UPSTREAM_SISTERS_TENANTS');
  });

  test(`502, and nothing is sent to a private address unless the variable is on: ${kind}`, async () => {
    for (const baseUrl of [upstream.url, 'https://10.0.0.1.nip.io', 'https://[::ffff:0:a00:1]/v1', 'https://localhost.localdomain']) {
      await store(kind, null, baseUrl);
      await isNotAsked(502, ask('flow_a', worker.origins.strict), 'ALLOW_PRIVATE_UPSTREAMS');
    }
  });

  test(`200 with the secret for the host that its variable lists: ${kind}`, async () => {
    upstream.play = speaks('Fine');
    await store(kind, 'UPSTREAM_HERE');
    assert.equal(said((await ask('flow_a')).frames), 'Fine');
    assert.equal(upstream.last.headers.authorization, `Bearer ${SECRETS[0]}`);
  });
}

test('502 tells the page that the assistant is not set up, and no more', async () => {
  await store('events', 'UPSTREAM_THERE');
  const { json } = await ask('flow_a');
  const hint = 'The assistant isn\'t set up to be reached.';
  assert.deepEqual(json, { error: 'The assistant could not be reached', hint, code: 'upstream_failed' });
});

test('500, and DEFAULT_UPSTREAM asks nobody that a target may not ask', async () => {
  const { there, operators, private: strict } = worker.origins;
  await isNotAsked(500, ask('flow_default', there), 'UPSTREAM_THERE_HOSTS');
  await isNotAsked(500, ask('flow_default', operators), 'DEFAULT_UPSTREAM.apiKeySecret must begin with UPSTREAM_');
  await isNotAsked(500, ask('flow_default', strict), 'ALLOW_PRIVATE_UPSTREAMS');
  upstream.play = speaks('Fine');
  assert.equal(said((await ask('flow_default', worker.origins.here)).frames), 'Fine');
  assert.equal(upstream.last.headers.authorization, `Bearer ${SECRETS[0]}`);
});
