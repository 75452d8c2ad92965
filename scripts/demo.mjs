// Runs the Worker and, on another port, a page with the chat widget that talks to it; and the same page on a third port,
// which the page's token doesn't list.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { serve } from '../demo/site.mjs';
import { CONSOLE, CONSOLE_LINE, keyLine } from './greeting.mjs';
import { DEMO_TOKEN_FILE as TOKEN_FILE, KEY_FILE } from './home.mjs';
import { ORIGIN, fail, port, refuseTakenPort, runWorker, showOutput } from './local.mjs';

const PORT = port('DEMO_PORT', 8788);
const { OPENAI_BASE_URL, OPENAI_MODEL, OPENAI_API_KEY } = process.env;

/** The Worker's variables for the service that the environment names. A key alone, which many have set, names none. */
async function service() {
  if (!OPENAI_MODEL) {
    if (OPENAI_BASE_URL) await fail('OPENAI_BASE_URL is set and OPENAI_MODEL is not: which model is to answer?');
    return {};
  }
  const upstream = { kind: 'openai', baseUrl: OPENAI_BASE_URL || 'https://api.openai.com/v1', model: OPENAI_MODEL };
  if (!OPENAI_API_KEY) return { DEFAULT_UPSTREAM: JSON.stringify(upstream) };
  return {
    DEFAULT_UPSTREAM: JSON.stringify({ ...upstream, apiKeySecret: 'UPSTREAM_OPENAI' }),
    UPSTREAM_OPENAI: OPENAI_API_KEY,
    UPSTREAM_OPENAI_HOSTS: new URL(upstream.baseUrl).host,
  };
}

const ORIGINS = [`http://127.0.0.1:${PORT}`, `http://localhost:${PORT}`];
const SETTINGS = { agentIds: ['agent_demo'], allowedOrigins: ORIGINS };
/** What the token of the page's second part admits, so that its limit is soon reached. */
const FEW = 2;

/** A token `{ id, tokenValue }`: that of the last demo, `known`, updated, or a new one. */
async function token(key, known, settings) {
  const send = async (method, path, body) => {
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    const response = await fetch(`${ORIGIN}/v1/client-tokens${path}`, { method, headers, body: JSON.stringify(body) });
    return response.ok ? (await response.json()).clientToken : fail(`No token for the page: ${await response.text()}`);
  };
  const found = known && (await fetch(`${ORIGIN}/v1/client-tokens/${known}`, { headers: { Authorization: `Bearer ${key}` } }));
  // A token has no value when its signing key was dropped from TOKEN_KEYS.
  const isUsable = found && found.ok && (await found.json()).clientToken.tokenValue;
  return isUsable
    ? send('PUT', `/${known}`, { ...SETTINGS, ...settings, isActive: true })
    : send('POST', '', { ...SETTINGS, ...settings, environment: 'test' });
}

/** The page's token, and the one with a small limit. */
async function tokens(key, config) {
  const [known, limited] = existsSync(TOKEN_FILE) ? readFileSync(TOKEN_FILE, 'utf8').trim().split('\n') : [];
  const made = [
    await token(key, known, { name: 'Demo page', rateLimitPerMinute: 60, rateLimitPerHour: 1000, config }),
    await token(key, limited, { name: 'Demo page: a small limit', rateLimitPerMinute: FEW, rateLimitPerHour: 1000 }),
  ];
  writeFileSync(TOKEN_FILE, made.map(({ id }) => `${id}\n`).join(''));
  return made;
}

await refuseTakenPort('DEMO_PORT', PORT);
const chosen = await service();
const hasModel = 'DEFAULT_UPSTREAM' in chosen;
const made = await runWorker({ chosen });
const answers = hasModel ? `the model ${OPENAI_MODEL}` : 'the built-in echo, which repeats what you say';
const welcomeMessage = hasModel ? 'Welcome! What would you like to know?' : 'Welcome! I repeat what you say, **Markdown** included.';
const [own, limited] = await tokens(made.key, { welcomeMessage });

const site = { page: 'demo/index.html', files: ['tour.js', 'style.css'] };
const settings = { apiUrl: ORIGIN, clientToken: own.tokenValue, answers };
// At whatever port is free: another port is another origin.
const strange = await serve({ ...site, settings });
// Nothing secret is in it: any program of this machine can read it.
const tour = {
  console: CONSOLE, keyFile: KEY_FILE, tokenId: own.id, strange: strange.origin, limited: { value: limited.tokenValue, perMinute: FEW },
};
const { origin } = await serve({ ...site, settings: { ...settings, tour }, port: PORT });
console.log(`
The demo page is on ${origin}

It talks to Client Tokens on ${ORIGIN}. The answers come from ${answers}.
${hasModel ? '' : `
For answers of a model: OPENAI_MODEL=… OPENAI_API_KEY=… npm run demo
(and OPENAI_BASE_URL=… for another OpenAI-compatible service)
`}
${keyLine(made)}

Ctrl-C stops all of it; the data stays in .wrangler/state.

${CONSOLE_LINE}
`);
showOutput();
