// Runs Schemathesis against the built Worker on a port of its own, with an API key of its own: every check, and for
// each operation of openapi.json as many examples as EXAMPLES says.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { ORIGIN, UNLIMITED, user } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const HERE = import.meta.dirname;
const { EXAMPLES = '300', SCHEMATHESIS, VIRTUAL_ENV } = process.env;
const program = SCHEMATHESIS ?? join(VIRTUAL_ENV, 'bin/st');

// The hosts of the secrets that the document's examples and the hooks name.
const HOSTS = 'api.example.com,api.openai.com,example.openai.azure.com,gateway.ai.cloudflare.com';
const SECRETS = ['KEY', 'OPENAI', 'AZURE', 'AI_GATEWAY', 'AI_GATEWAY_KEY'];
const hosts = Object.fromEntries(SECRETS.map((name) => [`UPSTREAM_${name}_HOSTS`, HOSTS]));
const BOOTSTRAP_KEY = randomBytes(32).toString('hex');
const worker = await start({ bindings: { SERVER_TIMING: undefined, DEFAULT_UPSTREAM: 'echo', BOOTSTRAP_KEY, ...hosts } });
const { key, id: keyId } = await worker.mintKey();
const { id: spareKeyId } = await worker.mintKey();

// What the service's answers name, so that the examples reach beyond 401 and 404.
const token = await (async () => {
  const body = JSON.stringify({ name: 'Conformance', allowedOrigins: ['*', 'native'], flowIds: ['flow_a'], ...UNLIMITED });
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`${worker.origin}/v1/client-tokens`, { method: 'POST', headers, body });
  return (await answer.json()).clientToken;
})();
const open = async (body) => {
  const headers = { 'Content-Type': 'application/json', Origin: ORIGIN };
  return fetch(`${worker.origin}/v1/client/${body.path}`, { method: 'POST', headers, body: JSON.stringify(body.json) });
};
const opened = await (await open({ path: 'init', json: { token: token.tokenValue } })).json();
await (await open({ path: 'chat', json: { sessionId: opened.sessionId, messages: [user('Hello', 'm1')] } })).text();

const env = {
  ...process.env,
  SCHEMATHESIS_HOOKS: 'hooks',
  PYTHONPATH: HERE,
  BOOTSTRAP_KEY,
  KEY: key,
  KEY_ID: keyId,
  SPARE_KEY_ID: spareKeyId,
  TOKEN_ID: token.id,
  TOKEN: token.tokenValue,
  SESSION: opened.sessionId,
  CONVERSATION_ID: opened.conversationId,
};
const options = ['--config-file', join(HERE, 'schemathesis.toml'), 'run', `${worker.origin}/openapi.json`];
const more = ['--checks', 'all', '--max-examples', EXAMPLES, ...process.argv.slice(2)];
const child = spawn(program, [...options, ...more], { env, stdio: ['ignore', 'inherit', 'inherit'] });
const [code] = await once(child, 'exit');
await worker.stop();
process.exit(code ?? 1);
