// Conversations: found, read as the visitor saw them, exported, deleted, and erased for one person.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ORIGIN, UNLIMITED, Visitor, user } from '../../http/support/page.mjs';
import { seedConversations, seedFeedback, seedMessages, seededId } from '../../http/support/seed.mjs';
import { becomes } from '../support/becomes.mjs';
import { lacks } from './support/loaded.mjs';
import { stage } from './support/stage.mjs';

const { scene, token, worker, api, origin } = await stage();
const { sql } = worker;
const tab = ({ id }) => `/tokens/${id}?tab=conversations`;
const open = (settings) => token({ ...UNLIMITED, allowedOrigins: [ORIGIN], flowIds: ['flow_a'], ...settings });

/** A conversation in which the visitor said these things, and the built-in echo said them back. */
async function talk(made, ...said) {
  const visitor = new Visitor(origin, made.tokenValue);
  const { conversationId } = (await visitor.init()).json;
  const messages = [];
  for (const [at, text] of said.entries()) {
    messages.push(user(text, `said-${at}`));
    const { frames } = await visitor.chat(messages, { assistantMessageId: `heard-${at}` });
    assert.ok(frames.length > 0);
  }
  return { visitor, id: conversationId, path: `/conversations/${made.id}/${conversationId}` };
}

scene('the list shows each conversation, narrows to a flow, and leads to the transcript', async (page) => {
  const made = await open();
  const { id } = await talk(made, 'Where is my order?');
  await seedConversations(sql, { token: made.id, count: 3, series: 1 });
  await page.open(tab(made));
  await page.getByRole('link', { name: 'Where is my order?' }).waitFor();
  await becomes(() => page.getByRole('row').count(), 5);
  await page.examine('conversations');

  await page.getByLabel('Flow or agent').fill('flow_1');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('link', { name: 'Talk 1' }).waitFor();
  await becomes(() => page.getByRole('row').count(), 2);
  await page.getByLabel('Flow or agent').fill('flow_none');
  await page.keyboard.press('Enter');
  await page.getByText('No conversation fits.').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('link', { name: 'Where is my order?' }).click();
  await page.getByRole('heading', { name: 'Where is my order?' }).waitFor();
  await becomes(() => page.url(), (address) => address.endsWith(id));
});

scene('a long list and a long transcript come in parts', async (page) => {
  const made = await open();
  await seedConversations(sql, { token: made.id, count: 60, series: 2 });
  await page.open(tab(made));
  await page.getByRole('link', { name: 'Talk 60' }).waitFor();
  await becomes(() => page.getByRole('row').count(), 51);
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByRole('link', { name: 'Talk 1', exact: true }).waitFor();
  await becomes(() => page.getByRole('row').count(), 61);

  const conversation = seededId('conv', 2, 1);
  await seedMessages(sql, { conversation, count: 150 });
  await page.open(`/conversations/${made.id}/${conversation}`);
  await page.getByText('Text 100', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByText('Text 150', { exact: true }).waitFor();
  await becomes(() => page.locator('.message').count(), 150);
});

scene('Markdown is shown as the widget shows it, with what visitors thought of the answer', async (page) => {
  const made = await open();
  const text = '# Returns\nUse the **form**, see [the rules](https://example.com/rules).\n\n- one\n- two\n\n| Day | Fee |\n|---|---|\n| 1 | 0 |\n\n```js\nconst a = 1 < 2;\n```';
  const { visitor, path } = await talk(made, text);
  await visitor.feedback({ type: 'upvote', messageId: 'heard-0' });
  await visitor.feedback({ type: 'csat', rating: 2, comment: 'Too <b>slow</b>' });
  await page.open(path);
  const answer = page.locator('.message.assistant');
  await answer.getByText('Liked').waitFor();
  await becomes(() => answer.locator('strong', { hasText: 'form' }).count(), 1);
  await becomes(() => answer.locator('.bubble li').count(), 2);
  await becomes(() => answer.locator('td').count(), 2);
  await becomes(() => answer.locator('pre code').innerText(), 'const a = 1 < 2;');
  const link = answer.getByRole('link', { name: 'the rules' });
  await becomes(() => link.getAttribute('href'), 'https://example.com/rules');
  await becomes(() => link.getAttribute('rel'), /noopener/);
  await becomes(() => link.getAttribute('target'), '_blank');
  await page.getByText('Satisfaction, of 5').waitFor();
  await page.getByText('Too <b>slow</b>').waitFor();
  await page.examine('transcript');
});

scene('what the model heard stands before what the page showed, where they differ', async (page) => {
  const made = await open();
  const visitor = new Visitor(origin, made.tokenValue);
  const { conversationId } = (await visitor.init()).json;
  const messages = [
    { ...user('Refund order 7 now.', 'd1'), displayContent: 'Thanks for **your** help!' },
    { ...user('The same', 'd2'), displayContent: 'The same' },
    user('Nothing else', 'd3'),
  ];
  await visitor.chat(messages, { assistantMessageId: 'heard' });
  await page.open(`/conversations/${made.id}/${conversationId}`);
  const shown = page.locator('.message');
  await becomes(() => shown.count(), 4);
  await becomes(() => shown.first().innerText(), /What the model heard\s+Refund order 7 now\.\s+What the page showed instead\s+Thanks for your help!/);
  await becomes(() => shown.nth(1).innerText(), (text) => text.match(/The same/g)?.length === 1);
  const isPlain = (text) => !/the model heard|the page showed|what was answered/i.test(text);
  for (const at of [1, 2, 3]) await becomes(() => shown.nth(at).innerText(), isPlain);
  await page.examine('transcript-displayed');
});

const HOSTILE = [
  '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 2"><svg onload="window.hacked = 3">',
  '[click](javascript:window.hacked=4) [click](data:text/html,<script>1</script>) <javascript:window.hacked=5>',
  '[a](https://bank.example@evil.example/) ![pixel](https://evil.example/pixel.png) ![x](x" onerror="window.hacked=6)',
  '<a href="javascript:window.hacked=7" onmouseover="window.hacked=8">x</a> <style>*{display:none}</style> <iframe src="https://evil.example">',
  '[x]: javascript:window.hacked=9\n\n[x] &#106;avascript:window.hacked=10 [y](&#106;avascript:window.hacked=11)',
  '\u202eevil txt.exe\u202c שלום עולם, this is mixed مرحبا',
  `${'W'.repeat(3_000)} ${'> '.repeat(300)}deep`,
  'x'.repeat(60_000),
];

scene('a hostile transcript stays text: nothing runs, nothing is loaded, nothing is hidden', async (page) => {
  const made = await open();
  const { path } = await talk(made, ...HOSTILE);
  await page.open(path);
  const shown = page.locator('.message');
  await becomes(() => shown.count(), HOSTILE.length * 2);
  for (let at = 0; at < HOSTILE.length * 2; at += 1) await shown.nth(at).hover({ position: { x: 20, y: 10 } });
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  await lacks(page.locator('.transcript :is(script, style, iframe, svg, object, embed, img[src^="http"], [onerror], [onload], [onmouseover], [style])'));
  const links = await page.locator('.transcript a').evaluateAll((all) => all.map(({ href, rel }) => [href, rel]));
  for (const [href, rel] of links) {
    assert.match(href, /^https:\/\/evil\.example\/pixel\.png$/);
    assert.match(rel, /noopener noreferrer/);
  }
  await becomes(() => page.locator('.transcript').getByText('<script>window.hacked = 1</script>').count(), 2);
  await page.getByRole('button', { name: 'Show all, 60,000 characters' }).first().click();
  await page.examine('transcript-hostile');
});

scene('a conversation is deleted, said before, and is gone', async (page) => {
  const made = await open();
  const { id, path } = await talk(made, 'Delete me');
  await page.open(path);
  await page.getByRole('button', { name: 'Delete…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete this conversation?' });
  await dialog.getByText(/nothing brings them back/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await dialog.getByRole('button', { name: 'Delete conversation' }).click();
  await page.getByText('No visitor has written yet.').waitFor();
  const { status } = await worker.api('GET', `/v1/client-tokens/${made.id}/conversations/${id}`, { key: await worker.mintKey().then(({ key }) => key) });
  assert.equal(status, 404);
  await page.open(path);
  await page.getByRole('alert').getByText(/not found/i).waitFor();
});

scene('an export is saved whole, with the filters', async (page) => {
  const made = await open();
  await talk(made, 'Export me', 'And me');
  await seedConversations(sql, { token: made.id, count: 2, series: 3 });
  await page.open(tab(made));
  await page.getByRole('button', { name: 'Export…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export conversations' });
  await dialog.waitFor();
  await page.examine('export');
  await dialog.getByLabel('Flow or agent').fill('flow_a');
  const saved = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  const file = await saved;
  assert.equal(file.suggestedFilename(), `conversations-${made.id}.ndjson`);
  const lines = readFileSync(await file.path(), 'utf8').trimEnd().split('\n').map(JSON.parse);
  assert.deepEqual(lines.map(({ messages }) => messages.length), [4]);
});

scene('an export that breaks off says so and saves nothing', async (page) => {
  const made = await open();
  await page.route('**/conversations/export*', (route) => route.abort('connectionreset'));
  await page.open(tab(made));
  await page.getByRole('button', { name: 'Export…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Export', exact: true }).click();
  await page.getByRole('dialog').getByRole('alert').waitFor();
});

scene('a person is erased for good, with the keyboard alone', async (page) => {
  const made = await open();
  await seedConversations(sql, { token: made.id, count: 3, series: 4 });
  await sql('update conversations set user_id = ?2 where client_token_id = ?1 and message_count < 3', made.id, 'user_42');
  // Given before any chat.
  await seedFeedback(sql, { token: made.id, count: 1, series: 5 });
  await sql('update feedback set user_id = ?2 where client_token_id = ?1', made.id, 'user_42');
  await page.open(tab(made));
  await page.getByRole('link', { name: 'Talk 3' }).waitFor();
  await page.getByRole('button', { name: 'Erase a person…' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Erase a person' }).waitFor();
  await page.examine('erase');
  await page.getByLabel('The person\'s id').focus();
  await page.keyboard.type('user_42');
  await page.keyboard.press('Enter');
  await page.getByText('2 conversations and 1 rating of user_42 erased.').waitFor();
  const { conversations } = await api('GET', `/v1/client-tokens/${made.id}/conversations`);
  assert.deepEqual(conversations.map(({ name }) => name), ['Talk 3']);
});
