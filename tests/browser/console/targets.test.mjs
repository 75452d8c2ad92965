// Targets in the console: set up, changed, tried and deleted.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { DONE, STOP, begin, says, startUpstream, word } from '#support/upstream.mjs';
import { becomes } from '../support/becomes.mjs';
import { lacks } from './support/loaded.mjs';
import { stage } from './support/stage.mjs';

const SECRET = 'sk-upstream-secret';
const { scene, api, worker, key } = await stage({
  bindings: { UPSTREAM_A: SECRET, UPSTREAM_A_HOSTS: '127.0.0.1, models.example' },
});
const upstream = await startUpstream();
after(upstream.stop);

const button = (page, name) => page.getByRole('button', { name, exact: true });
const field = (page, label) => page.getByLabel(label, { exact: true });
const fill = (page, label, value) => field(page, label).fill(value);
const fold = (page, name) => page.locator('summary', { hasText: name });
const target = async (id) => (await api('GET', `/v1/targets/${id}`)).target;
const save = async (page) => {
  await button(page, 'Save changes').click();
  await page.getByText('The target is saved.').waitFor();
};

const MODELS = { kind: 'openai', baseUrl: 'https://models.example/v1', model: 'model-1', systemPrompt: null, apiKeySecret: null };
const CONNECTION = {
  firstWordTimeoutMs: 60_000,
  silenceTimeoutMs: 1_000,
  headers: [{ name: 'x-title', value: 'Shop: a=b' }, { name: 'cf-aig-authorization', secret: 'UPSTREAM_A', prefix: 'Bearer ' }],
};
const SETTINGS = {
  temperature: 0.3,
  maxOutputTokens: 1_000,
  maxOutputTokensAs: 'max_tokens',
  reasoningEffort: 'low',
  systemRole: 'developer',
  maxInputBytes: 65_536,
  extra: { top_p: 0.5, stop: ['END'] },
  includeUsage: false,
  pictures: false,
  query: { 'api-version': '2024-10-21', tag: 'a=b' },
  authHeader: 'api-key',
  ...CONNECTION,
};

scene('a target of an OpenAI-compatible service is set up', async (page) => {
  await page.open('/targets');
  await page.getByRole('link', { name: 'Set up the first one' }).click();
  await page.examine('target-new');
  await fill(page, 'Id', 'flow_support');
  await fill(page, 'Name', 'Support');
  await fill(page, 'Description', 'Answers questions');
  await fill(page, 'Base URL', 'https://models.example/v1');
  await fill(page, 'Model', 'model-1');
  await fill(page, 'System prompt', 'Be kind.\nBe brief.');
  await button(page, 'Set up target').click();
  await page.getByRole('heading', { name: 'Support', exact: true }).waitFor();
  await page.getByRole('link', { name: '← Targets' }).click();
  await page.getByRole('link', { name: 'Support' }).waitFor();
  await page.examine('targets');
  const { name, description, upstream } = await target('flow_support');
  assert.deepEqual({ name, description, upstream }, {
    name: 'Support',
    description: 'Answers questions',
    upstream: { kind: 'openai', baseUrl: 'https://models.example/v1', model: 'model-1', systemPrompt: 'Be kind.\nBe brief.', apiKeySecret: null },
  });
});

scene('a target is changed to another kind, which drops what that kind has not', async (page) => {
  await api('PUT', '/v1/targets/flow_changed', { upstream: { kind: 'openai', baseUrl: 'https://a.example/v1', model: 'm' } });
  await page.open('/targets/flow_changed');
  await page.getByLabel('Answered by').selectOption('events');
  await fill(page, 'Base URL', 'https://backend.example/chat');
  await page.examine('target-edit');
  await button(page, 'Save changes').click();
  await page.getByText('The target is saved.').waitFor();
  assert.deepEqual((await target('flow_changed')).upstream, {
    kind: 'events', baseUrl: 'https://backend.example/chat', model: null, systemPrompt: null, apiKeySecret: null,
  });
  await becomes(() => button(page, 'Save changes').isDisabled(), true);
});

scene('faults stand at their fields, those of the upstream too', async (page) => {
  await page.open('/targets/new');
  await fill(page, 'Id', 'flow_faulty');
  await fill(page, 'Base URL', 'https://user@models.example/?x');
  await fill(page, 'Model', 'm');
  await fill(page, 'Name of the Worker secret with its key', 'OPENAI_KEY');
  await button(page, 'Set up target').click();
  await page.getByRole('alert').waitFor();
  for (const label of ['Base URL', 'Name of the Worker secret with its key']) {
    await becomes(() => page.getByLabel(label, { exact: true }).getAttribute('aria-invalid'), 'true', label);
  }
});

scene('a preset fills in what its service wants, and another one does not keep it', async (page) => {
  await page.open('/targets/new');
  await field(page, 'Preset').selectOption({ label: 'Azure OpenAI' });
  await becomes(() => field(page, 'Base URL').inputValue(), /openai\.azure\.com/);
  await becomes(() => field(page, 'Query').inputValue(), 'api-version=2024-10-21');
  await becomes(() => field(page, 'Header of the key').inputValue(), 'api-key');
  await becomes(() => field(page, 'Name of the Worker secret with its key').inputValue(), 'UPSTREAM_AZURE');
  await becomes(() => page.getByRole('link', { name: 'Make a key' }).getAttribute('href'), /^https:/);
  await page.examine('target-preset');
  await field(page, 'Preset').selectOption({ label: 'Ollama' });
  await becomes(() => field(page, 'Query').isVisible(), true);
  await fill(page, 'Id', 'flow_local');
  await fill(page, 'Model', 'llama3');
  await button(page, 'Set up target').click();
  await page.getByRole('heading', { name: 'flow_local', exact: true }).waitFor();
  assert.deepEqual((await target('flow_local')).upstream, {
    kind: 'openai', baseUrl: 'http://localhost:11434/v1', model: 'llama3', systemPrompt: null, apiKeySecret: null, maxOutputTokensAs: 'max_tokens',
  });
  await lacks(page.getByLabel('Preset'));
});

scene('settings are saved, and come back as they were typed', async (page) => {
  await api('PUT', '/v1/targets/flow_set', { upstream: MODELS });
  await page.open('/targets/flow_set');
  await becomes(() => field(page, 'Temperature').isVisible(), false);
  await fold(page, 'Settings').click();
  const typed = {
    'Temperature': '0.3', 'Reasoning effort': 'low', 'Longest answer, in tokens': '1000', 'Most of the input, in bytes': '65536',
    'Extra': JSON.stringify(SETTINGS.extra, null, 2), 'Query': 'api-version=2024-10-21\ntag=a=b', 'Header of the key': 'api-key',
    'Wait for first word (ms)': '60000', 'Wait in silence (ms)': '1000',
  };
  const chosen = { 'How the service calls that': 'max_tokens', 'Role of the system prompt': 'developer', 'Ask for the usage': 'no', 'Send pictures': 'no' };
  for (const [label, text] of Object.entries(typed)) await fill(page, label, text);
  for (const [label, value] of Object.entries(chosen)) await field(page, label).selectOption(value);
  await button(page, 'Add header').click();
  await becomes(() => field(page, 'Name of header 1').evaluate((input) => input === document.activeElement), true);
  await fill(page, 'Name of header 1', 'X-Title');
  await fill(page, 'Value of header 1', 'Shop: a=b');
  await button(page, 'Add header').click();
  await fill(page, 'Name of header 2', 'cf-aig-authorization');
  await field(page, 'Kind of header 2').selectOption({ label: 'A Worker secret' });
  await fill(page, 'Secret of header 2', 'UPSTREAM_A');
  await fill(page, 'Prefix of header 2', 'Bearer ');
  await page.examine('target-settings');
  await save(page);
  assert.deepEqual((await target('flow_set')).upstream, { ...MODELS, ...SETTINGS });
  await becomes(() => button(page, 'Save changes').isDisabled(), true);

  await page.open('/targets/flow_set');
  for (const [label, text] of Object.entries({ ...typed, ...chosen })) await becomes(() => field(page, label).inputValue(), text, label);
  await becomes(() => field(page, 'Name of header 1').inputValue(), 'x-title');
  await button(page, 'Remove header 1').click();
  await becomes(() => field(page, 'Secret of header 1').inputValue(), 'UPSTREAM_A');
  for (const label of ['Temperature', 'Extra', 'Query']) await fill(page, label, '');
  await field(page, 'Send pictures').selectOption('');
  await save(page);
  const { temperature, extra, query, pictures, ...left } = { ...MODELS, ...SETTINGS, headers: CONNECTION.headers.slice(1) };
  assert.deepEqual((await target('flow_set')).upstream, left);
});

scene('what is not touched is saved as it is', async (page) => {
  const events = { kind: 'events', baseUrl: 'https://models.example/chat', model: null, systemPrompt: null, apiKeySecret: 'UPSTREAM_A', ...CONNECTION };
  const explicit = { ...MODELS, ...SETTINGS, maxOutputTokensAs: 'max_completion_tokens', systemRole: 'system', includeUsage: true, pictures: true, temperature: 0 };
  for (const [id, fields] of Object.entries({ flow_own: events, flow_explicit: explicit })) {
    await api('PUT', `/v1/targets/${id}`, { upstream: fields });
    const before = (await target(id)).upstream;
    await page.open(`/targets/${id}`);
    await fill(page, 'Name', 'Renamed');
    await save(page);
    const { name, upstream: after } = await target(id);
    assert.equal(name, 'Renamed');
    assert.deepEqual(after, before);
    assert.deepEqual(after, fields);
  }
});

scene('faults of settings stand at their fields, those of the form itself too', async (page) => {
  const isInvalid = (label, expected) => becomes(() => field(page, label).getAttribute('aria-invalid'), String(expected), label);
  await api('PUT', '/v1/targets/flow_settings', { upstream: MODELS });
  await page.open('/targets/flow_settings');
  await fold(page, 'Settings').click();
  await fill(page, 'Extra', '{"top_p":');
  await fill(page, 'Query', 'api-version');
  await button(page, 'Save changes').click();
  await page.locator('.faults').getByText('It must be a JSON object').waitFor();
  for (const [label, expected] of [['Extra', true], ['Query', true], ['Temperature', false]]) await isInvalid(label, expected);

  await fill(page, 'Temperature', '3');
  await fill(page, 'Extra', '{"model": "another"}');
  await fill(page, 'Query', 'a b=1');
  for (const [name, value] of [['x-title', 'Shop'], ['Host', 'x'], ['X-Api-Key', 'x']]) {
    await button(page, 'Add header').click();
    await page.getByLabel(/^Name of header/).last().fill(name);
    await page.getByLabel(/^Value of header/).last().fill(value);
  }
  await button(page, 'Save changes').click();
  await page.locator('.faults').getByText(/^model /).waitFor();
  await page.locator('.faults').getByText(/^a b /).waitFor();
  for (const label of ['Temperature', 'Extra', 'Query', 'Name of header 2', 'Value of header 3']) await isInvalid(label, true);
  for (const label of ['Name of header 1', 'Value of header 1', 'Value of header 2', 'Name of header 3']) await isInvalid(label, false);
  await page.examine('target-settings-faulty');
  assert.deepEqual((await target('flow_settings')).upstream, MODELS);
});

scene('a fault that is folded up is shown', async (page) => {
  await api('PUT', '/v1/targets/flow_folded', { upstream: MODELS });
  await page.open('/targets/flow_folded');
  await fold(page, 'Settings').click();
  await fill(page, 'Most of the input, in bytes', '1');
  await fold(page, 'Settings').click();
  await becomes(() => field(page, 'Temperature').isVisible(), false);
  await button(page, 'Save changes').click();
  await field(page, 'Temperature').waitFor();
  await becomes(() => field(page, 'Most of the input, in bytes').evaluate((input) => input === document.activeElement), true);
});

scene('an id that is taken or none is refused before anything is replaced', async (page) => {
  await api('PUT', '/v1/targets/agent_taken', { upstream: { kind: 'echo' } });
  await page.open('/targets/new');
  await page.getByLabel('Answered by').selectOption('echo');
  for (const [id, text] of [['agent_taken', 'There is a target of this id already.'], ['support', 'It begins with flow_ or agent_']]) {
    await fill(page, 'Id', id);
    await button(page, 'Set up target').click();
    await page.getByRole('alert').getByText(text).waitFor();
  }
});

scene('a target is tried with one message, and what came back is plain text', async (page) => {
  const hostile = '<img src=x onerror="window.hurt=1"> **bold**';
  await api('PUT', '/v1/targets/agent_tried', { upstream: { kind: 'echo' } });
  await page.open('/targets/agent_tried');
  await fill(page, 'Message', hostile);
  await button(page, 'Send').click();
  await page.getByText('It answers').waitFor();
  await page.getByRole('blockquote').getByText(hostile, { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  await page.examine('target-tried');

  await api('PUT', '/v1/targets/agent_tried', { upstream: { kind: 'events', baseUrl: 'http://127.0.0.1:9/' } });
  await button(page, 'Send').click();
  await page.getByText('It failed').waitFor();
  await page.getByText("The assistant can't be reached.").waitFor();
});

scene('a try shows what was sent, but no secret, and what the answer took', async (page) => {
  await api('PUT', '/v1/targets/flow_sent', {
    upstream: { ...MODELS, baseUrl: upstream.url, apiKeySecret: 'UPSTREAM_A', query: { tag: 'a' }, extra: { top_p: 0.5 }, headers: [{ name: 'x-title', value: 'a-title' }] },
  });
  upstream.play = (response) => {
    begin(response);
    response.end(`${word('I am well.')}${STOP}data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 3 } })}\n\n${DONE}`);
  };
  await page.open('/targets/flow_sent');
  await button(page, 'Send').click();
  await page.getByText('It answers').waitFor();
  await page.getByText('12 tokens in and 3 tokens out').waitFor();
  await fold(page, 'What was sent').click();
  await page.getByText(`${upstream.url}/chat/completions?tag=a`, { exact: true }).waitFor();
  await page.getByText(/authorization.*x-title|x-title.*authorization/).waitFor();
  const body = page.getByLabel('Body', { exact: true });
  await becomes(async () => {
    const { model, top_p: topP, messages } = JSON.parse(await body.innerText());
    return [model, topP, messages.at(-1).content];
  }, ['model-1', 0.5, 'Hello! Who are you?']);
  const isLeftOut = (text) => !text.includes('a-title');
  await becomes(() => page.locator('.outcome').innerText(), isLeftOut, 'what a header holds');
  await page.examine('target-tried-sent');
  assert.equal(upstream.last.headers.authorization, `Bearer ${SECRET}`);
  assert.ok(!(await page.content()).includes(SECRET));
});

scene('a try that fails shows what the service said, without the secret', async (page) => {
  await api('PUT', '/v1/targets/flow_failing', { upstream: { ...MODELS, baseUrl: upstream.url, apiKeySecret: 'UPSTREAM_A' } });
  upstream.play = (response) => response.writeHead(401, { 'Content-Type': 'application/json' }).end(`{"error":{"message":"Incorrect key ${SECRET}"}}`);
  await page.open('/targets/flow_failing');
  await button(page, 'Send').click();
  await page.getByText('It failed').waitFor();
  await page.getByText('The service answered with status 401:').waitFor();
  await becomes(() => page.getByLabel("The service's answer").innerText(), /Incorrect key \[secret\]/);
  assert.ok(!(await page.content()).includes(SECRET));
  await page.examine('target-tried-failed');
});

scene('a try says what the service refused and is left out from now on', async (page) => {
  await api('PUT', '/v1/targets/flow_refusing', { upstream: { ...MODELS, baseUrl: upstream.url, model: 'model-2' } });
  const refusal = JSON.stringify({ error: { message: "Unknown parameter: 'stream_options'.", param: 'stream_options' } });
  upstream.play = (response, question) => {
    if (question.body.stream_options) response.writeHead(400, { 'Content-Type': 'application/json' }).end(refusal);
    else says('Fine')(response);
  };
  await page.open('/targets/flow_refusing');
  await button(page, 'Send').click();
  await page.getByText('It answers').waitFor();
  await page.getByText(/left out.*: the question for the usage\.$/).waitFor();
});

scene('a target is deleted, with what that does said before', async (page) => {
  await api('PUT', '/v1/targets/agent_gone', { upstream: { kind: 'echo' } });
  await page.open('/targets');
  await button(page, 'Delete agent_gone').click();
  await becomes(() => page.getByRole('dialog').innerText(), /answered by the deployment's default/);
  await button(page, 'Delete target').click();
  await page.getByText('agent_gone is deleted.').waitFor();
  assert.equal((await worker.api('GET', '/v1/targets/agent_gone', { key })).status, 404);
});
