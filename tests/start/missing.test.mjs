// What `npm run deploy` says before it starts: everything that is missing, each with what to do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missing } from '../../scripts/missing.mjs';

const KEYS = `1:${'0123456789abcdef'.repeat(4)}`;
const one = { id: 'a'.repeat(32), name: 'One' };
const two = { id: 'b'.repeat(32), name: 'Two' };
const READY = { account: { loggedIn: true, accounts: [one] }, database: {}, given: {} };
const told = (found) => missing({ ...READY, ...found });

test('nothing is missing with one account, whatever keys are there or not', () => {
  const chosen = { account: { loggedIn: true, accounts: [one, two] }, accountId: two.id };
  for (const found of [{}, chosen, { stored: { TOKEN_KEYS: KEYS } }, { given: { TOKEN_KEYS: `${KEYS}, 2:${KEYS.slice(2).toUpperCase()}` } },
    { stored: { TOKEN_KEYS: KEYS }, given: { TOKEN_KEYS: KEYS, BOOTSTRAP_KEY: 'a-secret/of=32+characters~or_more.' } }]) {
    assert.deepEqual(told(found), []);
  }
});

test('everything that is missing is told at once', () => {
  const list = told({
    rust: 'Rust, and curl', account: { loggedIn: false }, stored: {}, given: { BOOTSTRAP_KEY: 'short' },
  });
  const words = [/^Rust, and curl$/, /npm run wrangler -- login.*CLOUDFLARE_API_TOKEN/, /^TOKEN_KEYS in \.prod\.vars: put back/, /^A BOOTSTRAP_KEY/];
  assert.equal(list.length, words.length);
  for (const [at, word] of words.entries()) assert.match(list[at], word);
});

test('an account must be chosen if there are several, and must be one of the login', () => {
  const accounts = [one, two];
  const account = { loggedIn: true, accounts };
  const [choice] = told({ account });
  assert.match(choice, /set CLOUDFLARE_ACCOUNT_ID/);
  for (const { id, name } of accounts) assert.ok(choice.includes(`${id} (${name})`));
  assert.match(told({ account, accountId: 'c' })[0], /^Access to the account c/);
  assert.match(told({ account: { loggedIn: true, accounts: [] } })[0], /^An account/);
});

test('what Cloudflare or the database answers is passed on', () => {
  assert.deepEqual(told({ account: { failure: 'No network.' } }), ['Cloudflare\'s answer to "wrangler whoami": No network.']);
  const [database] = told({ database: { id: 'x', failure: 'Not found.' } });
  assert.match(database, /id x.*Not found\. Take the line database_id away/);
});

test('signing keys that differ or can not be used are told, and none is shown', () => {
  for (const [stored, given, words] of [
    [{ TOKEN_KEYS: KEYS }, { TOKEN_KEYS: KEYS.replace('1:', '2:') }, /differ/],
    [{ TOKEN_KEYS: KEYS.slice(2) }, {}, /in \.prod\.vars that can be used/],
    [undefined, { TOKEN_KEYS: KEYS.slice(0, -1) }, /in the environment that can be used/],
    [undefined, { TOKEN_KEYS: `${KEYS},` }, /can be used/],
  ]) {
    const list = told({ stored, given });
    assert.equal(list.length, 1);
    assert.match(list[0], words);
    assert.ok(!list[0].includes('456789'));
  }
});
