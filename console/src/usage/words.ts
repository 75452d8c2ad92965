// Names of what is counted, for the plots, the totals and the table.
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
  limit: 'Over the rate limit',
  session: 'Session ended',
  cap: 'Session is full',
  upstream: 'Upstream failed',
  conversation: 'Conversation full',
  other: 'Other reasons',
};

/** A reason without a name of its own is told by its word. */
export function reasonName(reason: string): string {
  return REASONS[reason] ?? reason.replaceAll(/([A-Z_])/g, (letter) => ` ${letter === '_' ? '' : letter.toLowerCase()}`);
}
