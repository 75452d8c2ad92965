// The entry that admits an origin which was seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryFor, withEntry } from './seen.ts';

test('an origin is its own entry, none is native, and what only * admits has none', () => {
  assert.equal(entryFor('https://shop.example.com'), 'https://shop.example.com');
  assert.equal(entryFor('http://127.0.0.1:8787'), 'http://127.0.0.1:8787');
  for (const none of [null, '', 'native']) assert.equal(entryFor(none), 'native');
  for (const other of ['null', 'capacitor://localhost', 'https://*.example.com', 'https://a.example/x', 'https://a@b.example']) {
    assert.equal(entryFor(other), null);
  }
});

test('an entry joins the end of the list, once, and only while there is room', () => {
  assert.deepEqual(withEntry(['a'], 'b'), ['a', 'b']);
  assert.equal(withEntry(['a'], 'a'), null);
  assert.equal(withEntry(Array.from({ length: 100 }, (_, at) => `h${at}`), 'b'), null);
});
