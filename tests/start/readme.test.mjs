// The README's commands, in order and as printed, in one shell beside an `npm start` of its own. Replaced are addresses
// and the key of a model's service; what the README says to do by hand is done where it says so.
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { frames, said } from '../http/support/stream.mjs';
import { until } from '../http/support/until.mjs';
import { says, startUpstream } from '../http/support/upstream.mjs';
import { freePort, newHome, start } from './support/program.mjs';
import { openShell } from './support/shell.mjs';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const SNIPPETS = [...README.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, snippet]) => snippet);
const [, MODEL_SETTINGS] = /^ *```ini\n([\s\S]*?)^ *```$/m.exec(README);
const SECRET = 'sk-of-the-service';
/** Counts are handed over some seconds later, and a reader takes longer than that between two commands. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 500;

const home = newHome();
const port = String(await freePort());
const outputs = [];
let program;
let shell;
let model;
/** What a page hears once the target is set up, and what the service was asked until then. */
let chat;
let asked;

const snippet = (text) => {
  const found = SNIPPETS.find((one) => one.includes(text));
  assert.ok(found, `the README has a snippet with ${text}`);
  return found;
};
/** With the addresses of this test. */
const addressed = (text) =>
  text.replace(/^API=.*$/m, `API=${program.origin.origin}`)
    .replaceAll('https://api.openai.com', model.url)
    .replaceAll('api.openai.com', new URL(model.url).host)
    .replaceAll('sk-…', SECRET);
const run = async (text) => shell.run(addressed(text));
/** Whether usage has the chat with its two messages, and the origins have its page. */
const isCounted = (told) => /"chats":[1-9]/.test(told) && /"messages":[2-9]/.test(told) && told.includes('"http://localhost:3000"');

async function restart() {
  await program?.stop();
  program = await start(home.path, { PORT: port, DEFAULT_UPSTREAM: undefined });
}

before(async () => {
  model = await startUpstream();
  model.play = says('I am ', 'the model.');
  await restart();
  // Other tokens are there: the lines that a start prints make one and chat with it.
  for (const line of program.output().match(/^curl .*$/gm)) await program.copied(line);
  shell = openShell(home.path);
  for (const text of SNIPPETS) {
    if (text.includes('/observed-origins')) await until(async () => isCounted(await run(text)) || sleep(PAUSE_MS), PATIENCE_MS);
    if (text.includes('/flow_support/try')) {
      appendFileSync(join(home.path, '.dev.vars'), addressed(MODEL_SETTINGS.replace(/^ +/gm, '')));
      await restart();
    }
    if (text.includes('/v1/bootstrap')) await restart();
    outputs.push(await run(text));
    if (text.includes('/flow_support/try')) {
      for (const made of ['"name": "Support chat"', 'maxMessagesPerSession']) await run(snippet(made));
      chat = await run(snippet('/v1/client/chat'));
      asked = [...model.asked];
    }
  }
});

after(async () => {
  await shell?.close();
  await program?.stop();
  await model?.stop();
  home.remove();
});

/** The JSON answers in the output of the snippet that contains `text`. */
function answers(text) {
  const at = SNIPPETS.findIndex((snippet) => snippet.includes(text));
  assert.notEqual(at, -1, `the README has a snippet with ${text}`);
  return outputs[at].split(/(?<=\})\s*(?=\{)|\n/).filter((part) => part.startsWith('{')).map((part) => JSON.parse(part));
}

test('every snippet runs to its end', () => {
  assert.ok(SNIPPETS.length >= 8);
  assert.equal(outputs.length, SNIPPETS.length);
});

test('the token is made as the README says', () => {
  const [{ clientToken, token, warnings }] = answers('"name": "Support chat"');
  assert.equal(clientToken.tokenValue, token);
  assert.deepEqual(warnings.map(({ type }) => type), ['loopback_origin']);
});

test('the wrong body is refused with both faults', () => {
  const [{ details }] = answers('"nme"');
  assert.deepEqual(details.map(({ path }) => path).sort(), ['allowedOrigins.0', 'name', 'nme']);
});

test('usage has a row for each hour, and origins have their window', () => {
  const [{ usage }, observed] = answers('/observed-origins');
  assert.equal(usage.length, 24);
  assert.equal(Date.parse(usage[23].at) - Date.parse(usage[0].at), 23 * 3_600_000);
  assert.deepEqual(Object.keys(usage[0]), ['at', 'inits', 'chats', 'refused', 'messages', 'tokensIn', 'tokensOut']);
  const sum = (name) => usage.reduce((total, hour) => total + hour[name], 0);
  assert.ok(sum('chats') >= 1 && sum('messages') >= 2, 'the usage is of the token that chatted');
  const page = observed.origins.find(({ origin }) => origin === 'http://localhost:3000');
  assert.equal(page?.allowed, true);
  assert.equal(observed.windowDays, 7);
});

test('an old API key has its period of grace, and the audit log says what was done', () => {
  const [{ apiKey, previousKeyExpiresAt }] = answers('gracePeriodSeconds');
  assert.equal(apiKey.previousKeyExpiresAt, previousKeyExpiresAt);
  assert.equal(answers('/previous-key')[0].success, true);
  assert.ok(Date.parse(previousKeyExpiresAt) > Date.now() + 3_000_000);
  const [{ auditLog }] = answers('/v1/audit-log');
  assert.deepEqual(auditLog.map(({ action }) => action), ['api_key.end_grace', 'api_key.regenerate', 'api_key.create']);
  assert.equal(auditLog[0].objectId, apiKey.id);
});

test('reading, changing and regenerating answer in turn', () => {
  const [read, changed, value, regenerated] = answers('maxMessagesPerSession');
  assert.equal(read.clientToken.maxMessagesPerSession, 100);
  assert.equal(changed.clientToken.maxMessagesPerSession, 50);
  assert.notEqual(regenerated.token, value.token);
});

test('the second edit of one version is refused', () => {
  const [first, second] = answers('If-Match');
  assert.equal(first.clientToken.name, 'First');
  assert.equal(second.error, 'Client token has changed');
});

test('the chat echoes and is listed', () => {
  const at = SNIPPETS.findIndex((snippet) => snippet.includes('/v1/client/chat'));
  assert.match(outputs[at], /event: execution_complete/);
  const { conversations } = answers('/v1/client/chat').at(-1);
  assert.deepEqual(conversations.map(({ messageCount }) => messageCount), [2]);
});

test('a conversation is exported, read and deleted, and a user whom nobody named has none', () => {
  const [line, { conversation }, deleted, erased] = answers('/export?from=');
  assert.deepEqual(line, conversation);
  assert.deepEqual(line.messages.map(({ content }) => content), ['Hello, world', 'Hello, world']);
  assert.equal(deleted.success, true);
  assert.deepEqual(erased, { success: true, deleted: 0, deletedFeedback: 0, hasMore: false });
});

test('a value is refused to a foreign page, with the edit that lets it in', () => {
  const [{ code, reasons: [{ edit }] }] = answers('/v1/client-tokens/verify');
  assert.equal(code, 'origin_not_allowed');
  assert.ok(edit.allowedOrigins.includes('https://shop.example.com'));
});

test('a value is minted for a user, opens a session and is explained', () => {
  const [opened, verdict] = answers('/mint');
  assert.match(opened.sessionId, /^cs_/);
  assert.deepEqual([verdict.code, verdict.user, verdict.limits.rateLimitPerMinute], ['valid', { id: 'user_42', name: 'Ada' }, 5]);
});

test('a foreign origin is told which one was seen', () => {
  const [{ hint }] = answers('evil.example');
  assert.match(hint, /https:\/\/evil\.example/);
});

test('BOOTSTRAP_KEY is exchanged for a key', () => {
  const [{ apiKey, key }] = answers('/v1/bootstrap');
  assert.deepEqual([apiKey.name, apiKey.permissions], ['My key', ['*']]);
  assert.ok(key.endsWith(apiKey.keyHint));
});

test('the model is set up, tried, and answers pages', () => {
  const [put, tried] = answers('/flow_support/try');
  assert.equal(put.target.upstream.kind, 'openai');
  assert.deepEqual([tried.ok, tried.text], [true, 'I am the model.']);
  assert.equal(said(frames(chat.slice(0, chat.indexOf('{"conversations"')))), 'I am the model.');
  assert.deepEqual(asked.map(({ headers, body }) => [headers.authorization, body.messages.at(-1).content]), [
    [`Bearer ${SECRET}`, 'Hello! Who are you?'], [`Bearer ${SECRET}`, 'Hello, world'],
  ]);
});

test('the target is read and deleted', () => {
  const [got, deleted] = answers('-X DELETE $API/v1/targets/flow_support');
  assert.equal(got.target.upstream.apiKeySecret, 'UPSTREAM_OPENAI');
  assert.equal(deleted.success, true);
});

test('the token that chatted is deleted', () => {
  assert.equal(answers('-X DELETE $API/v1/client-tokens/$ID').at(-1).success, true);
});

test('models of one\'s own machine and those behind a gateway are targets, too', () => {
  const [ollama] = answers('localhost:11434');
  assert.equal(ollama.target.upstream.maxOutputTokensAs, 'max_tokens');
  const [gateway] = answers('cf-aig-authorization');
  assert.equal(gateway.target.upstream.headers[0].secret, 'UPSTREAM_AI_GATEWAY');
});

test('the description is printed', () => {
  const at = SNIPPETS.findIndex((snippet) => snippet.includes('/openapi.json'));
  assert.equal(JSON.parse(outputs[at]).openapi, '3.1.0');
});

test('starting over leaves nothing of before', async () => {
  const [, ...folders] = /stop it and delete `([^`]+)` and `([^`]+)`/.exec(README);
  const value = () => /rt_live_\w+/.exec(program.output())?.[0];
  const keys = () => readFileSync(join(home.path, '.dev.vars'), 'utf8');
  const before = keys();
  for (const gone of [folders, [...folders, '.dev.vars']]) {
    await program.stop();
    for (const name of gone) rmSync(join(home.path, name), { recursive: true });
    await restart();
    const { status, json } = await program.api('GET', '/v1/client-tokens', { key: value() });
    assert.deepEqual([status, json.clientTokens], [200, []]);
    assert.equal(keys() === before, !gone.includes('.dev.vars'));
  }
});
