// Reads a token's ledger, which is told of a request some seconds after its answer.
import { until } from '#support/until.mjs';

export const REASONS = [
  'origin', 'inactive', 'target', 'upstream', 'limit', 'sessionLimit', 'session', 'shed', 'conversation', 'request', 'error',
];

/** Asks for the usage and the origins of tokens, as `key`. */
export function reader(api, key) {
  const ask = (what, id, query = '', as = key) => api('GET', `/v1/client-tokens/${id}/${what}${query}`, { key: as });
  const usage = (...asked) => ask('usage', ...asked);
  const origins = (...asked) => ask('observed-origins', ...asked);
  /** What was counted in all: `{ inits, chats, messages, tokensIn, tokensOut }` and the reasons that came up. */
  const total = async (id) => sum((await usage(id)).json.usage);
  /** The same, once so many requests were counted. */
  const once = (requests, id) => until(async () => {
    const counted = await total(id);
    return counted.requests >= requests && counted;
  });
  /** The same, once it fits. */
  const when = (id, fits) => until(async () => {
    const counted = await total(id);
    return fits(counted) && counted;
  });
  /** `[[origin, allowed, count], …]`, once so many requests were counted. */
  const seen = (requests, id) => until(async () => {
    const { json } = await origins(id);
    const list = json.origins.map(({ origin, allowed, count }) => [origin, allowed, count]);
    return list.reduce((all, [, , count]) => all + count, 0) >= requests && list;
  });
  return { usage, origins, total, once, when, seen };
}

function sum(rows) {
  const all = { requests: 0, inits: 0, chats: 0, messages: 0, tokensIn: 0, tokensOut: 0, refused: {} };
  for (const { refused, ...row } of rows) {
    for (const name of ['inits', 'chats', 'messages', 'tokensIn', 'tokensOut']) all[name] += row[name];
    for (const [reason, count] of Object.entries(refused)) if (count > 0) all.refused[reason] = (all.refused[reason] ?? 0) + count;
  }
  all.requests = all.inits + all.chats + Object.values(all.refused).reduce((more, count) => more + count, 0);
  return all;
}
