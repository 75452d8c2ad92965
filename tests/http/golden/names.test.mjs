// What golden files leave out is left out by its form alone, and nothing else is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { difference } from '#support/golden/difference.mjs';
import { isCompact, overLines } from '#support/golden/json.mjs';
import { Names, credentials } from '#support/golden/names.mjs';

const KEY = `rt_live_${'a'.repeat(56)}`;
const VALUE = `ct_test_${'b'.repeat(50)}`;
const SESSION = `cs_${'c'.repeat(89)}`;
const TOKEN = 'ct_01a231dd-b0f6-765d-8782-aa5f156460b6';
const give = (text) => new Names().give(text);

test('the same thing has the same name, another one another', () => {
  const names = new Names();
  const other = TOKEN.replace('01a2', '01a3');
  assert.equal(names.give(`${TOKEN} ${other} ${TOKEN}`), '<token 1> <token 2> <token 1>');
  assert.equal(names.give(`${VALUE} "tokenHint":"bbbb"`), '<test value 1> "tokenHint":"<end of <test value 1>>"');
  assert.equal(names.give(`${KEY} ${SESSION}_flow_a`), '<live API key value 1> <session 1>_flow_a');
  assert.equal(names.give(other), '<token 2>');
});

test('what a minted value allows can be read', () => {
  const claims = Buffer.from('{"user":{"id":"u1"}}').toString('base64url');
  assert.equal(give(`${VALUE}.${claims}`), "<minted test value 1>.<{'user':{'id':'u1'}}>");
});

test('moments and seconds are told from now, as far as they tick', () => {
  const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
  assert.equal(give(`${at(0)} ${at(-5)} ${at(3600)} ${at(150)} ${at(-60)}`), '<now> <now> <now + 60 min> <now + 2.5 min> <now - 1 min>');
  assert.equal(give(`${new Date().toISOString().slice(0, 10)}T00:00:00.000Z 2020-01-01T00:00:00Z`), '<this day> 2020-01-01T00:00:00Z');
  assert.equal(give('Retry-After: 59 ;t=3600 Retry-After: 7 wait 58 seconds'), 'Retry-After: <60> ;t=<3600> Retry-After: 7 wait <60> seconds');
});

test('another form than the known one is no name, but a failure that doesn\'t show it', () => {
  const now = new Date().toISOString();
  for (const odd of [
    `${KEY}a`, KEY.slice(0, -1), `${VALUE}_x`, VALUE.slice(0, -1), `${SESSION}0_flow_a`, SESSION, TOKEN.replace('-765d', '-465d'), TOKEN.replace('ct_', 'xy_'),
    now.replace(/\.\d{3}/, ''), now.replace('Z', ''), new Date(Date.now() - 25_000).toISOString(), '11111111-1111-4111-8111-111111111111', `"tokenHint":"zzzz"`,
    'f'.repeat(64), `Bearer ${'x'.repeat(20)}`, `cvt_${'x'.repeat(30)}`,
  ]) assert.throws(() => give(odd), (error) => !error.message.includes(odd), odd.slice(0, 20));
});

test('credentials are found wherever they stand, and told without themselves', () => {
  for (const secret of [KEY, VALUE, `${SESSION}_flow_a`, 'eyJhbGciOiJSUzI1NiIs', '0'.repeat(64)]) {
    const [told, ...more] = credentials(`{}\nbefore ${secret} after`);
    assert.deepEqual([told, more], ['line 2, after before ', []]);
  }
});

test('JSON keeps the order of its members and the spelling of its texts and numbers', () => {
  const text = '{"b":1.50,"a":[1e3,"\\u00e9{}[],:"],"long":"' + 'x'.repeat(90) + '"}';
  assert.ok(isCompact(text) && !isCompact(text.replace(':', ': ')) && !isCompact('{'));
  assert.equal(overLines(text), `{\n  "b": 1.50,\n  "a": [1e3, "\\u00e9{}[],:"],\n  "long": "${'x'.repeat(90)}"\n}`);
});

test('a difference shows what was, what is, and a few lines around', () => {
  assert.equal(difference('a\nb\nc', 'a\nx\nc\nd'), ' a\n-b\n+x\n c\n+d');
  assert.equal(difference('1\n2\n3\n4\n5\n6', '1\n2\n3\n4\n5\n7'), ' …\n 3\n 4\n 5\n-6\n+7');
});
