// Visitors whose model, an OpenAI-compatible service, calls tools of the page.
import assert from 'node:assert/strict';
import { OPENAI, stage } from '#support/stage.mjs';
import { user } from '#support/page.mjs';
import { TOOLS, calls } from './calls.mjs';

export * from './calls.mjs';

export const { worker, upstream, key, token, visitor, answer } = await stage({
  targets: { agent_ai: OPENAI }, settings: { maxMessagesPerSession: 100 }, hasLab: true,
});
export const { api, lab, sql } = worker;

/** A visitor whose model waits for these tools. */
export async function paused(...tools) {
  const one = await visitor();
  upstream.play = calls('Let me see.', ...tools);
  const more = { assistantMessageId: 'a1', clientTools: TOOLS, clientToolsFingerprint: 'f1', inputs: { plan: 'gold' } };
  const { status, frames } = await one.chat([user('Buy x', 'u1')], more);
  assert.equal(status, 200);
  return Object.assign(one, { frames, execution: frames[0].executionId });
}
