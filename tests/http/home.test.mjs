// The root: a page for people, a 404 with the same addresses for programs; the same with the files beside the Worker,
// as `npm start` and a deployment have them, and without.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { start } from '#support/worker.mjs';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const PLACES = ['/console/', '/docs/', '/openapi.json'];

const worker = await start({ hasAssets: true });
after(() => worker.stop());
const ask = (accept, method = 'GET') => fetch(`${worker.origin}/`, { method, headers: { Accept: accept }, redirect: 'manual' });

test('200 with a page that leads to the console, the reference and the description', async () => {
  const answer = await ask(BROWSER);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
  const links = [...(await answer.text()).matchAll(/<a href="([^"]+)"/g)].map(([, place]) => place);
  assert.deepEqual(links, PLACES);
  for (const place of links) assert.equal((await fetch(worker.origin + place)).status, 200, place);
});

test('the page comes from the Worker, whatever files there are, with the policy of the other pages', async () => {
  const { headers } = await ask(BROWSER);
  assert.match(headers.get('x-request-id'), /^[0-9a-f-]{36}$/);
  assert.match(headers.get('server-timing'), /trips=0 /);
  const policy = headers.get('content-security-policy');
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/]+='; /);
  for (const rule of ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]) assert.ok(policy.includes(rule), rule);
  assert.doesNotMatch(policy, /unsafe|script-src|\*/);
  const named = ['x-content-type-options', 'x-frame-options', 'referrer-policy', 'cross-origin-opener-policy', 'vary', 'cache-control'];
  assert.deepEqual(named.map((name) => headers.get(name)), ['nosniff', 'DENY', 'no-referrer', 'same-origin', 'Accept', 'no-store']);
});

test('404 with the same addresses for those who ask for JSON more, or for nothing in particular', async () => {
  for (const accept of ['*/*', 'application/json', 'application/json, text/plain, */*', 'text/html;q=0.5, application/json', 'text/html;q=0']) {
    const answer = await ask(accept);
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [404, 'application/json'], accept);
    assert.equal(answer.headers.get('vary'), 'Accept');
    const { error, hint } = await answer.json();
    assert.equal(error, 'Not found');
    for (const place of PLACES) assert.ok(hint.includes(place), place);
  }
  // Without any Accept, too.
  const { status, json } = await worker.api('GET', '/');
  assert.deepEqual([status, json.error], [404, 'Not found']);
  assert.equal((await ask('application/problem+json')).headers.get('content-type'), 'application/problem+json');
});

test('HEAD as GET without the body, 405 for other methods', async () => {
  const head = await ask(BROWSER, 'HEAD');
  assert.deepEqual([head.status, head.headers.get('content-type'), await head.text()], [200, 'text/html; charset=utf-8', '']);
  assert.equal((await ask('*/*', 'HEAD')).status, 404);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const refused = await ask(BROWSER, method);
    assert.deepEqual([refused.status, refused.headers.get('allow'), refused.headers.get('vary')], [405, 'GET, HEAD', 'Accept'], method);
  }
});

test('a query changes nothing, and other paths are no pages', async () => {
  const page = (path) => fetch(worker.origin + path, { headers: { Accept: BROWSER }, redirect: 'manual' });
  assert.equal((await page('/?utm=1')).status, 200);
  for (const path of ['//', '/index.html', '/home.html', '/v1', '/api/']) {
    const answer = await page(path);
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [404, 'application/json'], path);
  }
});
