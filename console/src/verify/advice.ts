// The verdicts of verify in plain words, and what an edit that would mend one does.

/** What stands first: the verdict, for somebody who doesn't know the words of the API. */
const VERDICTS: Record<string, [headline: string, advice: string]> = {
  valid: ['This would work', 'A page at this origin that sends this value gets a session.'],
  malformed: ['This is not a token value', 'Copy the whole value again, from the token\u2019s page or from the web page that uses it.'],
  forged: ['No token here has this value', 'It was mistyped, belongs to another account or deployment, or was signed with a key that is gone.'],
  regenerated: ['This value is an old one', 'The token was given a new value since. Put the present value into the page.'],
  expired: ['This value has expired', 'It was minted for a limited time. Mint a new one.'],
  deleted: ['The token was deleted', 'Nothing brings it back. Make a new token and put its value into the page.'],
  inactive: ['The token is switched off', 'Nobody can chat through it until it is switched on.'],
  origin_not_allowed: ['The page\u2019s origin is not allowed', 'The token lists the pages that may use it, and this one is not among them.'],
  target_not_allowed: ['The token may not talk to this target', 'It lists the flows and agents it may reach, and this one is not among them.'],
  no_upstream: ['Nothing answers for this target', 'Say under Targets what executes it.'],
  rate_limited: ['This visitor has used up a limit', 'It lifts by itself; the limits of the token can be raised.'],
  environment_mismatch: ['A live value, and a test key', 'Sign in with a live API key to ask about it.'],
};

export function verdict(code: string): [headline: string, advice: string] {
  return VERDICTS[code] ?? [`The answer is \u201c${code}\u201d`, 'See the reason below.'];
}

/** Fields of a token that an edit sets. */
export type Edit = Record<string, unknown>;

/** What an edit changes, a sentence for each field; `present` is the token as it is, if it may be read. */
export function told(edit: Edit, present?: Record<string, unknown>): string[] {
  return Object.entries(edit).map(([field, value]) => sentence(field, value, present?.[field]));
}

const LISTS: Record<string, string> = { allowedOrigins: 'allowed origins', flowIds: 'flows', agentIds: 'agents' };

function sentence(field: string, value: unknown, before: unknown): string {
  if (field === 'isActive') return value ? 'The token is switched on.' : 'The token is switched off.';
  const list = LISTS[field];
  if (!list || !Array.isArray(value)) return `${field} becomes ${JSON.stringify(value)}.`;
  const added = Array.isArray(before) ? value.filter((entry) => !before.includes(entry)) : value.slice(-1);
  const removed = Array.isArray(before) ? before.filter((entry) => !value.includes(entry)) : [];
  const parts = [added.length && `${added.join(', ')} joins the ${list}`, removed.length && `${removed.join(', ')} leaves the ${list}`];
  return `${parts.filter(Boolean).join(', ') || `The ${list} stay as they are`}.`;
}
