// The snippets hold whatever a deployment's address or a value is, and nothing in them ends a script or an attribute.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, install, react } from './snippets.ts';

const USUAL = { api: 'https://api.example', value: 'ct_live_x', widget: 'https://api.example/persona', version: '4.17.0' };

test('the snippets name the address, the value and the version', () => {
  assert.match(html(USUAL), /<script src="https:\/\/api\.example\/persona\/index\.global\.js">/);
  for (const code of [html(USUAL), react(USUAL)]) {
    assert.match(code, /apiUrl: "https:\/\/api\.example",/);
    assert.match(code, /clientToken: "ct_live_x",/);
  }
  assert.equal(install(USUAL), 'npm install --save-exact @runtypelabs/persona@4.17.0');
});

test('nothing breaks out', () => {
  const code = html({ ...USUAL, value: '"</script><img>', widget: '"><script>' });
  assert.ok(code.includes(String.raw`clientToken: "\"\u003c/script>\u003cimg>",`));
  assert.ok(code.includes('href="&quot;>&lt;script>/widget.css"'));
});
