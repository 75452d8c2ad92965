// What every endpoint of the management plane refuses in the same way, and what the paths beside them answer.
import { test } from 'node:test';
import { MINIMAL, COLLECTIONS, UNKNOWN_KEY, UNKNOWN_TOKEN, ofKey, ofTarget, ofToken } from '#support/contract.mjs';
import { scene } from '#support/golden/scene.mjs';
import { ORIGIN } from '#support/page.mjs';
import { PROBLEM_JSON } from '#support/client.mjs';

const DASHBOARD = 'https://dashboard.example';
const UNKNOWN_CONVERSATION = 'conv_00000000-0000-7000-8000-00000000dead';
const conversation = (method, scope) => ({ method, scope: `CLIENT_TOKENS:${scope}`, path: `/v1/client-tokens/${UNKNOWN_TOKEN}/conversations/${UNKNOWN_CONVERSATION}` });
const NAMED = [
  ...ofToken(UNKNOWN_TOKEN), conversation('GET', 'READ'), conversation('DELETE', 'DELETE'), ...ofKey(UNKNOWN_KEY), ...ofTarget('flow_unknown'),
];
const ALL = [...COLLECTIONS, ...NAMED];
const TAKES_A_BODY = /^POST .*(client-tokens|api-keys|verify|mint|try)$|^PUT |api-keys\/.*\/regenerate$/;
const MADE_BY_PUT = /^PUT \/v1\/targets/;
const title = ({ method, path }, what) => `${what}: ${method} ${path.split('?')[0].replace(/\/(\w+)_(\w|-)*/g, '/:id')}`;

test('every endpoint', async () => {
  const s = await scene('every-endpoint', 'What every endpoint refuses in the same way: credentials, scopes, ids, queries, bodies, methods.', {
    bindings: { DASHBOARD_ORIGINS: DASHBOARD },
    variants: { small: { TENANT_QUOTAS: 'tokens=1,targets=1,keys=1' }, keyless: { TOKEN_KEYS: undefined } },
  });
  const { ask, worker } = s;
  const { key } = await s.key();
  const { key: mute } = await s.key({ permissions: 'AUDIT:READ' });
  const { key: other } = await s.key({ permissions: 'CLIENT_TOKENS:READ' });

  for (const one of ALL) await ask(title(one, 'no credential'), one.method, one.path, { body: one.body });
  const [first] = ALL;
  for (const [what, Authorization] of [
    ['another scheme', 'Basic abc'], ['an empty credential', 'Bearer '], ['two credentials', 'Bearer abc, Bearer def'], ['a forged key', 'Bearer rt_live_x'], ['what could be a session token', 'Bearer a.b.c'],
  ]) await ask(what, first.method, first.path, { headers: { Authorization } });
  for (const one of ALL) {
    const without = one.scope === 'AUDIT:READ' ? other : mute;
    await ask(title(one, 'a missing scope'), one.method, one.path, { key: without, body: one.body });
  }
  for (const one of ALL) await ask(title(one, 'a parameter that is unknown'), one.method, `${one.path}${one.path.includes('?') ? '&' : '?'}wish=1`, { key, body: one.body });
  for (const one of NAMED) await ask(title(one, 'a malformed id'), one.method, one.path.replace(/\/(ct|key|flow)_[^/]+/, '/none'), { key, body: one.body });
  for (const one of NAMED) {
    if (!MADE_BY_PUT.test(`${one.method} ${one.path}`)) await ask(title(one, 'unknown'), one.method, one.path, { key, body: one.body });
  }
  for (const one of ALL) {
    if (!TAKES_A_BODY.test(`${one.method} ${one.path}`)) continue;
    const send = (what, body, headers) => ask(title(one, what), one.method, one.path, { key, body, headers });
    await send('no JSON', '{"a":');
    await send('too large', `{"a":"${'x'.repeat(70_000)}"}`);
    await send('another type', '{}', { 'Content-Type': 'text/plain' });
    await send('compressed', '{}', { 'Content-Encoding': 'gzip' });
  }
  const { tokenValue } = await s.token(key, {});
  await s.target(key, 'flow_b');
  const paths = new Set(ALL.map(({ path }) => path.split('?')[0]));
  for (const path of paths) await ask(title({ method: 'PATCH', path }, 'another method'), 'PATCH', path, { key });
  for (const [path, body] of [['/v1/client-tokens', MINIMAL], ['/v1/api-keys', { name: 'x', permissions: ['*'] }], ['/v1/targets/flow_a', { upstream: { kind: 'echo' } }]]) {
    const method = path.endsWith('flow_a') ? 'PUT' : 'POST';
    await ask(title({ method, path }, 'as many as may be'), method, path, { key, body, origin: worker.origins.small });
  }

  const problem = { headers: { Accept: PROBLEM_JSON } };
  await ask('a problem document: 401', 'GET', '/v1/client-tokens', problem);
  await ask('a problem document: 400', 'POST', '/v1/client-tokens', { key, body: { name: '' }, ...problem });
  await ask('a problem document: 404 of HEAD', 'HEAD', '/nowhere', problem);
  await ask('HEAD: 401', 'HEAD', '/v1/client-tokens');
  await ask('a path that nothing is at', 'GET', '/v1/client-token', { key });
  await ask('a path with a slash at its end', 'GET', '/v1/client-tokens/', { key });

  await ask('a dashboard: preflight', 'OPTIONS', '/v1/client-tokens', { from: DASHBOARD, headers: { 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'authorization,x-a' } });
  await ask('a dashboard: 200', 'GET', '/v1/client-tokens', { key, from: DASHBOARD });
  await ask('a dashboard: 401', 'GET', '/v1/client-tokens', { from: DASHBOARD });
  await ask('another page: preflight', 'OPTIONS', '/v1/client-tokens', { from: ORIGIN, headers: { 'Access-Control-Request-Method': 'PUT' } });
  await ask('another page: 200', 'GET', '/v1/client-tokens', { key, from: ORIGIN });

  await ask('the root, for a program', 'GET', '/', {});
  await ask('the root, for a person', 'GET', '/', { headers: { Accept: 'text/html,*/*' }, document: 'the page src/api/home.html' });
  await ask('the document', 'GET', '/openapi.json', { document: 'src/api/openapi.json, version and server filled in' });
  await ask('the document: HEAD', 'HEAD', '/openapi.json');
  await ask('the document: another method', 'POST', '/openapi.json', { body: {} });

  await ask('without signing keys: a key', 'GET', '/v1/client-tokens', { key, origin: worker.origins.keyless });
  await ask('without signing keys: a page', 'POST', '/v1/client/init', { from: ORIGIN, body: { token: tokenValue }, origin: worker.origins.keyless });
  await worker.sql('alter table client_tokens rename to away');
  await ask('a database that breaks', 'GET', '/v1/client-tokens', { key });
  await ask('a database that breaks, as a problem document', 'GET', '/v1/client-tokens', { key, ...problem });
  await ask('a database that breaks, for a page', 'POST', '/v1/client/init', { from: ORIGIN, body: { token: tokenValue } });
  s.close();
});
