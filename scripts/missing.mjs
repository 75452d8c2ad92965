// What a deployment misses, all of it, each with what to do. It is given what was found, and asks nothing itself.

/** The form that the Worker takes; it looks closer when it starts. */
const KEYS = /^\s*\d{1,3}\s*:[0-9a-f]{64}\s*(,\s*\d{1,3}\s*:[0-9a-f]{64}\s*)*$/i;
const BOOTSTRAP_KEY = /^[\w.~+/=-]{32,512}$/;

/**
 * `rust` says what its set-up misses, if anything. `account` is what wrangler says of the one who is logged in, or
 * `{ failure }`; `accountId` the account that was chosen. `database` has the failure to find the one that the
 * configuration names by its id. `stored` are the values of .prod.vars, if it is there, and `given` those of the environment.
 */
export function missing({ rust, account, accountId, database, stored, given }) {
  return [rust, login(account), choice(account, accountId), found(database), ...secrets(stored, given)].filter(Boolean);
}

function login({ loggedIn, failure }) {
  if (failure) return `Cloudflare's answer to "wrangler whoami": ${failure}`;
  if (!loggedIn) return 'A login: run "npm run wrangler -- login", or set CLOUDFLARE_API_TOKEN to a token made from the template "Edit Cloudflare Workers" with the permission D1: Edit added.';
}

function choice({ loggedIn, accounts = [] }, accountId) {
  if (!loggedIn) return;
  const list = accounts.map(({ id, name }) => `${id} (${name})`).join(', ');
  if (accounts.length === 0) return 'An account: this login has none. Make one at https://dash.cloudflare.com.';
  if (!accountId && accounts.length > 1) return `A choice of account: set CLOUDFLARE_ACCOUNT_ID to one of ${list}.`;
  if (accountId && !accounts.some(({ id }) => id === accountId)) {
    return `Access to the account ${accountId}, which CLOUDFLARE_ACCOUNT_ID or account_id names: this login has ${list}.`;
  }
}

function found({ id, failure }) {
  if (failure) return `The database of the id ${id}, which wrangler.toml names: ${failure} Take the line database_id away, and the database is found by its name, or made.`;
}

function* secrets(stored, given) {
  const from = stored ? '.prod.vars' : 'the environment';
  if (stored && !stored.TOKEN_KEYS) {
    yield 'TOKEN_KEYS in .prod.vars: put back the line that it had. Other keys than the deployed ones make every API key and client token invalid.';
  } else if (stored && given.TOKEN_KEYS && given.TOKEN_KEYS !== stored.TOKEN_KEYS) {
    yield 'One TOKEN_KEYS: those in the environment and in .prod.vars differ. Unset the one or correct the other.';
  }
  const { TOKEN_KEYS, BOOTSTRAP_KEY: bootstrapKey } = { ...given, ...stored };
  if (TOKEN_KEYS && !KEYS.test(TOKEN_KEYS)) {
    yield `A TOKEN_KEYS in ${from} that can be used: "1:" and 64 random hexadecimal digits, which "openssl rand -hex 32" prints.`;
  }
  if (bootstrapKey && !BOOTSTRAP_KEY.test(bootstrapKey)) {
    yield 'A BOOTSTRAP_KEY that can be used: 32 to 512 characters of A-Z a-z 0-9 - . _ ~ + / =, such as "openssl rand -hex 32" prints.';
  }
}
