// Turns an origin that was seen into the change of a token that admits it.

export interface SeenOrigin {
  /** As the browser sent it; `native` for requests without one, `other` for all that have no entry of their own. */
  origin: string;
  allowed: boolean;
  count: number;
  firstSeenAt: string;
  lastSeenAt: string;
}

/** As many entries as a token may have (contract section 5). */
const MAX_ENTRIES = 100;

/** The entry that admits an origin, which is written as itself. Null where only `*` would. */
export function entryFor(origin: string): string | null {
  if (origin === 'native') return origin;
  return /^https?:\/\/[^/?#@\s*]+$/.test(origin) ? origin : null;
}

/** The list with the entry at its end; null if it is there already or the list is full. */
export function withEntry(allowedOrigins: string[], entry: string): string[] | null {
  if (allowedOrigins.includes(entry) || allowedOrigins.length >= MAX_ENTRIES) return null;
  return [...allowedOrigins, entry];
}

/** The origin that a browser sends from a page with this address; any other text as it is. */
export function originOf(address: string): string {
  const text = address.trim();
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text).origin : text;
}
