// The two lines that `npm start` prints, as a reader copies them: the first makes a token, the second chats with it.
// Nothing is set for them: what answers is what a start by itself has.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ONCE } from '../http/support/database.mjs';
import { frames, said, types } from '../http/support/stream.mjs';
import { newHome, start } from './support/program.mjs';

const home = newHome();
/** A folder whose name the shell would take apart. */
const folder = join(home.path, "Ada's data");
let program;
let lines;
let made;

before(async () => {
  mkdirSync(folder);
  program = await start(folder, { DEFAULT_UPSTREAM: undefined });
  lines = program.output().match(/^curl .*$/gm);
});

after(async () => {
  await program?.stop();
  home.remove();
});

const key = () => /rt_live_\w+/.exec(program.output())[0];
const chat = async () => frames(await program.copied(lines[1]));

test('there are two lines, and the last ones say where the console is', () => {
  assert.equal(lines.length, 2);
  assert.match(program.output(), /^Ctrl-C stops it; .*\n\nThe console, which asks for the API key: http:\/\/127\.0\.0\.1:\d+\/console\/$/m);
});

test('its address leads a browser to the console, and a program to the description', async () => {
  const ask = (accept) => fetch(program.origin, { headers: { Accept: accept, ...ONCE } });
  const page = await ask('text/html,*/*;q=0.8');
  assert.equal(page.status, 200);
  assert.match(await page.text(), /href="\/console\/"/);
  const told = await ask('*/*');
  assert.equal(told.status, 404);
  assert.match((await told.json()).hint, /\/openapi\.json/);
});

test('the first makes a token for tests that has a flow, and warns of nothing', async () => {
  made = JSON.parse(await program.copied(lines[0]));
  const { environment, flowIds, isActive } = made.clientToken;
  assert.deepEqual({ environment, isActive, flows: flowIds.length }, { environment: 'test', isActive: true, flows: 1 });
  assert.match(made.token, /^ct_test_/);
  assert.deepEqual(made.warnings, []);
});

test('the second chats with it, and reads an answer', async () => {
  const answer = await chat();
  assert.equal(types(answer).at(-1), 'execution_complete');
  assert.match(said(answer), /Hello, world/);
  const { json } = await program.api('GET', `/v1/client-tokens/${made.clientToken.id}/conversations`, { key: key() });
  assert.deepEqual(json.conversations.map(({ firstMessage, messageCount }) => [firstMessage, messageCount]), [['Hello, world', 2]]);
});

test('each works again, and the chat is with the token that was made last', async () => {
  const [, again] = [await chat(), JSON.parse(await program.copied(lines[0]))];
  await chat();
  const conversations = async ({ clientToken: { id } }) =>
    (await program.api('GET', `/v1/client-tokens/${id}/conversations`, { key: key() })).json.conversations.length;
  assert.deepEqual([await conversations(made), await conversations(again)], [2, 1]);
});

test('the audit log says from which address', async () => {
  const { json } = await program.api('GET', '/v1/audit-log?action=client_token.create', { key: key() });
  assert.deepEqual(json.auditLog.map(({ address }) => address), ['127.0.0.1', '127.0.0.1']);
});
