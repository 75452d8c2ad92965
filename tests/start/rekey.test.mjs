// `npm run rekey`: how many tokens each signing key carries, and moving them to the first one.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { MINIMAL, createToken } from '../http/support/contract.mjs';
import { ONCE } from '../http/support/database.mjs';
import { newHome, script, start } from './support/program.mjs';

const home = newHome();
after(() => home.remove());
const KEYS = [1, 2, 3].map((id) => `${id}:${randomBytes(32).toString('hex')}`);
const ring = (...keys) => writeFileSync(join(home.path, '.dev.vars'), `TOKEN_KEYS="${keys.join(',')}"\n`);
const rekey = async (...args) => (await script(home.path, 'rekey', args)).stdout.trim().split('\n');

let key;
/** A token of each of the first two keys, and another one of the second; their values. */
const tokens = [];

/** Runs the Worker with these signing keys for as long as `act` takes. */
async function running(keys, act) {
  ring(...keys);
  const program = await start(home.path);
  try {
    return await act(program);
  } finally {
    await program.stop();
  }
}

const value = async ({ api }, id) => (await api('GET', `/v1/client-tokens/${id}/token`, { key })).json.token;

const works = async ({ origin }, token) => {
  const headers = { 'Content-Type': 'application/json', Origin: 'https://app.example.com', ...ONCE };
  return (await fetch(new URL('/v1/client/init', origin), { method: 'POST', headers, body: JSON.stringify({ token }) })).ok;
};

before(async () => {
  const body = { ...MINIMAL, flowIds: ['flow_a'] };
  await running([KEYS[0]], async ({ api }) => {
    key = (await script(home.path, 'key', ['--tenant', 'acme', '--permissions', '*'])).stdout.trim();
    tokens.push(await createToken(api, key, body));
  });
  await running([KEYS[1], KEYS[0]], async ({ api }) => {
    for (let n = 0; n < 2; n += 1) tokens.push(await createToken(api, key, body));
    const gone = await createToken(api, key, body);
    await api('DELETE', `/v1/client-tokens/${gone.id}`, { key });
  });
});

test('tells the tokens of each key of the ring and of one that has left it, and moves none', async () => {
  ring(KEYS[2], KEYS[1]);
  const told = ['Key 3, which signs: 0 tokens', 'Key 2: 2 tokens', 'Key 1, which has left TOKEN_KEYS: their values are dead: 1 token'];
  for (let n = 0; n < 2; n += 1) {
    const lines = await rekey();
    // The local tenant's first start makes a token, too.
    assert.equal(lines[0], told[0]);
    assert.match(lines.at(-1), /^To give \d+ tokens a new value signed by key 3: npm run rekey -- --move$/);
    assert.ok(lines.some((line) => line.startsWith('Key 2: ')) && lines.some((line) => line.startsWith(told[2].slice(0, 55))));
  }
});

test('moves those of one key in pages while the Worker runs: they get new values, the others keep theirs', async () => {
  await running([KEYS[2], KEYS[1], KEYS[0]], async (program) => {
    const lines = await rekey('--move', '--from', '2', '--page', '1');
    assert.ok(lines.includes('Moving 2 tokens to key 3. Each gets a new value, and pages that have the old one stop working.'), lines.join('\n'));
    assert.deepEqual(lines.filter((line) => / moved$/.test(line)), ['1 of 2 moved', '2 of 2 moved']);
    assert.deepEqual(lines.slice(-3, -1), ['Key 3, which signs: 2 tokens', 'Key 2: 0 tokens']);
    const [first, ...moved] = tokens;
    assert.equal(await value(program, first.id), first.tokenValue);
    assert.ok(await works(program, first.tokenValue));
    for (const { id, tokenValue } of moved) {
      const fresh = await value(program, id);
      assert.notEqual(fresh, tokenValue);
      assert.deepEqual([await works(program, tokenValue), await works(program, fresh)], [false, true]);
      const { json } = await program.api('GET', `/v1/audit-log?objectId=${id}&action=client_token.regenerate`, { key });
      assert.deepEqual(json.auditLog.map(({ actor, before, after: now }) => [actor, before, now]), [
        [null, { generation: 0, signingKeyId: 2 }, { generation: 1, signingKeyId: 3 }],
      ]);
    }
  });
});

test('goes on with what is left, and then says that nothing is', async () => {
  ring(KEYS[2], KEYS[1], KEYS[0]);
  const lines = await rekey('--move');
  assert.match(lines.at(-1), /^Key 1: 0 tokens$/);
  assert.equal((await rekey('--move')).at(-1), 'Nothing is left to move.');
  // API keys don't move: this one works as long as the key that it was made with.
  const values = await running([KEYS[2], KEYS[0]], (program) => Promise.all(tokens.map(({ id }) => value(program, id))));
  await running([KEYS[2]], async (program) => {
    for (const one of values) assert.ok(await works(program, one));
  });
});

test('refuses what it does not understand, and changes nothing', async () => {
  for (const args of [['--page', '0'], ['--page', '1001'], ['--from', 'x'], ['--from', '3'], ['--mvoe'], ['more']]) {
    await assert.rejects(script(home.path, 'rekey', ['--move', ...args]), args.join(' '));
  }
  assert.match((await rekey('--help')).join('\n'), /--move/);
});
