// Says what `npm run deploy` misses, all at once, and what it is going to do. It changes nothing.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv, promisify } from 'node:util';
import { unstable_readConfig as readConfig } from 'wrangler';
import { missing } from './missing.mjs';

const run = promisify(execFile);
const config = readConfig({ config: 'wrangler.toml' });
const [database] = config.d1_databases;
const accountId = process.env.CLOUDFLARE_ACCOUNT_ID ?? config.account_id;
const stored = existsSync('.prod.vars') ? parseEnv(readFileSync('.prod.vars', 'utf8')) : undefined;

/** The words in which wrangler failed, without its colours and the place of its log. */
function words({ stdout = '', stderr = '', message }) {
  const text = `${stderr}\n${stdout}`.replaceAll(/\u001b\[[0-9;]*m/g, '');
  const lines = text.split('\n').map((line) => line.replace(/^\W*\[?ERROR\]?\s*/, '').trim());
  return lines.find((line) => line && !line.startsWith('🪵')) ?? message;
}

async function wrangler(...args) {
  try {
    return { json: JSON.parse((await run('wrangler', [...args, '--json'])).stdout) };
  } catch (error) {
    return { failure: words(error) };
  }
}

/** Who is logged in, as wrangler says. It exits with 1 when nobody is. */
async function whoami() {
  const { json, failure } = await wrangler('whoami');
  return json ?? (failure.includes('"loggedIn"') ? JSON.parse(failure) : { failure });
}

async function rust() {
  try {
    return (await run('sh', ['-c', '. scripts/env.sh && . scripts/rust.sh && rust_is_missing'])).stdout.trim();
  } catch {
    return undefined;
  }
}

const [account, rustMissing] = await Promise.all([whoami(), rust()]);
const canAsk = account.loggedIn && database.database_id;
const { failure } = canAsk ? await wrangler('d1', 'info', database.binding) : {};
const list = missing({
  rust: rustMissing,
  account,
  accountId,
  database: { id: database.database_id, failure },
  stored,
  given: process.env,
});
if (list.length > 0) {
  console.error(`Before it can be deployed, this is missing:\n\n${list.map((one) => `- ${one}`).join('\n')}\n`);
  process.exitCode = 1;
} else {
  const name = account.accounts.find(({ id }) => id === accountId) ?? account.accounts[0];
  console.log(`All is in place to deploy the Worker ${config.name} to the account ${name.name}.`);
}
