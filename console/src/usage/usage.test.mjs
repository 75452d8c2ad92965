// Which hours and days are shown, and that what the API leaves out is a zero in its place.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lastDays } from './range.ts';
import { series } from './series.ts';
import { reasonName } from './words.ts';

const DOCUMENT = JSON.parse(readFileSync(new URL('../../../src/api/openapi.json', import.meta.url), 'utf8'));
const REASONS = DOCUMENT.components.schemas.Refused?.properties;

const NOW = new Date('2026-01-31T09:30:00Z');
const slot = (at, more) => ({ at, inits: 0, chats: 0, refused: {}, messages: 0, tokensIn: 0, tokensOut: 0, ...more });
const shown = ({ from, to, by }) => [from.toISOString(), to.toISOString(), by];

test('a range is whole hours or days, the present one included, and a long one goes by the day', () => {
  assert.deepEqual(shown(lastDays(1, 'hour', NOW)), ['2026-01-30T10:00:00.000Z', '2026-01-31T10:00:00.000Z', 'hour']);
  assert.deepEqual(shown(lastDays(7, 'day', NOW)), ['2026-01-25T00:00:00.000Z', '2026-02-01T00:00:00.000Z', 'day']);
  assert.equal(lastDays(30, 'hour', NOW).by, 'hour');
  assert.equal(lastDays(90, 'hour', NOW).by, 'day');
});

test('hours without use are zeros, reasons come most frequent first, and what is outside is left out', () => {
  const { times, counts, refused } = series(
    [
      slot('2026-01-31T09:00:00.000Z', { inits: 3, refused: { limit: 5, origin: 0 } }),
      slot('2026-01-31T07:00:00.000Z', { chats: 2, refused: { session: 9 } }),
      slot('2026-01-29T07:00:00.000Z', { chats: 99 }),
    ],
    { from: new Date('2026-01-31T07:00:00Z'), to: new Date('2026-01-31T10:00:00Z'), by: 'hour' },
  );
  assert.deepEqual(times.map((at) => new Date(at * 1000).getUTCHours()), [7, 8, 9]);
  assert.deepEqual([counts.inits, counts.chats], [[0, 0, 3], [2, 0, 0]]);
  assert.deepEqual(refused, [['session', [9, 0, 0]], ['limit', [0, 0, 5]]]);
});

test('every reason that the API documents has words, and a later one is shown as it is', { skip: !REASONS }, () => {
  for (const reason of Object.keys(REASONS)) assert.notEqual(reasonName(reason), reason);
  assert.equal(reasonName('brandNew'), 'brandNew');
});
