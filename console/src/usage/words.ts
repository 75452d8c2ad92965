// Names of what is counted, for the plots, the totals and the table.
import type { Step } from './range.ts';
import type { Series } from './series.ts';

export const COUNTS: Record<keyof Series['counts'], string> = {
  inits: 'Sessions opened',
  chats: 'Chats',
  messages: 'Messages',
  tokensIn: 'Tokens in',
  tokensOut: 'Tokens out',
};

const REASONS: Record<string, string> = {
  origin: 'Origin not allowed',
  inactive: 'Token switched off',
  target: 'Target not allowed',
  upstream: 'Upstream failed',
  limit: 'Over the rate limit',
  sessionLimit: 'Session is full',
  session: 'Session is over',
  shed: 'Too many at once',
  conversation: 'Conversation is over',
  request: 'Faulty request',
  error: 'Service failed',
};

/** A reason that has no name here, since it is newer, is told by its word. */
export function reasonName(reason: string): string {
  return REASONS[reason] ?? reason;
}

/** A slot's name, of its beginning in Unix seconds. In UTC, in which they are counted: a day of another zone is another. */
export function moment(time: number, by: Step): string {
  const text = new Date(time * 1000).toISOString();
  return by === 'day' ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 16)}`;
}
