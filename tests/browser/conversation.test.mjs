// A conversation: from the first page view over questions and answers to the visitor's return.
// The widget sends its whole transcript again with each turn, and brings back ids of its own making.
import assert from 'node:assert/strict';
import { becomes } from './support/becomes.mjs';
import { stage } from './support/stage.mjs';

const { scene, token, origin } = await stage();
const WELCOME = { config: { welcomeMessage: 'Welcome! How can we help?' } };

const briefly = (messages) => messages.map(({ role, content }) => [role, content]);
const texts = (bubbles) => bubbles.map(({ role, text }) => [role, text]);

scene('a page view opens a session and shows the welcome message, and nothing is stored', async (visit) => {
  const owned = await token(WELCOME);
  const chat = await visit(owned);
  await chat.bubble(WELCOME.config.welcomeMessage).waitFor();
  assert.deepEqual(chat.requests.map(({ endpoint, body }) => [endpoint, body]), [['init', { token: owned.value }]]);
  await becomes(async () => (await chat.told()).sessions.length, 1);
  assert.deepEqual(await owned.conversations(), []);
});

scene('an answer comes in several deltas and its Markdown is rendered', async (visit) => {
  const chat = await visit(await token());
  await chat.say('A **bold** word, `code`, and\n\n- a list\n- of two');
  for (const part of [/<strong>bold<\/strong>/, /<code>code<\/code>/, /<li>a list<\/li>\s*<li>of two<\/li>/]) {
    await becomes(async () => (await chat.bubbles()).at(-1).html, part);
  }

  const { events } = await becomes(() => chat.told(), ({ events: told }) => told.at(-1)[0] === 'execution_complete');
  const deltas = events.filter(([type]) => type === 'text_delta').map(([, frame]) => frame.delta);
  assert.ok(deltas.length >= 2);
  assert.equal(deltas.join(''), 'A **bold** word, `code`, and\n\n- a list\n- of two');
});

scene('what was said is stored under the ids of its bubbles, with the origin of the page', async (visit) => {
  const owned = await token(WELCOME);
  const chat = await visit(owned);
  await chat.say('Do you ship to Norway?');
  const [, question, answer] = await chat.bubbles();
  assert.equal(answer.id, chat.requests.at(-1).body.assistantMessageId);

  const [conversation] = await owned.conversations();
  assert.equal(conversation.origin, origin);
  assert.equal(conversation.firstMessage, 'Do you ship to Norway?');
  assert.deepEqual(conversation.messages.map(({ id, role }) => [id, role]), [[question.id, 'user'], [answer.id, 'assistant']]);
});

scene('a second turn brings the transcript again and stores only what is new', async (visit) => {
  const owned = await token(WELCOME);
  const chat = await visit(owned);
  await chat.say('One');
  await chat.say('Two');
  assert.equal(chat.requests.at(-1).body.messages.length, 4, 'welcome, question, answer, question');
  assert.deepEqual(briefly(await owned.messages()), [
    ['user', 'One'], ['assistant', 'One'], ['user', 'Two'], ['assistant', 'Two'],
  ]);
});

scene('after a reload the transcript is shown and the same conversation goes on', async (visit) => {
  const owned = await token(WELCOME);
  const chat = await visit(owned);
  await chat.say('Before');
  const before = await chat.bubbles();

  await chat.reload();
  await becomes(async () => texts(await chat.bubbles()), texts(before));
  assert.equal(typeof chat.requests.at(-1).body.sessionId, 'string');
  await chat.say('After');

  assert.deepEqual(briefly(await owned.messages()), [
    ['user', 'Before'], ['assistant', 'Before'], ['user', 'After'], ['assistant', 'After'],
  ]);
});

scene('another visitor begins a conversation of their own', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  await chat.say('Mine');
  await chat.forget();
  await chat.reload();
  await chat.say('Theirs');
  assert.deepEqual((await owned.conversations()).map(({ messages }) => briefly(messages)), [
    [['user', 'Theirs'], ['assistant', 'Theirs']],
    [['user', 'Mine'], ['assistant', 'Mine']],
  ]);
});

for (const [kind, own, wanted] of [
  ['agent', { agentIds: ['agent_x'] }, { agentId: 'agent_x' }],
  ['flow', { agentIds: [], flowIds: ['flow_x'] }, { flowId: 'flow_x' }],
]) {
  scene(`the ${kind}'s answer is shown once`, async (visit) => {
    const owned = await token(own);
    const chat = await visit(owned, wanted);
    await chat.say('Only once, please');
    await chat.say('And once more');
    await becomes(async () => texts(await chat.bubbles()), [
      ['user', 'Only once, please'], ['assistant', 'Only once, please'],
      ['user', 'And once more'], ['assistant', 'And once more'],
    ]);
    const { events } = await chat.told();
    assert.equal(events[0][1].kind, kind);
    const [{ flowId }] = await owned.conversations();
    assert.equal(flowId, `${kind}_x`);
  });
}
