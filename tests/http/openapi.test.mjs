// The description of both planes: how it is served, and whether it agrees with itself.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { DOCUMENT, ajv, escaped } from '#support/openapi.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const ask = (method, path = '/openapi.json') => fetch(`${worker.origin}${path}`, { method });

test('200 with the document for everybody, kept for an hour at most', async () => {
  const answer = await ask('GET');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  assert.equal(answer.headers.get('cache-control'), 'public, max-age=3600');
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.match(answer.headers.get('server-timing'), /trips=0 /);
  const text = await answer.text();
  assert.deepEqual(JSON.parse(text), DOCUMENT);
  assert.match(text, /}\n$/);
});

test('200 without a body for HEAD, 405 for other methods, 404 for other paths', async () => {
  assert.deepEqual([(await ask('HEAD')).status, await (await ask('HEAD')).text()], [200, '']);
  const refused = await ask('POST');
  assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, HEAD']);
  for (const path of ['/openapi.json/', '/OpenAPI.json', '/v1/openapi.json']) {
    assert.equal((await ask('GET', path)).status, 404, path);
  }
});

test('every schema is one', () => {
  for (const [name, schema] of Object.entries(DOCUMENT.components.schemas)) {
    assert.ok(ajv.validateSchema(schema), `${name}: ${ajv.errorsText()}`);
    ajv.compile({ $ref: `published#/components/schemas/${name}` });
  }
});

test('every example is as its schema says', () => {
  let count = 0;
  const each = (value, steps) => {
    if (value === null || typeof value !== 'object') return;
    if (value.schema && (value.example !== undefined || value.examples)) {
      const place = steps.map(escaped).join('/');
      const validate = ajv.compile({ $ref: `published#/${place}/schema` });
      const examples = value.examples ? Object.values(value.examples).map(({ value }) => value) : [value.example];
      for (const example of examples) {
        assert.ok(validate(example), `${steps.join(' ')}: ${ajv.errorsText(validate.errors)}`);
        count++;
      }
    }
    for (const [name, member] of Object.entries(value)) each(member, [...steps, name]);
  };
  each(DOCUMENT, []);
  assert.ok(count > 60, `${count} examples`);
});
