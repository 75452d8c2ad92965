// Runs the README's commands, in order and as printed, against the built Worker.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { start } from '#support/worker.mjs';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const SNIPPETS = [...README.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, snippet]) => snippet);
/** What stands for the end of a snippet in the output of them all. */
const END = '=== end of snippet ===';

let worker;
let outputs;

before(async () => {
  const BOOTSTRAP_KEY = randomBytes(32).toString('hex');
  worker = await start({ bindings: { BOOTSTRAP_KEY, DEFAULT_UPSTREAM: 'echo' } });
  const { key } = await worker.mintKey();
  const script = SNIPPETS.map((snippet) => `${snippet}\necho\necho '${END}'`)
    .join('\n')
    .replace(/^API=.*$/m, 'API=$TEST_API')
    .replace(/^KEY=.*$/m, 'KEY=$TEST_KEY');
  const env = { ...process.env, TEST_API: worker.origin.replace(/\/$/, ''), TEST_KEY: key, BOOTSTRAP_KEY };
  const { stdout } = await promisify(execFile)('bash', ['-eu', '-o', 'pipefail', '-c', script], { env });
  outputs = stdout.split(`${END}\n`).slice(0, -1);
});

after(() => worker?.stop());

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
  assert.deepEqual(observed, { origins: [], windowDays: 7 });
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

test('the target is set, read and deleted', () => {
  const [put, got, deleted] = answers('/v1/targets/flow_support');
  assert.equal(put.target.upstream.kind, 'openai');
  assert.deepEqual(got, put);
  assert.equal(deleted.success, true);
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
