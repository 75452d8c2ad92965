// Visitors of two upstreams, a service and a backend of one's own, that break in the middle of an answer.
import assert from 'node:assert/strict';
import { EVENTS, OPENAI, stage } from '#support/stage.mjs';
import { chatCounts, transcript } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { said } from '#support/stream.mjs';
import { speaks } from '#support/upstream.mjs';

export const { worker, upstream, visitor } = await stage({
  bindings: { UPSTREAM_SERVICE: 'the-key-of-the-service', UPSTREAM_SERVICE_HOSTS: '127.0.0.1' },
  variants: { hasty: { UPSTREAM_TIMEOUT_MS: '400' } },
  targets: { flow_ai: { ...OPENAI, apiKeySecret: 'UPSTREAM_SERVICE' }, flow_own: EVENTS },
  hasLab: true,
});
export const { lab, logs, sql } = worker;

export const SLOW = { timeout: 20_000 };

/** Asked again, the upstream answers; it isn't told of its own broken attempt. */
export async function recovers(one) {
  upstream.play = speaks('Back ', 'again');
  const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a2' });
  assert.equal(frames.at(-1).type, 'execution_complete');
  assert.equal(said(frames), 'Back again');
  assert.deepEqual(upstream.last.body.messages.map(({ content }) => content), ['Hello']);
  const rows = await transcript(sql, one.conversation);
  const whole = rows.filter(([, , , status, replyTo]) => replyTo && status === 'complete');
  assert.deepEqual(whole, [['a2', 'assistant', 'Back again', 'complete', 'u1']]);
  assert.deepEqual(await chatCounts(sql, one.conversation), [2]);
}
