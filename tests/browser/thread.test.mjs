// What the assistant hears of a conversation in the page: what the page shows, where it shows it.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { stage } from './support/stage.mjs';
import { chunks, upstream } from './support/upstream.mjs';

const { scene, token, target, sql, lab } = await stage({ hasLab: true });

const QUESTION = { questions: [{ question: 'Which colour?', options: [{ label: 'Red' }, { label: 'Blue' }] }] };

/** Answers with the number of the question, and asks the visitor back where the question is to choose. */
const service = await upstream(({ body: { messages } }) => {
  const last = messages.at(-1);
  if (last.role === 'tool') return chunks([{ content: `${last.content} it is.` }], 'stop');
  if (/choose/.test(text(last))) {
    const call = { index: 0, id: `call_${messages.length}`, type: 'function', function: { name: 'ask_user_question', arguments: JSON.stringify(QUESTION) } };
    const opening = /silently/.test(text(last)) ? [] : [{ content: 'One moment.' }];
    return chunks([...opening, { tool_calls: [call] }], 'tool_calls');
  }
  return chunks([{ content: `Answer ${messages.length}` }], 'stop');
});
after(() => service.close());
await target('agent_heard', { kind: 'openai', baseUrl: service.url, model: 'scripted' });

/** The text of a message, without what the page says about itself. */
function text({ content }) {
  const parts = Array.isArray(content) ? content : [{ type: 'text', text: content }];
  const words = parts.map((part) => part.text ?? '[picture]');
  return words.filter((word) => word !== '').join(' ').replace(/^Data from the web page: .*\s+/, '');
}
const heard = () => service.asked.at(-1).body.messages.map((message) => [message.role, text(message)]);
const visitor = async (visit, settings) => {
  const owned = await token({ agentIds: ['agent_heard'] });
  return [owned, await visit(owned, { agentId: 'agent_heard', ...settings })];
};

scene('a chat that was cleared is not heard of again, and the owner keeps it', async (visit) => {
  const [owned, chat] = await visitor(visit);
  await chat.say('Before');
  await chat.page.evaluate(() => window.chat.clearChat());
  await chat.say('After');
  assert.deepEqual(heard(), [['user', 'After']]);
  assert.deepEqual((await owned.messages()).map(({ content }) => content), ['Before', 'Answer 1', 'After', 'Answer 1']);
});

// Where nothing was said with the question, what the visitor said before and then chose are neighbours, told as one.
const ASKED = [
  ['', [['user', 'Let me choose'], ['assistant', 'One moment.'], ['user', 'Red']]],
  [' silently', [['user', 'Let me choose silently\n\nRed']]],
];
for (const [how, opening] of ASKED) {
  scene(`the visitor's answer to a question that was asked${how} is heard before what it led to`, async (visit) => {
    const [, chat] = await visitor(visit, { features: { askUserQuestion: { expose: true } } });
    await chat.send(`Let me choose${how}`);
    await chat.pick('Red');
    await chat.bubble('Red it is.').waitFor();
    await chat.answered();
    await chat.say('Thank you');
    assert.deepEqual(heard(), [...opening, ['assistant', 'Red it is.'], ['user', 'Thank you']]);
  });
}

scene('what the page injects is told as the page\'s, and an action that resubmits is answered', async (visit) => {
  const [owned, chat] = await visitor(visit);
  await chat.say('Find shoes');
  await chat.page.evaluate(() => {
    window.chat.injectSystemMessage({ content: 'Found', llmContent: 'Found 5 products' });
  });
  await chat.say('Which are red?');
  const { messages } = service.asked.at(-1).body;
  assert.deepEqual(heard().map(([role]) => role), ['user', 'assistant', 'user']);
  assert.match(messages.at(-1).content, /^Data from the web page: .*"pageMessages":\[\{"role":"system","text":"Found 5 products"\}\]/);
  assert.equal((await owned.messages()).length, 4);
});

scene('a picture is seen, and again with the next questions, and the conversation goes on', async (visit) => {
  const [owned, chat] = await visitor(visit, { attachments: { enabled: true } });
  const picture = { name: 'a.png', mimeType: 'image/png', buffer: Buffer.alloc(900 * 1024, 7) };
  for (const question of ['What is this?', 'And this?']) {
    await chat.attach(picture);
    await chat.say(question);
  }
  await chat.say('Which is larger?');
  assert.deepEqual(heard().map(([, said]) => said), [
    '[picture] What is this?', 'Answer 1', '[picture] And this?', 'Answer 3', 'Which is larger?',
  ]);
  const [{ messageCount }] = await owned.conversations();
  assert.equal(messageCount, 6);
});

scene('a picture that is too large is refused, and the conversation goes on without it', async (visit) => {
  const [owned, chat] = await visitor(visit, { attachments: { enabled: true } });
  const picture = { name: 'a.png', mimeType: 'image/png', buffer: Buffer.alloc(1_500_000, 7) };
  await chat.attach(picture);
  await chat.say('What is this?');
  await chat.bubble('1.9 MB').waitFor();
  await chat.say('Never mind');
  assert.deepEqual(heard(), [['user', 'Never mind']]);
  await chat.say('Still there?');
  assert.deepEqual(heard().map(([, said]) => said), ['Never mind', 'Answer 1', 'Still there?']);
  assert.equal((await owned.messages()).length, 4);
  assert.deepEqual(await sql('select id from executions'), []);
});

scene('no number of pictures ends a conversation: the latest are seen, and the assistant knows of the others', async (visit) => {
  const [owned, chat] = await visitor(visit, { attachments: { enabled: true } });
  for (let n = 1; n <= 7; n += 1) {
    const picture = { name: `${n}.png`, mimeType: 'image/png', buffer: Buffer.alloc(1_200_000, n) };
    await chat.attach(picture);
    await chat.say(`What is ${n}?`);
    // A minute takes 8 MiB.
    if (n === 4) await lab.advance(61_000);
  }
  assert.match((await chat.say('Which is largest?')).text, /^Answer/);
  const asked = heard().filter(([role]) => role === 'user').map(([, said]) => said);
  const expected = [1, 2, 3, 4].map((n) => `[image]\nWhat is ${n}?`);
  assert.deepEqual(asked, [...expected, ...[5, 6, 7].map((n) => `[picture] What is ${n}?`), 'Which is largest?']);
  assert.ok(chat.requests.at(-1).body.messages.length > 14);
  assert.equal((await owned.conversations())[0].messageCount, 16);
});

scene('three pictures of a phone in one message are refused with what is allowed, and the next turn is answered', async (visit) => {
  const [owned, chat] = await visitor(visit, { attachments: { enabled: true } });
  const pictures = [1, 2, 3].map((n) => ({ name: `${n}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.alloc(3_500_000, n) }));
  await chat.attach(...pictures);
  await chat.say('What are these?');
  await chat.bubble('1.9 MB').waitFor();
  for (const question of ['Never mind', 'Still there?']) assert.match((await chat.say(question)).text, /^Answer/);
  assert.deepEqual(heard().map(([, said]) => said), ['Never mind', 'Answer 1', 'Still there?']);
  assert.equal((await owned.messages()).length, 4);
});
