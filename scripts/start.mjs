// Runs the Worker on this machine, then prints its address and how to talk to it.
import { KEY_FILE } from './home.mjs';
import { ORIGIN, runWorker, showOutput } from './local.mjs';

const { key, isNew } = await runWorker();
const example = JSON.stringify({ name: 'My first token', allowedOrigins: ['http://localhost:3000'] });
console.log(`
Client Tokens is running on ${ORIGIN}

${isNew ? `API key, shown this once and kept in ${KEY_FILE}: ${key}` : `The API key is in ${KEY_FILE}`}

Try it:

curl -X POST ${ORIGIN}/v1/client-tokens -H "Authorization: Bearer $(cat ${KEY_FILE})" -H 'Content-Type: application/json' -d '${example}'

Ctrl-C stops it; the data stays in .wrangler/state.

The console, which asks for the API key: ${ORIGIN}/console/
`);
showOutput();
