// The web pages that are measured: token values, visitors with sessions, and what their pages send.
// Values and sessions are signed, so only our own Worker can make them; all of it happens before the clock runs.
import { forgeries, request } from './wire.mjs';

/** One of the origins of every seeded token. */
const ORIGIN = 'https://app.example.com';

/**
 * How many visitors each token has, and where they are: in networks for benchmarks (RFC 2544) and for private use. A
 * visitor is an address and has a limiter, which must be woken up when it wasn't asked for some seconds. The known ones
 * are so few that their limiters stay awake; of the new ones no two measurements see the same.
 */
const KNOWN = { count: 1, network: '198.18' };
const NEW = { count: 125, network: '10.1' };
const CHATTING = { count: 20, network: '198.19' };

/** The most new visitors in one measurement; there are enough for twelve. */
const NEW_AT_ONCE = 200;

/** Turns of one conversation: what is sent grows with each, since a page sends its whole transcript. */
const TURNS = 4;

/** Conversations that go on side by side, more than there are connections: a page awaits an answer, then asks on. */
const SIDE_BY_SIDE = 40;

/**
 * The frame that brings the first word, and the one that ends a turn well, by how they begin; an echo's first word is
 * ready at once, so all the time until it comes is ours. `title` is of the row with the times to the first word.
 */
const STREAM = { title: 'Chat, first delta', first: 'event: text_delta\n', last: 'event: execution_complete\n' };

export function tokenValues(ours, ids, key) {
  return Promise.all(
    ids.map(async (id) => {
      const response = await fetch(`http://127.0.0.1:${ours.port}/v1/client-tokens/${id}/token`, {
        headers: { Authorization: `Bearer ${key}` },
      });
      return (await response.json()).token;
    }),
  );
}

/** Sends what a page would, outside any measurement. */
export function post({ port }, endpoint, body, address) {
  const headers = { ...pageHeaders(address), 'Content-Type': 'application/json' };
  const options = { method: 'POST', headers, body: JSON.stringify(body) };
  return fetch(`http://127.0.0.1:${port}/v1/client/${endpoint}`, options);
}

/** A session of each visitor who will chat, `{ address, sessionId }`. */
export async function openSessions(ours, values) {
  return (await Promise.all(values.map((value) => opened(ours, visitors([value], CHATTING))))).flat();
}

async function opened(ours, list) {
  const sessions = [];
  for (const { value, address } of list) {
    const response = await post(ours, 'init', { token: value }, address);
    if (response.status !== 200) throw new Error(`No session: ${response.status} ${await response.text()}`);
    sessions.push({ address, sessionId: (await response.json()).sessionId });
  }
  return sessions;
}

/**
 * The scenarios of pages. Our Worker asks a visitor's limiter, a Durable Object, for each turn; the limits
 * of the seeded tokens are so high that nobody is refused. The Hono Worker limits nobody.
 */
export function pageScenarios(values, sessions) {
  const inits = (who) => visitors(values, who).map(({ value, address }) => page('init', { token: value }, address));
  const [known, fresh] = [inits(KNOWN), inits(NEW)];
  const forged = forgeries(values[0]).map((token) => page('init', { token }, '198.18.255.1'));
  const chats = turns(sessions);
  return [
    { id: 'initNew', title: 'Init, new visitor', status: 200, limit: NEW_AT_ONCE, goesOn: true, requests: fresh },
    { id: 'initKnown', title: 'Init, known visitor', status: 200, limit: 1000, before: known, requests: known },
    { id: 'forgedToken', title: 'Forged token', status: 401, requests: forged },
    { id: 'chat', title: 'Chat', status: 200, isAlone: true, limit: chats.length, requests: chats, stream: STREAM },
  ];
}

function visitors(values, { count, network }) {
  return Array.from({ length: count }, (_, visitor) =>
    values.map((value, token) => ({ value, address: `${network}.${visitor}.${token}` })),
  ).flat();
}

/** All turns of all conversations: of some conversations the first turns, then their second ones, and so on. */
function turns(sessions) {
  const groups = Array.from({ length: Math.ceil(sessions.length / SIDE_BY_SIDE) }, (_, n) =>
    sessions.slice(n * SIDE_BY_SIDE, (n + 1) * SIDE_BY_SIDE),
  );
  const numbers = Array.from({ length: TURNS }, (_, n) => n);
  return groups.flatMap((group) => numbers.flatMap((number) => group.map((session) => turn(session, number))));
}

function turn({ address, sessionId }, number) {
  return page('chat', chatBody(sessionId, number), address);
}

/** The body of a conversation's turn 0, 1, 2 …, with all that was said before as the widget repeats it. */
export function chatBody(sessionId, number) {
  const question = (n) => `How do I reset the password of my account, attempt ${n}?`;
  const before = Array.from({ length: number }, (_, n) => [
    { id: `user-${n}`, role: 'user', content: question(n) },
    { id: `answer-${n}`, role: 'assistant', content: question(n) },
  ]).flat();
  const messages = [...before, { id: `user-${number}`, role: 'user', content: question(number) }];
  return { sessionId, messages, assistantMessageId: `answer-${number}` };
}

function page(endpoint, body, address) {
  return request('POST', `/v1/client/${endpoint}`, pageHeaders(address), body);
}

function pageHeaders(address) {
  return { Origin: ORIGIN, 'CF-Connecting-IP': address };
}
