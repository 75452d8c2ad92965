// The last lines that a start prints: where the Worker is, and commands that work when they are copied.
import { KEY_FILE } from './home.mjs';
import { ORIGIN } from './local.mjs';

/** A page's origin, as the commands claim it. */
const PAGE = 'http://localhost:3000';
const JSON_TYPE = "-H 'Content-Type: application/json'";
const FROM_PAGE = `-H 'Origin: ${PAGE}' ${JSON_TYPE} -d @-`;
/** The file's name as a word of the shell. */
const KEY_WORD = /^[\w./-]+$/.test(KEY_FILE) ? KEY_FILE : `'${KEY_FILE.replaceAll("'", "'\\''")}'`;
const AUTHORIZATION = `-H "Authorization: Bearer $(cat ${KEY_WORD})"`;

/** Takes `name` out of an answer and makes the next request's body of it, where that says FOUND. */
function into(name, body) {
  return `sed 's/.*"${name}":"\\([^"]*\\)".*/${JSON.stringify(body).replace('FOUND', '\\1')}/'`;
}

/** Makes a token. It prints the answer, and so can't hand the token on: the next command asks for it. */
function makeToken() {
  const body = { name: 'My first token', flowIds: ['flow_hello'], environment: 'test', allowedOrigins: [PAGE] };
  return `curl -X POST ${ORIGIN}/v1/client-tokens ${AUTHORIZATION} ${JSON_TYPE} -d '${JSON.stringify(body)}'`;
}

/** Chats with the newest token: takes its value, opens a session, and asks. */
function chat() {
  const messages = [{ role: 'user', content: 'Hello, world' }];
  return [
    `curl -s '${ORIGIN}/v1/client-tokens?limit=1' ${AUTHORIZATION}`,
    into('tokenValue', { token: 'FOUND' }),
    `curl -s ${ORIGIN}/v1/client/init ${FROM_PAGE}`,
    into('sessionId', { sessionId: 'FOUND', messages }),
    `curl -sN ${ORIGIN}/v1/client/chat ${FROM_PAGE}`,
  ].join(' | ');
}

export const CONSOLE = `${ORIGIN}/console/`;

/** Where the API key is; the key itself only when it is new. */
export const keyLine = ({ key, isNew }) =>
  isNew ? `API key, shown this once and kept in ${KEY_FILE}: ${key}` : `The API key is in ${KEY_FILE}`;

/** What a start ends with. */
export const CONSOLE_LINE = `The console, which asks for the API key: ${CONSOLE}`;

export function greet(made) {
  console.log(`
Client Tokens is running on ${ORIGIN}

${keyLine(made)}

Try it. This makes a client token:

${makeToken()}

And this chats with the newest one, as a page does: its value, then a session, then a question:

${chat()}

Ctrl-C stops it; the data stays in .wrangler/state.

${CONSOLE_LINE}
`);
}
