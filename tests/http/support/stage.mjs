// A Worker, an upstream that the tests play, and visitors who chat with it.
import { after } from 'node:test';
import { createToken } from './contract.mjs';
import { transcript } from './ledger.mjs';
import { UNLIMITED, Visitor } from './page.mjs';
import { startUpstream } from './upstream.mjs';
import { start } from './worker.mjs';

/** The fields of an upstream of each kind, but for its base URL. */
export const EVENTS = { kind: 'events' };
export const OPENAI = { kind: 'openai', model: 'model-1' };

/**
 * Starts them, and ends them after the tests of the file. `targets` has the fields of the upstream for each target id;
 * a `baseUrl` among them is a path on the upstream. `settings` are of the token, which has all targets; `options` are
 * those of `start`.
 */
export async function stage({ targets, settings, ...options }) {
  const worker = await start(options);
  const upstream = await startUpstream();
  after(() => worker.stop().finally(upstream.stop));
  const { api, sql } = worker;
  const { key } = await worker.mintKey();
  for (const [id, { baseUrl = '', ...fields }] of Object.entries(targets)) {
    const body = { upstream: { ...fields, baseUrl: upstream.url + baseUrl } };
    const { status, text } = await api('PUT', `/v1/targets/${id}`, { key, body });
    if (status >= 300) throw new Error(`no target was made: ${text}`);
  }
  const ids = (kind) => Object.keys(targets).filter((id) => id.startsWith(kind));
  const lists = { flowIds: ids('flow_'), agentIds: ids('agent_') };
  let visitors = 0;
  const token = await createToken(api, key, { ...UNLIMITED, ...lists, ...settings });

  return {
    worker,
    upstream,
    key,
    token,
    /** A visitor with a session, at an address of its own; `conversation` is its conversation's id. */
    visitor: async (flowId, origin = worker.origin) => {
      visitors += 1;
      const one = new Visitor(origin, token.tokenValue, { ip: `10.${visitors >> 16}.${(visitors >> 8) & 255}.${visitors & 255}` });
      one.conversation = (await one.init(flowId && { flowId })).json.conversationId;
      return one;
    },
    /** What is stored of the assistant's first answer to a visitor, `[id, role, content, status, replyTo]`. */
    answer: async (one) => (await transcript(sql, one.conversation)).find(([, role]) => role === 'assistant'),
  };
}
