// Reads event streams, strictly (contract section 7).
// The widget is as strict: with CRLF, a second data line or no blank line it shows nothing.
import assert from 'node:assert/strict';

/** The frames of a stream, each its data; comments are left out. */
export function frames(text) {
  assert.doesNotMatch(text, /\r/);
  if (text === '') return [];
  assert.ok(text.endsWith('\n\n'), 'the last frame is cut');
  const blocks = text.slice(0, -2).split('\n\n').filter((block) => !block.startsWith(':'));
  return blocks.map((block) => {
    const [, event, data] = /^event: (\w+)\ndata: ([^\n]+)$/.exec(block) ?? assert.fail(`not a frame: ${block}`);
    const frame = JSON.parse(data);
    assert.equal(frame.type, event);
    return frame;
  });
}

/** The types in order, with one for any number of deltas. */
export const types = (list) => list.map(({ type }) => type).filter((type, n, all) => !type.endsWith('_delta') || type !== all[n - 1]);

/** What was said. */
export const said = (list) => list.filter(({ type }) => type === 'text_delta').map(({ delta }) => delta).join('');

/** What the service says behind an answer that broke off, and the frames that say it. */
export const BROKE = 'The answer broke off here. Please ask again.';
export const NOTICE = ['text_start', 'text_delta', 'text_complete'];

/** The rules of one stream: numbers rise by one from 1, and every frame names the same execution. */
export function holdToTheNumbers(list) {
  assert.deepEqual(list.map(({ seq }) => seq), list.map((_, n) => n + 1));
  assert.equal(new Set(list.map(({ executionId }) => executionId)).size, 1);
}
