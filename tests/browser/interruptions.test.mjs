// Answers that don't reach their end: stopped by the visitor, broken off or refused by the assistant.
// What was shown is kept, and the conversation goes on after it.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { becomes } from './support/becomes.mjs';
import { stage } from './support/stage.mjs';
import { chunks, frames, upstream } from './support/upstream.mjs';

const { scene, token, target } = await stage();

/** Says a word every moment until nobody listens. */
async function* talkative() {
  for (let words = 0; ; words += 1) {
    yield chunks([{ content: `word${words} ` }], null)[0];
    await sleep(20);
  }
}

const begun = chunks([{ content: 'So far' }], null)[0];
const thought = chunks([{ reasoning: 'Hm' }], null)[0];
const SCRIPTS = { talk: talkative, break: () => [begun], mute: () => [thought], refuse: () => 503 };

const service = await upstream(({ body: { messages } }) => {
  const script = SCRIPTS[messages.at(-1).content];
  return script ? script() : chunks([{ content: 'All ' }, { content: 'right' }], 'stop');
});
after(() => service.close());
await target('agent_a', { kind: 'openai', baseUrl: service.url, model: 'scripted' });
await target('flow_a', { kind: 'openai', baseUrl: service.url, model: 'scripted' });

/** A backend of one's own that fails: without a word, by closing early or by saying so; and after some. */
const backend = await upstream(({ body: { executionId, messages, target: { kind } } }) => {
  const words = { break: ['So far'], 'Go on': ['All ', 'right'] }[messages.at(-1).content];
  if (words) {
    const said = words.map((delta) => ['text_delta', { id: 't1', delta }]);
    const end = ['execution_complete', { kind, success: true, completedAt: new Date().toISOString() }];
    return frames(executionId, words.length > 1 ? [...said, end] : said);
  }
  const started = ['execution_start', { kind, startedAt: new Date().toISOString() }];
  const failed = ['execution_error', { kind, error: { code: 'mine', message: 'No.' } }];
  return frames(executionId, messages.at(-1).content === 'mute' ? [started] : [started, failed]);
});
after(() => backend.close());
for (const id of ['agent_own', 'flow_own']) await target(id, { kind: 'events', baseUrl: backend.url });

const briefly = (messages) => messages.map(({ role, content, status }) => [role, content, status]);
const GOES_ON = [['user', 'Go on', 'complete'], ['assistant', 'All right', 'complete']];

scene('an answer that the visitor stops is kept as far as it came, and the conversation goes on', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  await chat.send('talk');
  await chat.bubble('word3').waitFor();
  await chat.stop();
  const [, { text: shown }] = await chat.bubbles();
  const [, answer] = await becomes(() => owned.messages(), ({ length }) => length === 2);
  assert.equal(answer.status, 'partial');
  assert.ok(answer.content.startsWith(shown), `shown: ${shown}, stored: ${answer.content}`);

  assert.equal((await chat.say('Go on')).text, 'All right');
  assert.deepEqual(briefly(await owned.messages()).slice(2), GOES_ON);
});

for (const id of ['agent_a', 'flow_a', 'agent_own', 'flow_own']) {
  scene(`an answer that breaks off says so and is kept as far as it came: ${id}`, async (visit) => {
    const [kind, whose] = id.split('_');
    const owned = await token({ agentIds: [], [`${kind}Ids`]: [id] });
    const chat = await visit(owned, { [`${kind}Id`]: id });
    await chat.send('break');
    await chat.bubble('So far').last().waitFor();
    const notice = chat.bubble('The answer broke off here. Please ask again.');
    await notice.waitFor();
    if (id === 'agent_a') await notice.locator('[data-stop-reason="error"]').waitFor();
    assert.equal((await chat.say('Go on')).text, 'All right');
    assert.deepEqual(briefly(await owned.messages()), [
      ['user', 'break', 'complete'], ['assistant', 'So far', 'partial'], ...GOES_ON,
    ]);
    const { asked } = whose === 'own' ? backend : service;
    assert.ok(!JSON.stringify(asked.at(-1).body).includes('broke off'), 'nobody hears what the service said itself');
  });
}

const APOLOGY = 'The answer could not be completed. Please try again.';

for (const id of ['agent_a', 'flow_a', 'agent_own', 'flow_own']) {
  scene(`an answer that fails before its first word says so, and nothing of it is kept: ${id}`, async (visit) => {
    const [kind, whose] = id.split('_');
    const owned = await token({ agentIds: [], [`${kind}Ids`]: [id] });
    const chat = await visit(owned, { [`${kind}Id`]: id });
    for (const text of whose === 'own' ? ['mute', 'fail'] : ['mute']) {
      await chat.send(text);
      await chat.bubble(APOLOGY).last().waitFor();
      const { text: shown } = await chat.answered();
      assert.equal(shown, APOLOGY);
    }
    const kept = await owned.messages();
    assert.deepEqual([...new Set(kept.map(({ role }) => role))], ['user']);
    if (whose === 'own') return;
    assert.equal((await chat.say('Go on')).text, 'All right');
    assert.ok(!JSON.stringify(service.asked.at(-1).body.messages.filter(({ role }) => role === 'assistant')).includes(APOLOGY));
    assert.deepEqual(briefly(await owned.messages()), [['user', 'mute', 'complete'], ...GOES_ON]);
  });
}

for (const id of ['agent_a', 'flow_own']) {
  scene(`an answer that fails or breaks off says so in the token's own words, then and now: ${id}`, async (visit) => {
    const [kind] = id.split('_');
    const words = (when) => ({ failureMessage: `Failed, ring us ${when}`, brokenMessage: `Broken off ${when}` });
    const owned = await token({ agentIds: [], [`${kind}Ids`]: [id], config: words('today') });
    const chat = await visit(owned, { [`${kind}Id`]: id });
    await chat.send('break');
    await chat.bubble('Broken off today').waitFor();
    await chat.send('mute');
    await chat.bubble('Failed, ring us today').waitFor();
    await chat.answered();
    await owned.change({ config: words('tomorrow') });
    assert.equal((await chat.say('Go on')).text, 'All right');
    const { asked } = id.endsWith('own') ? backend : service;
    assert.doesNotMatch(JSON.stringify(asked.at(-1).body), /Broken off|Failed, ring us/);
  });
}

scene('an assistant that refuses is told as a failure, and the question is kept', async (visit) => {
  const owned = await token();
  const chat = await visit(owned);
  const { text } = await chat.say('refuse');
  assert.match(text, /The assistant could not be reached/);
  assert.equal((await chat.say('Go on')).text, 'All right');
  assert.deepEqual(briefly(await owned.messages()), [['user', 'refuse', 'complete'], ...GOES_ON]);
});
