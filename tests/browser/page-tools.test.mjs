// Tools that live in the page: the assistant calls them, the visitor's browser runs them, the answer goes on.
// Such a turn has two requests with a pause in the database between them, and one answer.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { becomes } from './support/becomes.mjs';
import { stage } from './support/stage.mjs';
import { chunks, frames, upstream } from './support/upstream.mjs';

const { scene, token, target, sql } = await stage();

const TOOLS = [{
  name: 'add_to_cart',
  description: 'Puts an article into the cart',
  inputSchema: { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] },
  result: 'The cart has 1 article.',
}];
const CALLED = [{ tool: 'add_to_cart', input: { sku: 'A-1' } }];

/** Goes on with comments until nobody listens. */
async function* keepsOpen(pieces) {
  yield* pieces;
  for (;;) {
    yield ': ping\n\n';
    await sleep(100);
  }
}

/** Speaks the event stream itself, as a backend of one's own does. */
const backend = await upstream(({ path, body }) => {
  const begin = [
    ['execution_start', { kind: 'agent', startedAt: new Date().toISOString() }],
    ['turn_start', { id: 'turn_1', role: 'assistant', iteration: 1 }],
    ['text_start', { id: 'text_1' }],
    ['text_delta', { id: 'text_1', delta: 'One ' }],
    ['text_delta', { id: 'text_1', delta: 'moment.' }],
    ['text_complete', { id: 'text_1', text: 'One moment.' }],
    ['await', { toolName: 'add_to_cart', toolCallId: 'call_1', parameters: { sku: 'A-1' }, origin: 'webmcp' }],
  ];
  const goOn = () => [
    ['turn_start', { id: 'turn_2', role: 'assistant', iteration: 2 }],
    ['text_start', { id: 'text_2' }],
    ['text_delta', { id: 'text_2', delta: 'Done. ' }],
    ['text_delta', { id: 'text_2', delta: body.toolOutputs.call_1.content[0].text }],
    ['text_complete', { id: 'text_2', text: `Done. ${body.toolOutputs.call_1.content[0].text}` }],
    ['turn_complete', { id: 'turn_2', role: 'assistant', iteration: 2, stopReason: 'end_turn' }],
    ['execution_complete', { kind: 'agent', success: true, completedAt: new Date().toISOString() }],
  ];
  const said = frames(body.executionId, path.endsWith('/resume') ? goOn() : begin);
  return path.startsWith('/open') ? keepsOpen(said) : said;
});
after(() => backend.close());

const TO_CART = ['add_to_cart', { sku: 'A-1' }];
const QUESTION = ['ask_user_question', { questions: [{ question: 'Which colour?', options: [{ label: 'Red' }, { label: 'Blue' }] }] }];

/** Speaks chat completions: makes these calls at once, each in two fragments, then tells what came of them. */
async function service(...calls) {
  const fragments = calls.flatMap(([name, input], index) => {
    const json = JSON.stringify(input);
    return [
      { index, id: `call_${index}`, type: 'function', function: { name, arguments: json.slice(0, 5) } },
      { index, function: { arguments: json.slice(5) } },
    ];
  });
  const begin = [{ content: 'One ' }, { content: 'moment.' }, ...fragments.map((call) => ({ tool_calls: [call] }))];
  const { close, ...scripted } = await upstream(({ body: { messages } }) => {
    if (messages.at(-1).role !== 'tool') return chunks(begin, 'tool_calls');
    const results = messages.slice(-calls.length).map(({ content }) => content);
    return chunks([{ content: 'Done. ' }, { content: results.map(plain).join(' ') }], 'stop');
  });
  after(close);
  return scripted;
}

/** A page tool's result has MCP's form, a visitor's answer is text. */
const plain = (result) => (result.startsWith('{') ? JSON.parse(result).content[0].text : result);

const clerk = await service(TO_CART);
const adviser = await service(TO_CART, QUESTION);
const openai = ({ url }) => ({ kind: 'openai', baseUrl: url, model: 'scripted' });
await target('agent_events', { kind: 'events', baseUrl: backend.url });
await target('agent_open', { kind: 'events', baseUrl: `${backend.url}/open` });
await target('agent_openai', openai(clerk));
await target('agent_asking', openai(adviser));

for (const agentId of ['agent_events', 'agent_open', 'agent_openai']) {
  scene(`${agentId} calls a tool of the page and goes on with its result`, async (visit) => {
    const owned = await token({ agentIds: [agentId] });
    const chat = await visit(owned, { agentId, tools: TOOLS });
    await chat.send('I take one');
    await chat.bubble('Done. The cart has 1 article.').waitFor();
    await chat.answered();

    assert.deepEqual((await chat.told()).calls, CALLED);
    assert.deepEqual(chat.requests.map(({ endpoint }) => endpoint), ['init', 'chat', 'resume']);
    const messages = await owned.messages();
    assert.deepEqual(messages.map(({ role, status }) => [role, status]), [['user', 'complete'], ['assistant', 'complete']]);
    assert.match(messages[1].content, /^One moment\.\s*Done\. The cart has 1 article\.$/);
    assert.equal(messages[1].id, chat.requests[1].body.assistantMessageId);
    await becomes(() => sql('select id from executions'), []);
  });
}

scene('a second turn sends the fingerprint of the tools only, and all of them when asked', async (visit) => {
  const owned = await token({ agentIds: ['agent_openai'] });
  const chat = await visit(owned, { agentId: 'agent_openai', tools: TOOLS });
  const turn = async (text, answers) => {
    await chat.send(text);
    await chat.bubble('Done. The cart has 1 article.').nth(answers - 1).waitFor();
    await chat.answered();
    const { clientTools, clientToolsFingerprint } = chat.requests.findLast(({ endpoint }) => endpoint === 'chat').body;
    return [clientTools?.length, typeof clientToolsFingerprint];
  };
  assert.deepEqual(await turn('One', 1), [1, 'string']);
  assert.deepEqual(await turn('And another', 2), [undefined, 'string']);
  await sql('update sessions set tools = null, tools_fingerprint = null');
  assert.deepEqual(await turn('A third', 3), [1, 'string']);
  assert.equal((await chat.told()).calls.length, 3);
  assert.equal((await owned.messages()).length, 6);
  assert.equal(clerk.asked.at(-1).body.tools.length, 1);
});

scene('a tool and a question in one turn: the answer waits for both, and no tool runs twice', async (visit) => {
  const owned = await token({ agentIds: ['agent_asking'] });
  const chat = await visit(owned, { agentId: 'agent_asking', tools: TOOLS, features: { askUserQuestion: { expose: true } } });
  const resumed = chat.page.waitForResponse(/\/v1\/client\/resume$/);
  await chat.send('I take one');
  await resumed;
  await chat.pick('Red');
  await chat.bubble('Done. The cart has 1 article. Red').waitFor();
  await chat.answered();

  assert.deepEqual((await chat.told()).calls, CALLED);
  assert.deepEqual(chat.requests.map(({ endpoint }) => endpoint), ['init', 'chat', 'resume', 'resume']);
  assert.equal(adviser.asked.length, 2);
  assert.deepEqual((await owned.messages()).map(({ role, status }) => [role, status]), [['user', 'complete'], ['assistant', 'complete']]);
});
