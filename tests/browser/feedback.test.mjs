// What visitors think of an answer: votes and ratings, from the click to the owner's list.
import assert from 'node:assert/strict';
import { stage } from './support/stage.mjs';

const { scene, token } = await stage();

scene('an upvote is stored with the id of the bubble, which is that of the message', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  const { id } = await chat.say('Was this helpful?');
  assert.equal(await chat.vote(id, 'upvote'), 201);

  const [, answer] = await owned.messages();
  const [{ type, messageId, conversationId }, ...others] = await owned.feedback();
  assert.deepEqual([type, messageId, others], ['upvote', answer.id, []]);
  const [conversation] = await owned.conversations();
  assert.equal(conversationId, conversation.id);
});

scene('a vote on the welcome message is stored before anything was said', async (visit) => {
  const owned = await token({ config: { welcomeMessage: 'Welcome!' } });
  const chat = await visit(owned);
  await chat.bubble('Welcome!').waitFor();
  const [{ id }] = await chat.bubbles();
  assert.equal(await chat.vote(id, 'downvote'), 201);
  const [{ type, messageId }] = await owned.feedback();
  assert.deepEqual([type, messageId], ['downvote', id]);
  assert.deepEqual(await owned.conversations(), []);
});

scene('a rating is stored with its comment, and the last one counts', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  await chat.say('Goodbye');
  await chat.page.evaluate(() => chat.submitCSATFeedback(3, 'Fine'));
  await chat.page.evaluate(() => chat.submitCSATFeedback(5, 'Better than I thought'));
  await chat.page.evaluate(() => chat.submitNPSFeedback(0));
  const given = (await owned.feedback()).map(({ type, rating, comment }) => [type, rating, comment]);
  assert.deepEqual(given.sort(), [['csat', 5, 'Better than I thought'], ['nps', 0, null]]);
});
