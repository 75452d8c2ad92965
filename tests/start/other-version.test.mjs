// A database of another version: it is neither changed nor run over, and the reader is told what to do.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import { key, newHome, script, start } from './support/program.mjs';

const home = newHome();
after(() => home.remove());

const sql = (text) => execFileSync('sh', ['-c', '. scripts/env.sh && node $with_sqlite scripts/sql.mjs'], {
  input: text, env: { ...process.env, CLIENT_TOKENS_DIR: home.path }, encoding: 'utf8', stdio: 'pipe',
});

test('a start over it says what to do, and starts once that is done', async () => {
  await key(home.path, 'acme');
  sql("insert into d1_migrations (name) values ('0000_of_before.sql')");
  const told = await start(home.path).catch((error) => error.message);
  assert.match(told, /is of another version .*\n0000_of_before\.sql, which isn't in migrations\./);
  assert.doesNotMatch(told, / at .*\.mjs/, 'no stack');
  await assert.rejects(script(home.path, 'key', ['--tenant', 'acme']), ({ stderr }) => stderr.includes('0000_of_before.sql'));
  const [, command] = /^ {2}(mv .*)$/m.exec(told);
  execFileSync('sh', ['-c', command]);
  const program = await start(home.path);
  assert.equal((await program.api('GET', '/v1/client-tokens')).status, 401);
  await program.stop();
});
