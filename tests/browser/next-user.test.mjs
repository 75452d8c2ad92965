// Another user signs in where the widget still shows what the one before said (contract section 6.2).
import assert from 'node:assert/strict';
import { stage } from './support/stage.mjs';

const { scene, token } = await stage();
const value = (owned, id) => owned.mint({ user: { id } });

/** What of the visitors is stored: `{ ada: [[…], …], … }`, the texts of each conversation, the latest conversation first. */
async function stored(owned) {
  const words = {};
  for (const { userId, messages } of await owned.conversations()) {
    (words[userId] ??= []).push(messages.filter(({ role }) => role === 'user').map(({ content }) => content));
  }
  return words;
}
async function adas(visit) {
  const owned = await token({ config: { welcomeMessage: 'Welcome!' } });
  const chat = await visit({ value: await value(owned, 'ada') });
  await chat.say('Ada one');
  await chat.say('Ada two');
  return [owned, chat];
}
const sent = (chat) => chat.requests.at(-1).body.messages.filter(({ role }) => role === 'user').map(({ content }) => content);

scene('the next user of a page says their own words only, though the widget sends the other\'s along', async (visit) => {
  const [owned] = await adas(visit);
  const chat = await visit({ value: await value(owned, 'bob') });
  await chat.say('Bob one');
  await chat.say('Bob two');
  assert.deepEqual(sent(chat), ['Ada one', 'Ada two', 'Bob one', 'Bob two']);
  await chat.reload();
  await chat.say('Bob three');
  assert.deepEqual(await stored(owned), { ada: [['Ada one', 'Ada two']], bob: [['Bob one', 'Bob two', 'Bob three']] });
  const back = await visit({ value: await value(owned, 'ada') });
  await back.say('Ada three');
  assert.deepEqual((await stored(owned)).ada, [['Ada three'], ['Ada one', 'Ada two']]);
});

scene('a first question that was refused is stored with the one that is asked again', async (visit) => {
  const [owned] = await adas(visit);
  const chat = await visit({ value: await value(owned, 'bob') });
  await owned.change({ isActive: false });
  assert.match((await chat.say('Bob one')).text, /inactive/);
  await owned.change({ isActive: true });
  await chat.say('Bob two');
  await chat.say('Bob three');
  assert.deepEqual((await stored(owned)).bob, [['Bob one', 'Bob two', 'Bob three']]);
});

scene('a page gives its widget another user\'s value, with the chat cleared or not', async (visit) => {
  const [owned, chat] = await adas(visit);
  const sign = async (id) => {
    const clientToken = await value(owned, id);
    await chat.page.evaluate((next) => window.chat.update({ clientToken: next }), clientToken);
  };
  await sign('bob');
  await chat.say('Bob one');
  await chat.say('Bob two');
  await chat.page.evaluate(() => window.chat.clearChat());
  await sign('eve');
  await chat.say('Eve one');
  assert.deepEqual(sent(chat), ['Eve one']);
  assert.deepEqual(await stored(owned), { ada: [['Ada one', 'Ada two']], bob: [['Bob one', 'Bob two']], eve: [['Eve one']] });
});
