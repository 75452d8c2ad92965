// Runs the Worker on this machine, then prints its address and an API key for it.
// It is here apart from local.mjs, which does the work, since the demo wants that, too.
import { KEY_FILE, ORIGIN, runWorker, showOutput } from './local.mjs';

const key = await runWorker();
const example = JSON.stringify({ name: 'My first token', allowedOrigins: ['http://localhost:3000'] });
console.log(`
Client Tokens is running on ${ORIGIN}

API key (kept in ${KEY_FILE}): ${key}

Try it:

curl -X POST ${ORIGIN}/v1/client-tokens -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${example}'

Ctrl-C stops it; the data stays in .wrangler/state.
`);
showOutput();
