// What an export asks for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { query, size } from './exported.ts';

const NONE = { from: '', to: '', flow_id: '', userId: '' };

test('days are whole and in UTC, the last one included, and empty fields ask for nothing', () => {
  assert.equal(query(NONE), '');
  const asked = new URLSearchParams(query({ ...NONE, from: '2026-01-31', to: '2026-01-31', userId: ' a&b ' }));
  assert.deepEqual(Object.fromEntries(asked), { from: '2026-01-31T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z', userId: 'a&b' });
});

test('sizes are told in the unit that fits', () => {
  assert.deepEqual([size(1023), size(1536), size(3 * 1024 ** 2)], ['1023 bytes', '1.5 KiB', '3.0 MiB']);
});
