// Runs the Worker and, on another port, a page with the chat widget that talks to it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { serve } from '../demo/site.mjs';
import { DEMO_TOKEN_FILE as TOKEN_FILE } from './home.mjs';
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

/** The value of the page's token: the last demo's token, updated, or a new one. */
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
  // A token has no value when its signing key was dropped from TOKEN_KEYS.
  const isUsable = found && found.ok && (await found.json()).clientToken.tokenValue;
  const { id, tokenValue } = isUsable
    ? await send('PUT', `/${known}`, { ...settings, isActive: true })
    : await send('POST', '', { ...settings, environment: 'test' });
  writeFileSync(TOKEN_FILE, `${id}\n`);
  return tokenValue;
}

await refuseTakenPort('DEMO_PORT', PORT);
const chosen = await service();
const hasModel = 'DEFAULT_UPSTREAM' in chosen;
const { key } = await runWorker({ chosen });
const answers = hasModel ? `the model ${OPENAI_MODEL}` : 'the built-in echo, which repeats what you say';
const welcomeMessage = hasModel ? 'Welcome! What would you like to know?' : 'Welcome! I repeat what you say, **Markdown** included.';
const settings = { apiUrl: ORIGIN, clientToken: await tokenValue(key, { welcomeMessage }), answers };
const { origin } = await serve({ page: 'demo/index.html', settings, port: PORT });
console.log(`
The demo page is on ${origin}

It talks to Client Tokens on ${ORIGIN}. The answers come from ${answers}.
${hasModel ? '' : `
For answers of a model: OPENAI_MODEL=… OPENAI_API_KEY=… npm run demo
(and OPENAI_BASE_URL=… for another OpenAI-compatible service)
`}
Ctrl-C stops both; the data stays in .wrangler/state.
`);
showOutput();
