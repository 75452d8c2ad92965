// Names in the console: no file draws one raw.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isolated, piecesOf } from './isolated.ts';

const ROOT = join(import.meta.dirname, '..');
const FILES = readdirSync(ROOT, { recursive: true }).filter((path) => path.endsWith('.tsx'));

/** Names that are the console's own: of fields, sections and steps, and of a file that a visitor sent. */
const OWN = /\b(?:fault|form|row|shown|step|props|piece)\.name\b/g;
/** The ways in which a name is drawn: as a child, within a text, as a title. */
const DRAWN = [
  />\{(?:\w+\??\.)+name\b/,
  /<(?:a|b|dd|li|p|span|strong|td)\b[^<>]*>\{name\b/,
  /\$\{(?:\w+\??\.)+name\b/,
  /\u201c\$\{name\b|[a-z] \$\{name\}|\$\{name\} is/,
  /\btitle=\{(?:\w+\??\.)+name\b/,
];

/** The lines of a source that draw a name otherwise than by <Name> or `isolated`. */
function raw(source) {
  return source.split('\n').filter((line) => DRAWN.some((drawn) => drawn.test(line.replace(OWN, ''))));
}

test('no file draws a name that isn\'t set apart', () => {
  for (const path of FILES) assert.deepEqual(raw(readFileSync(join(ROOT, path), 'utf8')), [], path);
});

test('a raw name is found, however it is drawn', () => {
  for (const line of [
    '<strong>{key.name}</strong>',
    '<li key={id}>{name}</li>',
    '<a href={at}>{clientToken.name}</a>',
    'title: `Delete ${token.name}?`,',
    'title: `Change \u201c${name}\u201d?`,',
    'notify(`${apiKey.name} is revoked.`);',
    '<Dialog title={`Revoke ${apiKey.name}?`}>',
    '<dd>{user.name ?? user.id}</dd>',
    "<Page title={load.data?.token.name ?? 'Client token'} back={BACK}>",
    '<button type="button" aria-label={`Revoke ${apiKey.name}`}>',
  ]) assert.deepEqual(raw(line), [line]);
});

test('a text is told apart into names and what stands around them', () => {
  const text = `Delete ${isolated('שלום (1')}, made by ${isolated('')}?`;
  assert.deepEqual(piecesOf(text), [
    { text: 'Delete ', isName: false }, { text: 'שלום (1', isName: true }, { text: ', made by ', isName: false },
    { text: '', isName: true }, { text: '?', isName: false },
  ]);
  assert.deepEqual(piecesOf('No name'), [{ text: 'No name', isName: false }]);
});
