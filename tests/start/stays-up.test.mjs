// What visitors and a busy machine do to a server, and that it is there afterwards with everything that it has
// acknowledged. Run alone, this prints its figures: node --test tests/start/stays-up.test.mjs
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { UNLIMITED, Visitor } from '../http/support/page.mjs';
import { types } from '../http/support/stream.mjs';
import { until } from '../http/support/until.mjs';
import { DONE, STOP, begin, startUpstream, word } from '../http/support/upstream.mjs';
import { key, newHome, script, start } from './support/program.mjs';

const UPLOADS = 500;
const VISITORS = 500;
const OVERSIZED = 200;
const KEYS = 10;
const AT_ONCE = 25;
const MiB = 1024 * 1024;
const PATIENCE_MS = 120_000;
const PAUSE_MS = 1_000;

const home = newHome();
let upstream;
let program;
let owner;
let token;

before(async () => {
  upstream = await startUpstream();
  upstream.play = (response, { body }) => {
    begin(response);
    response.write(word('Well'));
    // Whoever wants to leave is kept waiting.
    if (!JSON.stringify(body.messages.at(-1)).includes('leave')) response.end(STOP + DONE);
  };
  const answers = { kind: 'openai', baseUrl: upstream.url, model: 'test' };
  program = await start(home.path, { DEFAULT_UPSTREAM: JSON.stringify(answers) });
  owner = /rt_live_\w+/.exec(program.output())[0];
  token = await create();
});

after(async () => {
  await program?.stop();
  await upstream?.stop();
  home.remove();
});

/** A new token, as acknowledged. */
async function create() {
  const body = { name: 'Any', agentIds: ['agent_a'], allowedOrigins: ['https://app.example.com'], ...UNLIMITED };
  const { status, json } = await program.api('POST', '/v1/client-tokens', { key: owner, body });
  assert.equal(status, 201);
  return json.clientToken;
}

async function visitor() {
  const came = new Visitor(program.origin, token.tokenValue);
  assert.equal((await came.init()).status, 200);
  return came;
}

/** Does something so many times, a few at once, and gives all results. */
async function times(count, act) {
  const results = [];
  let begun = 0;
  const one = async () => {
    while (begun < count) {
      const at = begun;
      begun += 1;
      results.push(await act(at));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return results;
}

/** Sends the head of a request and gives its connection. */
async function head(path, ...lines) {
  const { hostname, port } = program.origin;
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  const common = [`Host: ${hostname}`, 'Content-Type: application/json', 'Origin: https://app.example.com'];
  socket.write([`POST ${path} HTTP/1.1`, ...common, ...lines, '', ''].join('\r\n'));
  return socket;
}

/** Announces much, sends a part, and is gone: politely or, every second time, not. */
async function abortUpload(at) {
  const socket = at % 4 < 2
    ? await head('/v1/client/init', 'Content-Length: 900000')
    : await head('/v1/client-tokens', 'Content-Length: 60000', `Authorization: Bearer ${owner}`);
  await new Promise((resolve) => socket.write('x'.repeat(32_000), resolve));
  if (at % 2) socket.resetAndDestroy();
  else socket.destroy();
}

/** Asks, hears the first words, and is gone. */
async function leaveMidStream() {
  const came = await visitor();
  const answer = await came.listen('I am about to leave');
  assert.equal(answer.status, 200);
  await answer.until('Well');
  answer.leave();
}

/** Sends more than may be, in pieces of unannounced length, and gives the status. */
async function sendTooMuch() {
  const socket = await head('/v1/client/chat', 'Transfer-Encoding: chunked', 'Connection: close');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text) => (answer += text));
  const piece = `${(0x10000).toString(16)}\r\n${' '.repeat(0x10000)}\r\n`;
  const isOver = new Promise((resolve) => socket.on('close', resolve));
  for (let sent = 0; sent < 1.25 * MiB && !socket.destroyed; sent += 0x10000) {
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), isOver]);
  }
  if (!socket.destroyed) socket.write('0\r\n\r\n');
  await isOver;
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
}

/** What is acknowledged until `isOver`: tokens, and questions that were answered. */
async function writeUntil(isOver) {
  const tokens = [];
  const questions = [];
  while (!isOver()) {
    tokens.push((await create()).id);
    const question = `Question ${questions.length}`;
    const answer = await (await visitor()).chat(question);
    assert.equal(types(answer.frames).at(-1), 'execution_complete');
    questions.push(question);
  }
  return { tokens, questions };
}

/** Keeps both cores busy until it is told to stop, or this process is gone. */
function load() {
  const spin = 'const parent = process.ppid; while (process.ppid === parent);';
  const spinners = [0, 1].map(() => spawn(process.execPath, ['-e', spin], { stdio: 'ignore' }));
  return () => spinners.forEach((spinner) => spinner.kill('SIGKILL'));
}

test('it stays up, with all that it has acknowledged', { timeout: 600_000 }, async (t) => {
  const runtime = await program.runtime();
  const began = Date.now();
  const end = load();
  let isOver = false;
  const writing = writeUntil(() => isOver);
  const keys = Array.from({ length: KEYS }, (_, n) => key(home.path, `tenant_${n}`));
  const minted = Promise.all(keys);
  let refused;
  try {
    await times(UPLOADS, abortUpload);
    t.diagnostic(`${UPLOADS} uploads were aborted`);
    await times(VISITORS, leaveMidStream);
    t.diagnostic(`${VISITORS} visitors left in the middle of an answer`);
    refused = await times(OVERSIZED, sendTooMuch);
    t.diagnostic(`${OVERSIZED} bodies without a length were over the limit`);
    await minted;
    t.diagnostic(`${KEYS} keys were minted side by side`);
  } finally {
    isOver = true;
    end();
  }
  const { tokens, questions } = await writing;
  t.diagnostic(`meanwhile ${tokens.length} tokens were made and ${questions.length} questions answered`);
  t.diagnostic(`it took ${Math.round((Date.now() - began) / 1000)} seconds`);

  assert.ok(program.isRunning());
  assert.equal(await program.runtime(), runtime, 'the runtime is the one that it was');
  assert.deepEqual([...new Set(refused)], [413]);
  for (const minted of await Promise.all(keys)) {
    assert.equal((await program.api('GET', '/v1/client-tokens?limit=1', { key: minted })).status, 200);
  }
  const listed = new Set((await all('/v1/client-tokens', 'clientTokens')).map(({ id }) => id));
  assert.deepEqual(tokens.filter((id) => !listed.has(id)), []);
  // What a visitor who left had heard is put away behind their back.
  let stored;
  await until(async () => {
    stored = await all(`/v1/client-tokens/${token.id}/conversations`, 'conversations');
    return stored.filter(({ firstMessage }) => firstMessage === 'I am about to leave').length === VISITORS || sleep(PAUSE_MS);
  }, PATIENCE_MS);
  const answered = stored.filter(({ messageCount }) => messageCount === 2).map(({ firstMessage }) => firstMessage);
  assert.deepEqual(questions.filter((question) => !answered.includes(question)), []);
});

/** All pages of a list. */
async function all(path, member) {
  const found = [];
  for (let last = 100; last === 100; ) {
    const { json } = await program.api('GET', `${path}?limit=100&offset=${found.length}`, { key: owner });
    found.push(...json[member]);
    last = json[member].length;
  }
  return found;
}

test('a second start with the same data is refused', async () => {
  await assert.rejects(start(home.path), /running already, with the same data/);
});

test('a runtime that is killed is started again, with the same data', async () => {
  const runtime = await program.runtime();
  process.kill(runtime, 'SIGKILL');
  await until(async () => ![runtime, undefined].includes(await program.runtime()), PATIENCE_MS);
  const answer = await until(() => program.api('GET', `/v1/client-tokens/${token.id}`, { key: owner }).catch(() => {}), PATIENCE_MS);
  assert.equal(answer.status, 200);
  const minted = await key(home.path, 'tenant_after');
  assert.equal((await program.api('GET', '/v1/client-tokens?limit=1', { key: minted })).status, 200);
});

test('keys are minted side by side without a server, too', async () => {
  await program.stop();
  const minted = await Promise.all([0, 1, 2, 3].map((n) => key(home.path, `alone_${n}`)));
  program = await start(home.path);
  for (const one of [owner, ...minted]) {
    assert.equal((await program.api('GET', '/v1/client-tokens?limit=1', { key: one })).status, 200);
  }
});
