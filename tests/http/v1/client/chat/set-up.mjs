// Visitors who chat with a backend of one's own, which answers "Answer" unless a test plays something else.
import { EVENTS, stage } from '#support/stage.mjs';
import { transcript } from '#support/ledger.mjs';
import { answers } from '#support/upstream.mjs';

export const { worker, upstream, key, token, visitor } = await stage({ targets: { flow_mine: EVENTS } });
export const { api, sql } = worker;
upstream.play = answers('Answer');

export const assistant = (content, id) => ({ id, role: 'assistant', content });
export const stored = async (one) => (await transcript(sql, one.conversation)).map(([id, role, content]) => [id, role, content]);

/** What the upstream was told of the conversation. */
export const told = () => upstream.last.body.messages.map(({ id, role, content }) => [id, role, content]);
