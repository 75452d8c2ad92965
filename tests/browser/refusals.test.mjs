// What a visitor reads when the Worker refuses, and what of it comes back later.
import assert from 'node:assert/strict';
import { becomes } from './support/becomes.mjs';
import { stage } from './support/stage.mjs';

const { scene, token, origin } = await stage();

const FAILED = "I couldn't reach the assistant";
const WAIT = /Please wait \d+ (seconds?|minutes?) and try again\./;

/** The text of the bubble that answers with a failure. */
async function failure(chat, text) {
  const bubble = await chat.say(text);
  assert.ok(bubble.text.includes(FAILED), bubble.text);
  return bubble.text;
}

scene('a page of another origin is told which one was seen and where to add it', async (visit) => {
  const owned = await token({ allowedOrigins: ['https://shop.example'] });
  const chat = await visit(owned);
  const text = await failure(chat, 'Hello?');
  assert.ok(text.includes(`Origin not allowed: This page's origin is ${origin}.`), text);
  assert.match(text, /allowedOrigins/);
  assert.deepEqual(await owned.conversations(), []);
});

scene('a token that is gone is called invalid, with what the visitor and the owner can do', async (visit) => {
  const owned = await token();
  await owned.remove();
  const text = await failure(await visit(owned), 'Hello?');
  assert.match(text, /Invalid client token: Please reload the page\. If this stays, the site's owner has to/);
});

scene('a token that is switched off says so, at the first message and in a conversation', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  await chat.say('On');
  await owned.change({ isActive: false });
  assert.match(await failure(chat, 'Off'), /Client token is inactive/);
  await chat.reload();
  assert.match(await failure(chat, 'Still off'), /This client token is switched off/);
});

scene('the cap of a session is told with what it is and when to come back', async (visit) => {
  const owned = await token({ maxMessagesPerSession: 1 });
  const chat = await visit(owned);
  await chat.say('One');
  const text = await failure(chat, 'Two');
  assert.match(text, /has reached its limit of 1 message\./);
  assert.match(text, WAIT);
  // A reload is no way around it: the session is still the same.
  await chat.reload();
  assert.match(await failure(chat, 'Three'), /has reached its limit/);
  assert.deepEqual((await owned.messages()).map(({ content }) => content), ['One', 'One']);
});

scene('the rate limit is told with how long to wait', async (visit) => {
  const chat = await visit(await token({ rateLimitPerHour: 1 }));
  await chat.say('The first, for opening the session counts nowhere');
  const text = await failure(chat, 'The second');
  assert.match(text, /You have sent too many messages\./);
  assert.match(text, WAIT);
});

scene('the text of a failure comes back in the transcript and is neither stored nor answered', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  await owned.change({ isActive: false });
  await failure(chat, 'Refused');
  await owned.change({ isActive: true });
  assert.equal((await chat.say('Admitted')).text, 'Admitted');

  const sent = chat.requests.at(-1).body.messages.map(({ role, content }) => [role, content.includes(FAILED)]);
  assert.deepEqual(sent, [['user', false], ['assistant', true], ['user', false]]);
  assert.deepEqual((await owned.messages()).map(({ role, content }) => [role, content]), [
    ['user', 'Refused'], ['user', 'Admitted'], ['assistant', 'Admitted'],
  ]);
});

scene('a session within a minute of its end is given up by the widget, and the conversation goes on in the next one', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  await chat.say('Before');
  await owned.change({ sessionIdleTimeoutMinutes: 1 });
  await chat.reload();
  await failure(chat, 'Too late');
  await becomes(async () => (await chat.told()).expiries, 1);

  await owned.change({ sessionIdleTimeoutMinutes: 30 });
  await chat.say('After');
  assert.deepEqual(chat.requests.map(({ endpoint }) => endpoint), ['init', 'chat', 'init', 'init', 'chat']);
  assert.deepEqual((await owned.messages()).map(({ role, content }) => [role, content]), [
    ['user', 'Before'], ['assistant', 'Before'], ['user', 'Too late'], ['user', 'After'], ['assistant', 'After'],
  ]);
});

scene('a session whose token was regenerated has expired, and the page is told', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  await chat.say('Before');
  await owned.regenerate();
  assert.match(await failure(chat, 'After'), /Session expired\. Please refresh to continue\./);
  await becomes(async () => (await chat.told()).expiries, 1);
  assert.match(await failure(chat, 'Once more'), /Invalid client token: /);
});
