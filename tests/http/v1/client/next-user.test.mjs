// The next user of a browser: the widget keeps the bubbles of the one before and sends them on. A new conversation begins
// with its visitor (contract section 6.2).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { transcript } from '#support/ledger.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { EVENTS, stage } from '#support/stage.mjs';
import { answers } from '#support/upstream.mjs';

const TARGETS = { flow_mine: EVENTS, flow_other: EVENTS };
const { worker, upstream, key } = await stage({ bindings: { DEFAULT_UPSTREAM: undefined }, targets: TARGETS });
const { api, sql } = worker;
upstream.play = answers('Answer');

const ADA = { user: { id: 'ada' } };
const BOB = { user: { id: 'bob' } };
const assistant = (content, id) => ({ id, role: 'assistant', content });
/** How the widget tells of a refusal: by itself, and with the `errorMessage` of the README. */
const WORDINGS = [(hint) => `Sorry: I couldn't reach the assistant.\n\n_Details: ${hint}_`, (hint) => hint];
const WELCOME = assistant('Welcome!', 'welcome-1');

/** A browser whose page holds what was said in it, whoever is signed in. */
class Browser {
  list = [WELCOME];
  wording = WORDINGS[0];
  #answers = 0;

  constructor(token) {
    this.token = token;
  }

  /** Loads the page with a value for `allowed`, or with the token's own, and with the session of before. */
  async load(allowed, more) {
    const value = allowed ? await this.#mint(allowed) : this.token.tokenValue;
    const sessionId = this.visitor?.session;
    this.visitor = new Visitor(worker.origin, value, { ip: '198.51.100.9' });
    const { status, json } = await this.visitor.init({ ...(sessionId && { sessionId }), ...more });
    assert.equal(status, 200);
    this.conversation = json.conversationId;
    return this;
  }

  async #mint(body) {
    const { status, json } = await api('POST', `/v1/client-tokens/${this.token.id}/mint`, { key, body });
    assert.equal(status, 201);
    return json.token;
  }

  /** Says something, with lines of the page behind it; the answer is shown, or that there is none. */
  async say(text, ...behind) {
    const id = `u_${text.replaceAll(/\W/g, '')}`;
    const answer = `ast_${(this.#answers += 1)}`;
    this.list.push(user(text, id), ...behind);
    const { status, json } = await this.visitor.chat(this.list, { assistantMessageId: answer });
    this.list.push(assistant(status === 200 ? 'Answer' : this.wording(json.hint), answer));
    return status;
  }

  /** What of the visitors is stored in the conversation. */
  async stored() {
    const messages = await transcript(sql, this.conversation);
    return messages.filter(([, role]) => role === 'user').map(([, , content]) => content);
  }
}

/** A browser in which Ada has said two things. */
async function adas(settings = {}) {
  const flows = { flowIds: Object.keys(TARGETS) };
  const token = await createToken(api, key, { ...UNLIMITED, ...flows, ...settings });
  const browser = await new Browser(token).load(ADA);
  for (const text of ['Ada one', 'Ada two']) assert.equal(await browser.say(text), 200);
  return browser;
}

/** What the upstream was told last: the visitors' words, and whatever there is of Ada. */
function told() {
  const { body } = upstream.last;
  return [body.messages.filter(({ role }) => role === 'user').map(({ content }) => content), JSON.stringify(body).match(/Ada \w+/g)];
}
async function holds(browser, words) {
  assert.deepEqual(await browser.stored(), words);
  assert.deepEqual(told(), [words, null]);
}

test('200 for the next user, who says and is told to have said their own words only, turn after turn', async () => {
  const browser = await adas();
  const { conversation } = browser;
  await browser.load(BOB);
  assert.notEqual(browser.conversation, conversation);
  await browser.say('Bob one');
  await holds(browser, ['Bob one']);
  // No answer of Ada's is what the page says, either.
  assert.equal(upstream.last.body.context?.pageMessages, undefined);
  await browser.say('Bob two');
  await holds(browser, ['Bob one', 'Bob two']);
  await browser.load(BOB);
  await browser.say('Bob three');
  await holds(browser, ['Bob one', 'Bob two', 'Bob three']);
  const { json } = await api('GET', `/v1/client-tokens/${browser.token.id}/conversations?userId=bob`, { key });
  assert.deepEqual(json.conversations.map(({ firstMessage, messageCount }) => [firstMessage, messageCount]), [['Bob one', 6]]);
});

test('429 for the first words and 200 when they are asked again: both questions are heard', async () => {
  for (const wording of WORDINGS) {
    const browser = await adas();
    await browser.load({ ...BOB, rateLimitPerMinute: 1 });
    // Bob's one chat of this minute is in another window.
    const { session } = browser.visitor;
    await browser.visitor.init();
    assert.equal((await browser.visitor.chat('Elsewhere')).status, 200);
    Object.assign(browser.visitor, { session });
    Object.assign(browser, { wording });
    assert.equal(await browser.say('Bob one'), 429);
    assert.deepEqual(await browser.stored(), []);
    await browser.load(BOB);
    assert.equal(await browser.say('Bob two'), 200);
    await holds(browser, ['Bob one', 'Bob two']);
    await browser.say('Bob three');
    await holds(browser, ['Bob one', 'Bob two', 'Bob three']);
  }
});

test('200 with what the page puts behind the first words', async () => {
  const browser = await adas();
  await browser.load(BOB);
  await browser.say('Bob one', assistant('Injected', 'x1'), { id: 'x2', role: 'system', content: 'Noted' });
  await holds(browser, ['Bob one']);
  const { pageMessages } = upstream.last.body.context;
  assert.deepEqual(pageMessages.map(({ text }) => text).sort(), ['Injected', 'Noted']);
});

test('200 for somebody unknown who signs in, and keeps what was said', async () => {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_mine'] });
  const browser = await new Browser(token).load();
  await browser.say('Who am I?');
  await browser.load(BOB);
  await browser.say('Bob one');
  await holds(browser, ['Who am I?', 'Bob one']);
});

test('200 for whoever comes after a sign-out, known or not', async () => {
  const browser = await adas();
  await browser.load();
  await browser.say('Nobody one');
  await holds(browser, ['Nobody one']);
  const other = await adas();
  // The page is seen signed out before Bob signs in, and nothing is said there.
  await other.load();
  await other.load(BOB);
  await other.say('Bob one');
  await holds(other, ['Bob one']);
});

test('200 for Ada again after Bob: what the page shows of both stays where it was said', async () => {
  const browser = await adas();
  const first = browser.conversation;
  await browser.load(BOB);
  await browser.say('Bob one');
  const second = browser.conversation;
  await browser.load(ADA);
  await browser.say('She again');
  assert.equal(new Set([first, second, browser.conversation]).size, 3);
  await holds(browser, ['She again']);
  await browser.say('And again');
  await holds(browser, ['She again', 'And again']);
  assert.doesNotMatch(JSON.stringify(upstream.last.body), /Bob/);
});

test('200 after a change of the target, too', async () => {
  const browser = await adas();
  await browser.load(BOB, { flowId: 'flow_other' });
  await browser.say('Bob one');
  await holds(browser, ['Bob one']);
});

test('200 with messages that have no ids', async () => {
  const browser = await adas();
  await browser.load(BOB);
  const list = [user('Ada one'), { role: 'assistant', content: 'Answer' }, user('Bob one')];
  assert.equal((await browser.visitor.chat(list)).status, 200);
  await holds(browser, ['Bob one']);
  list.push({ role: 'assistant', content: 'Answer' }, user('Bob two'));
  assert.equal((await browser.visitor.chat(list)).status, 200);
  await holds(browser, ['Bob one', 'Bob two']);
});

test('200 with a list of more than a thousand lines', async () => {
  const browser = await adas();
  const more = Array.from({ length: 600 }, (_, n) => [user('Ada more', `m${n}`), assistant('Answer', `n${n}`)]);
  browser.list.push(...more.flat());
  await browser.load(BOB);
  for (const text of ['Bob one', 'Bob two']) assert.equal(await browser.say(text), 200);
  await holds(browser, ['Bob one', 'Bob two']);
});

test('401 for a session id that was changed to forget who was there before', async () => {
  const browser = await adas();
  await browser.load(BOB);
  const { session } = browser.visitor;
  // 59 characters are more than the payload's: the mark is somewhere in them.
  for (let at = 3; at < 62; at += 1) {
    const forged = session.slice(0, at) + (session[at] === 'A' ? 'B' : 'A') + session.slice(at + 1);
    const { status, cost } = await browser.visitor.chat('Hello', { sessionId: forged });
    assert.deepEqual([status, cost.trips], [401, 0], String(at));
  }
  assert.equal(await browser.say('Bob one'), 200);
  await holds(browser, ['Bob one']);
});
