// A page whose server minted a value for its signed-in user (contract section 3.9).
import assert from 'node:assert/strict';
import { stage } from './support/stage.mjs';

const { scene, token } = await stage();
const USER = { user: { id: 'ada', name: 'Ada' }, agentIds: ['agent_a'] };

scene('the widget chats with a minted value, and goes on with the user\'s next one', async (visit) => {
  const owned = await token({ agentIds: ['agent_a', 'agent_b'] });
  const first = await visit({ value: await owned.mint(USER) });
  assert.match((await first.say('Hello')).text, /Hello/);
  const second = await visit({ value: await owned.mint({ ...USER, expiresInSeconds: 600 }) });
  await second.say('Me again');
  const [conversation, ...others] = await owned.conversations();
  assert.deepEqual(others, []);
  assert.equal(conversation.userId, 'ada');
  assert.equal(conversation.flowId, 'agent_a');
  assert.deepEqual(conversation.messages.filter(({ role }) => role === 'user').map(({ content }) => content), ['Hello', 'Me again']);
});

scene('the widget says that the value doesn\'t let its page in', async (visit) => {
  const owned = await token({ allowedOrigins: ['*'] });
  const chat = await visit({ value: await owned.mint({ allowedOrigins: ['https://elsewhere.example.com'] }) });
  const { text } = await chat.say('Hello');
  assert.match(text, /minted value in this page doesn't/);
});
