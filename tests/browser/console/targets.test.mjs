// Targets in the console: set up, changed and deleted.
import assert from 'node:assert/strict';
import { stage } from './support/stage.mjs';

const { scene, api, worker, key } = await stage();

const button = (page, name) => page.getByRole('button', { name, exact: true });
const fill = (page, label, value) => page.getByLabel(label, { exact: true }).fill(value);
const target = async (id) => (await api('GET', `/v1/targets/${id}`)).target;

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
  assert.ok(await button(page, 'Save changes').isDisabled());
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
    assert.equal(await page.getByLabel(label, { exact: true }).getAttribute('aria-invalid'), 'true', label);
  }
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

scene('a target is deleted, with what that does said before', async (page) => {
  await api('PUT', '/v1/targets/agent_gone', { upstream: { kind: 'echo' } });
  await page.open('/targets');
  await button(page, 'Delete agent_gone').click();
  assert.match(await page.getByRole('dialog').innerText(), /answered by the deployment's default/);
  await button(page, 'Delete target').click();
  await page.getByText('agent_gone is deleted.').waitFor();
  assert.equal((await worker.api('GET', '/v1/targets/agent_gone', { key })).status, 404);
});
