// Answers that don't reach their end: stopped by the visitor, broken off or refused by the assistant.
// It is here because what was shown must be kept, and the conversation must go on after it.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../http/support/until.mjs';
import { stage } from './support/stage.mjs';
import { chunks, upstream } from './support/upstream.mjs';

const { scene, token, target } = await stage();

/** Says a word every moment until nobody listens, or for longer than any test. */
async function* talkative() {
  for (let words = 0; words < 500; words += 1) {
    yield chunks([{ content: `word${words} ` }], null)[0];
    await sleep(20);
  }
}

const begun = chunks([{ content: 'So far' }], null)[0];
const SCRIPTS = { talk: talkative, break: () => [begun], refuse: () => 503 };

const service = await upstream(({ body: { messages } }) => {
  const script = SCRIPTS[messages.at(-1).content];
  return script ? script() : chunks([{ content: 'All ' }, { content: 'right' }], 'stop');
});
after(() => service.close());
await target('agent_a', { kind: 'openai', baseUrl: service.url, model: 'scripted' });

const briefly = (messages) => messages.map(({ role, content, status }) => [role, content, status]);
const GOES_ON = [['user', 'Go on', 'complete'], ['assistant', 'All right', 'complete']];

scene('an answer that the visitor stops is kept as far as it came, and the conversation goes on', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  await chat.send('talk');
  await chat.bubble('word3').waitFor();
  await chat.stop();
  const [, { text: shown }] = await chat.bubbles();
  const [, answer] = await until(async () => {
    const messages = await owned.messages();
    return messages.length === 2 && messages;
  });
  assert.equal(answer.status, 'partial');
  assert.ok(answer.content.startsWith(shown), `shown: ${shown}, stored: ${answer.content}`);

  assert.equal((await chat.say('Go on')).text, 'All right');
  assert.deepEqual(briefly(await owned.messages()).slice(2), GOES_ON);
});

scene('an answer that breaks off says so and is kept as far as it came', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  await chat.say('break');
  await chat.bubble('So far').locator('[data-stop-reason="error"]').waitFor();
  assert.equal((await chat.say('Go on')).text, 'All right');
  assert.deepEqual(briefly(await owned.messages()), [
    ['user', 'break', 'complete'], ['assistant', 'So far', 'partial'], ...GOES_ON,
  ]);
});

scene('an assistant that refuses is told as a failure, and the question is kept', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  const { text } = await chat.say('refuse');
  assert.match(text, /The assistant could not be reached/);
  assert.equal((await chat.say('Go on')).text, 'All right');
  assert.deepEqual(briefly(await owned.messages()), [['user', 'refuse', 'complete'], ...GOES_ON]);
});
