// The entry that admits an origin which was seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cautions } from './cautions.ts';
import { entryFor, originOf, withEntry } from './seen.ts';

test('an origin is its own entry, and what only * admits has none', () => {
  assert.equal(entryFor('https://shop.example.com'), 'https://shop.example.com');
  assert.equal(entryFor('http://127.0.0.1:8787'), 'http://127.0.0.1:8787');
  assert.equal(entryFor('native'), 'native');
  for (const other of ['', 'null', 'other', 'capacitor://localhost', 'https://*.example.com', 'https://a.example/x', 'https://a@b.example']) {
    assert.equal(entryFor(other), null);
  }
});

test('an entry joins the end of the list, once, and only while there is room', () => {
  assert.deepEqual(withEntry(['a'], 'b'), ['a', 'b']);
  assert.equal(withEntry(['a'], 'a'), null);
  assert.equal(withEntry(Array.from({ length: 100 }, (_, at) => `h${at}`), 'b'), null);
});

test('the address of a page is asked about by its origin', () => {
  assert.equal(originOf(' https://Shop.Example.com:443/cart?x#y '), 'https://shop.example.com');
  for (const text of ['null', '', 'shop.example.com', 'https://', 'capacitor://localhost']) assert.equal(originOf(text), text);
});

test('admitting apps, plain http and the visitor\'s machine comes with a caution', () => {
  for (const entry of ['*', 'native', 'http://a.example', 'http://localhost:3000', 'localhost:3000', 'https://[::1]:1']) {
    assert.equal(cautions(entry, 'live').length, 1, entry);
  }
  assert.deepEqual(cautions('https://a.example', 'live'), []);
  assert.deepEqual(cautions('http://127.0.0.1:8787', 'test'), []);
});
