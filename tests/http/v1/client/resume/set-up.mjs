// Visitors whose model, an OpenAI-compatible service, calls tools of the page.
import assert from 'node:assert/strict';
import { OPENAI, stage } from '#support/stage.mjs';
import { user } from '#support/page.mjs';
import { DONE, begin, chunk, word } from '#support/upstream.mjs';

export const { worker, upstream, key, token, visitor, answer } = await stage({
  targets: { agent_ai: OPENAI }, settings: { maxMessagesPerSession: 100 }, hasLab: true,
});
export const { api, lab, sql } = worker;

export const TOOLS = [
  { name: 'shop.add', description: 'Adds', parametersSchema: { type: 'object', properties: { id: { type: 'string' } } }, origin: 'webmcp' },
  { name: 'ask_user', description: 'Asks', parametersSchema: { type: 'object', properties: {} }, origin: 'sdk' },
];

export const ADD = { id: 'c1', function: { name: 'shop_add', arguments: '{"id":"x"}' } };
export const ASK = { id: 'c2', function: { name: 'ask_user', arguments: '' } };

/** A play that says `text` and calls tools, their arguments in fragments. */
export const calls = (text, ...tools) => (response) => {
  begin(response);
  if (text) response.write(word(text));
  for (const [index, { id, function: { name, arguments: json } }] of tools.entries()) {
    response.write(chunk({ delta: { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] } }));
    for (const piece of json.match(/.{1,4}/g) ?? []) {
      response.write(chunk({ delta: { tool_calls: [{ index, function: { arguments: piece } }] } }));
    }
  }
  response.end(chunk({ delta: {}, finish_reason: 'tool_calls' }) + DONE);
};

/** A visitor whose model waits for these tools. */
export async function paused(...tools) {
  const one = await visitor();
  upstream.play = calls('Let me see.', ...tools);
  const more = { assistantMessageId: 'a1', clientTools: TOOLS, clientToolsFingerprint: 'f1', inputs: { plan: 'gold' } };
  const { status, frames } = await one.chat([user('Buy x', 'u1')], more);
  assert.equal(status, 200);
  return Object.assign(one, { frames, execution: frames[0].executionId });
}
