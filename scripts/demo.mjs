// Runs the Worker and, on another port, a page with the chat widget that talks to it.
// It is here so that the whole way from page to answer can be tried before anything is deployed or configured.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { serve } from '../demo/site.mjs';
import { ORIGIN, fail, port, refuseTakenPort, runWorker, showOutput } from './local.mjs';

const PORT = port('DEMO_PORT', 8788);
const TOKEN_FILE = '.local/demo-token';
const SECRETS_FILE = '.local/demo.vars';
const { OPENAI_BASE_URL, OPENAI_MODEL, OPENAI_API_KEY } = process.env;

/** The service that the environment names, or nothing: a key alone, which many have there anyway, asks for nothing. */
async function service() {
  if (!OPENAI_MODEL) {
    if (OPENAI_BASE_URL) await fail('OPENAI_BASE_URL is set and OPENAI_MODEL is not: which model is to answer?');
    return {};
  }
  const upstream = { kind: 'openai', baseUrl: OPENAI_BASE_URL || 'https://api.openai.com/v1', model: OPENAI_MODEL };
  if (!OPENAI_API_KEY) return { upstream: JSON.stringify(upstream) };
  return {
    upstream: JSON.stringify({ ...upstream, apiKeySecret: 'OPENAI_API_KEY' }),
    secretsFile: await keepKey(OPENAI_API_KEY),
  };
}

/** Keeps the key in a file while the Worker runs: on a command line every user of the machine could read it. */
async function keepKey(key) {
  if (!/^[\w.:/+=~-]+$/.test(key)) await fail('OPENAI_API_KEY has characters that no key has.');
  process.on('exit', () => rmSync(SECRETS_FILE, { force: true }));
  mkdirSync('.local', { recursive: true });
  rmSync(SECRETS_FILE, { force: true });
  writeFileSync(SECRETS_FILE, `OPENAI_API_KEY="${key}"\n`, { mode: 0o600 });
  return SECRETS_FILE;
}

/** The value of the page's token: the one of the last demo, brought up to date, or a new one. */
async function tokenValue(key, config) {
  const settings = {
    name: 'Demo page',
    agentIds: ['agent_demo'],
    allowedOrigins: [`http://127.0.0.1:${PORT}`, `http://localhost:${PORT}`],
    rateLimitPerMinute: 60,
    rateLimitPerHour: 1000,
    config,
  };
  const send = async (method, path, body) => {
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    const response = await fetch(`${ORIGIN}/v1/client-tokens${path}`, { method, headers, body: JSON.stringify(body) });
    return response.ok ? (await response.json()).clientToken : fail(`No token for the page: ${await response.text()}`);
  };
  const known = existsSync(TOKEN_FILE) && readFileSync(TOKEN_FILE, 'utf8').trim();
  const found = known && (await fetch(`${ORIGIN}/v1/client-tokens/${known}`, { headers: { Authorization: `Bearer ${key}` } }));
  // Without its signing key a token has no value any more.
  const isUsable = found && found.ok && (await found.json()).clientToken.tokenValue;
  const { id, tokenValue } = isUsable
    ? await send('PUT', `/${known}`, { ...settings, isActive: true })
    : await send('POST', '', { ...settings, environment: 'test' });
  writeFileSync(TOKEN_FILE, `${id}\n`);
  return tokenValue;
}

await refuseTakenPort('DEMO_PORT', PORT);
const { upstream, secretsFile } = await service();
const key = await runWorker({ upstream, secretsFile });
const answers = upstream ? `the model ${OPENAI_MODEL}` : 'the built-in echo, which repeats what you say';
const welcomeMessage = upstream ? 'Welcome! What would you like to know?' : 'Welcome! I repeat what you say, **Markdown** included.';
const settings = { apiUrl: ORIGIN, clientToken: await tokenValue(key, { welcomeMessage }), answers };
const { origin } = await serve({ page: 'demo/index.html', settings, port: PORT });
console.log(`
The demo page is on ${origin}

It talks to Client Tokens on ${ORIGIN}. The answers come from ${answers}.
${upstream ? '' : `
For answers of a model: OPENAI_MODEL=… OPENAI_API_KEY=… npm run demo
(and OPENAI_BASE_URL=… for another OpenAI-compatible service)
`}
Ctrl-C stops both; the data stays in .wrangler/state.
`);
showOutput();
