// What an init and a chat cost in trips to the database and calls of the limiter, as Server-Timing tells.
// A Worker of its own is asked, since telling takes time.
import { chatBody, post } from './pages.mjs';

/** One line each for an init, a first turn and a later one; of a stream it is what was spent before its first byte. */
export async function costs(telling, value) {
  const lines = [];
  const ask = async (what, endpoint, body) => {
    const response = await post(telling, endpoint, body, '198.18.255.3');
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${what}: ${response.status} ${text}`);
    lines.push(`${what}: ${response.headers.get('Server-Timing')}`);
    return text;
  };
  const { sessionId } = JSON.parse(await ask('Init', 'init', { token: value }));
  await ask('Chat, first turn', 'chat', chatBody(sessionId, 0));
  await ask('Chat, second turn', 'chat', chatBody(sessionId, 1));
  return lines;
}
