// Visitors of a backend of one's own, which speaks the event stream itself, and what such a backend says.
import { EVENTS, stage } from '#support/stage.mjs';
import { user } from '#support/page.mjs';
import { begin, frame } from '#support/upstream.mjs';

const backend = { ...EVENTS, baseUrl: '/hooks/chat', apiKeySecret: 'UPSTREAM_BACKEND' };
export const { worker, upstream, visitor, answer } = await stage({
  bindings: { UPSTREAM_BACKEND: 'the-key-of-the-backend', UPSTREAM_BACKEND_HOSTS: '127.0.0.1' },
  targets: { flow_own: backend, agent_own: backend },
});
export const { sql } = worker;

export const SLOW = { timeout: 20_000 };
export const ask = (one, more) => one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1', ...more });

/** A play of these bytes. */
export const plays = (...pieces) => async (response) => {
  begin(response);
  for (const piece of pieces) {
    response.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
};

export const COMPLETE = frame('execution_complete', { executionId: 'e1', seq: 9, kind: 'flow', success: true });
export const delta = (text, more) => frame('text_delta', { executionId: 'e1', seq: 2, id: 't1', delta: text, ...more });
