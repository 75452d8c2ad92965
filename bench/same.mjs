// Whether the Hono Worker answers what ours does.
import { isDeepStrictEqual } from 'node:util';
import { post } from './pages.mjs';

/** What each makes for itself: derived values, ids and times. Only its type is compared. */
const OWN = new Set(['tokenValue', 'tokenHint', 'sessionId', 'conversationId', 'expiresAt']);

/** Throws unless both give the same tokens, and the same session for the token of `value`. */
export async function checkSameAnswers([ours, hono], ids, key, value) {
  const headers = { Authorization: `Bearer ${key}` };
  const get = (path) => ({ port }) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
  await check(`/v1/client-tokens/${ids[0]}`, get(`/v1/client-tokens/${ids[0]}`));
  await check('a list', get('/v1/client-tokens?limit=50'));
  await check('an init', (worker) => post(worker, 'init', { token: value }, '198.18.255.2'));

  async function check(what, ask) {
    const answers = await Promise.all([ours, hono].map(async (worker) => settled(await ask(worker))));
    if (isDeepStrictEqual(...answers)) return;
    throw new Error(`The answers to ${what} differ:\n${answers.map((one) => JSON.stringify(one)).join('\n')}`);
  }
}

async function settled(response) {
  const body = JSON.parse(await response.text(), (name, value) => (OWN.has(name) ? typeof value : value));
  return { status: response.status, body };
}
