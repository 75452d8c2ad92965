// What an export asks for, and when it counts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { query, size, whole } from './exported.ts';

const NONE = { from: '', to: '', flow_id: '', userId: '' };

test('days are whole and in UTC, the last one included, and empty fields ask for nothing', () => {
  assert.equal(query(NONE), '');
  const asked = new URLSearchParams(query({ ...NONE, from: '2026-01-31', to: '2026-01-31', userId: ' a&b ' }));
  assert.deepEqual(Object.fromEntries(asked), { from: '2026-01-31T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z', userId: 'a&b' });
});

test('sizes are told in the unit that fits', () => {
  assert.deepEqual([size(1023), size(1536), size(3 * 1024 ** 2)], ['1023 bytes', '1.5 KiB', '3.0 MiB']);
});

/** An answer that comes in pieces, and breaks off after them if `fault` is given. */
function streamed(pieces, fault) {
  const left = [...pieces];
  return new Response(new ReadableStream({
    pull(controller) {
      if (left.length > 0) controller.enqueue(new TextEncoder().encode(left.shift()));
      else if (fault) controller.error(fault);
      else controller.close();
    },
  }));
}

test('an export is whole or refused, and its progress is told', async () => {
  const told = [];
  const file = await whole(streamed(['{}\n', '{"a":1}\n']), (bytes) => told.push(bytes));
  assert.equal(await file.text(), '{}\n{"a":1}\n');
  assert.deepEqual(told, [3, 11]);
  await assert.rejects(whole(streamed(['{}\n'], new TypeError('network')), () => {}), { status: 0, message: /broke off/ });
});
