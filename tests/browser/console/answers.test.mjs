// What answers for a token: asked first when one is made, never left out by accident, and told wherever a token is shown.
// The deployment has the built-in echo for targets that nobody set up; ready.test.mjs has one without.
import assert from 'node:assert/strict';
import { becomes } from '../support/becomes.mjs';
import { lacks } from './support/loaded.mjs';
import { stage } from './support/stage.mjs';

const { scene, api, token, worker } = await stage();
const { key: testKey } = await worker.mintKey({ environment: 'test' });

const button = (page, name) => page.getByRole('button', { name, exact: true });
const fill = (page, label, value) => page.getByLabel(label, { exact: true }).fill(value);
const named = async (name) => (await api('GET', '/v1/client-tokens')).clientTokens.find((found) => found.name === name);
const lists = ({ flowIds, defaultFlowId, agentIds }) => ({ flowIds, defaultFlowId, agentIds });

/** Fills in what else a token needs, and sends the form. */
async function create(page, name) {
  await fill(page, 'Name', name);
  await fill(page, 'Allowed origins, origin 1', 'https://app.example.com');
  await button(page, 'Create token').click();
}

scene('the form asks first what answers, and begins with nothing chosen', async (page) => {
  await api('PUT', '/v1/targets/agent_support', { name: 'Support', upstream: { kind: 'openai', baseUrl: 'https://a.example/v1', model: 'model-1' } });
  await page.open('/tokens/new');
  const group = page.getByRole('group').first();
  await becomes(() => group.locator('legend').first().innerText(), 'What answers?');
  const options = () => group.getByRole('checkbox').evaluateAll((all) => all.map((one) => [one.labels[0].innerText, one.checked]));
  await becomes(options, [['Support', false], ['The built-in echo', false], ['Nothing yet', false]]);
  await page.getByText('model-1').waitFor();
  await page.examine('answers-begin');
});

scene('a token without a target is not made by accident, and making one on purpose says what it means', async (page) => {
  await page.open('/tokens/new');
  await create(page, 'Empty');
  await page.getByRole('alert').getByText('Choose what answers, or say that nothing does yet.').waitFor();
  await page.waitForFunction(() => document.activeElement.ariaInvalid === 'true' && document.activeElement.type === 'checkbox');
  await page.examine('answers-missing');
  assert.equal(await named('Empty'), undefined);

  const nothing = page.getByLabel('Nothing yet');
  const [about] = (await nothing.getAttribute('aria-describedby')).split(' ');
  await becomes(() => page.locator(`[id="${about}"]`).innerText(), /every page that uses it is refused until you/);
  await nothing.check();
  await becomes(() => nothing.getAttribute('aria-invalid'), 'false');
  await button(page, 'Create token').click();
  await page.getByRole('heading', { name: 'Empty is made, but not ready' }).waitFor();
  const missing = page.getByRole('region', { name: 'What is missing' });
  await becomes(() => missing.innerText(), /no target[\s\S]*refused/);
  await page.examine('answers-not-ready');
  assert.deepEqual(lists(await named('Empty')), { flowIds: [], defaultFlowId: null, agentIds: [] });

  await missing.getByRole('button', { name: 'Choose what answers' }).click();
  await page.waitForFunction(() => document.activeElement.id === 'answers');
  await page.getByLabel('The built-in echo').check();
  await becomes(() => page.getByLabel('Nothing yet').isChecked(), false);
  await button(page, 'Save changes').click();
  await page.getByRole('status').getByText('The settings are saved.').waitFor();
  await missing.waitFor({ state: 'detached' });
  assert.deepEqual((await named('Empty')).flowIds, ['flow_echo']);
});

scene('the echo that the deployment has is chosen, and the token is ready', async (page) => {
  await page.open('/tokens/new');
  await page.getByLabel('The built-in echo').check();
  await create(page, 'Echoing');
  await page.getByRole('heading', { name: 'Echoing is ready' }).waitFor();
  await lacks(page.getByRole('region', { name: 'What is missing' }));
  assert.deepEqual(lists(await named('Echoing')), { flowIds: ['flow_echo'], defaultFlowId: null, agentIds: [] });
});

scene('choosing nothing lets go of what was chosen, and choosing something of nothing', async (page) => {
  await page.open('/tokens/new');
  const [echo, nothing] = [page.getByLabel('The built-in echo'), page.getByLabel('Nothing yet')];
  await echo.check();
  await nothing.check();
  await becomes(() => echo.isChecked(), false);
  await echo.check();
  await becomes(() => nothing.isChecked(), false);
  await echo.uncheck();
  for (const option of [echo, nothing]) await becomes(() => option.isChecked(), false);
  await page.getByText('By id, and which is first').click();
  await nothing.check();
  await button(page, 'Add agent').click();
  await becomes(() => nothing.isChecked(), false);
});

scene('a target is set up from the form by keyboard; it is chosen, and nothing that was typed is lost', async (page) => {
  await page.open('/tokens/new');
  await fill(page, 'Name', 'With a new one');
  await button(page, 'Set up a new one…').press('Enter');
  const dialog = page.getByRole('dialog', { name: 'New target' });
  await page.waitForFunction(() => document.activeElement.name === 'id');
  await page.keyboard.type('agent_made_here');
  await dialog.getByLabel('Answered by').selectOption('events');
  await dialog.getByLabel('Base URL').fill('https://backend.example/chat');
  await page.examine('answers-dialog');

  // What was typed is there again.
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement.innerText === 'Set up a new one…');
  await page.keyboard.press('Enter');
  await becomes(() => dialog.getByLabel('Id', { exact: true }).inputValue(), 'agent_made_here');
  await dialog.getByLabel('Base URL').press('Enter');
  await page.getByRole('status').getByText('agent_made_here is set up, and chosen for this token.').waitFor();
  await dialog.waitFor({ state: 'detached' });
  await becomes(() => page.getByLabel('agent_made_here').isChecked(), true);
  await becomes(() => page.getByLabel('Name', { exact: true }).inputValue(), 'With a new one');
  await create(page, 'With a new one');
  await page.getByRole('heading', { name: 'With a new one is ready' }).waitFor();
  assert.deepEqual(lists(await named('With a new one')), { flowIds: [], defaultFlowId: null, agentIds: ['agent_made_here'] });
  assert.equal((await api('GET', '/v1/targets/agent_made_here')).target.upstream.kind, 'events');
});

scene('a refusal of the new target is shown where it is made, and the token form stays as it is', async (page) => {
  await page.open('/tokens/new');
  await button(page, 'Set up a new one…').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Id', { exact: true }).fill('agent_support');
  await dialog.getByLabel('Answered by').selectOption('echo');
  await button(dialog, 'Set up target').click();
  await dialog.getByRole('alert').getByText('There is a target of this id already.').waitFor();
  await button(dialog, 'Cancel').click();
  await becomes(() => page.getByLabel('Support').isChecked(), false);
});

scene('the settings of a token show what is chosen, and set up another', async (page) => {
  const { id } = await token({ name: 'Chosen', agentIds: ['agent_support'], flowIds: ['flow_by_id'], defaultFlowId: 'flow_by_id' });
  await page.open(`/tokens/${id}`);
  await becomes(() => page.getByLabel('Support').isChecked(), true);
  // What isn't set up stands among the ids, which are open for it.
  await becomes(() => page.getByLabel('Flows, flow 1').inputValue(), 'flow_by_id');
  await becomes(() => button(page, 'Save changes').isDisabled(), true);
  await button(page, 'Set up a new one…').click();
  await page.getByRole('dialog').getByLabel('Id', { exact: true }).fill('flow_second');
  await page.getByRole('dialog').getByLabel('Answered by').selectOption('echo');
  await button(page, 'Set up target').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await button(page, 'Save changes').click();
  await page.getByRole('status').getByText('The settings are saved.').waitFor();
  assert.deepEqual(lists(await named('Chosen')), { flowIds: ['flow_by_id', 'flow_second'], defaultFlowId: 'flow_by_id', agentIds: ['agent_support'] });

  for (const label of ['Support', 'flow_second']) await page.getByLabel(label, { exact: true }).uncheck();
  await button(page, 'Remove flow 1').click();
  await page.getByLabel('Default flow').selectOption('');
  await button(page, 'Save changes').click();
  await page.getByRole('alert').getByText('Choose what answers, or say that nothing does yet.').waitFor();
  assert.equal((await named('Chosen')).agentIds.length, 1);
});

scene('with a test key the form says that no target can be set up, and offers only what works', async (page) => {
  await page.open('/tokens/new', { as: testKey });
  await page.getByText('With a test key you can choose a target, but not set one up').waitFor();
  await lacks(button(page, 'Set up a new one…'));
  await becomes(() => page.getByLabel('Environment').locator('option').allInnerTexts(), ['Test']);
  await page.examine('answers-test-key');
  await page.getByLabel('Support').check();
  await create(page, 'For tests');
  await page.getByRole('heading', { name: 'For tests is ready' }).waitFor();
  assert.deepEqual([(await named('For tests')).environment, (await named('For tests')).agentIds], ['test', ['agent_support']]);
});

scene('with a test key the targets can be read, and nothing about them is offered that fails', async (page) => {
  await page.open('/targets', { as: testKey });
  await page.getByRole('link', { name: 'Support' }).waitFor();
  await page.getByText('A test key can use the targets that are set up').waitFor();
  for (const name of [/New target/, /Delete/]) await lacks(page.getByRole('link', { name }).or(page.getByRole('button', { name })));
  await page.examine('targets-test-key');
  await page.getByRole('link', { name: 'Support' }).click();
  await page.getByLabel('Model').waitFor();
  await becomes(() => page.getByLabel('Model').isDisabled(), true);
  await lacks(button(page, 'Save changes'));
  await lacks(button(page, 'Send'));
  await page.examine('target-test-key');
  await page.open('/targets/new', { as: testKey });
  await page.getByText('A test key can use the targets that are set up').waitFor();
  await lacks(page.getByLabel('Id', { exact: true }));
});

scene('a key that may not read targets is told so, and writes their ids', async (page) => {
  const { key } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ,CLIENT_TOKENS:WRITE' });
  await page.open('/tokens/new', { as: key });
  await page.getByText('Your key may not read what is set up.').waitFor();
  await button(page, 'Add agent').click();
  await fill(page, 'Agents, agent 1', 'agent_support');
  await create(page, 'By id');
  await page.getByRole('heading', { name: 'By id is ready' }).waitFor();
});

scene('the targets page says what answers for all other ids', async (page) => {
  await page.open('/targets');
  await page.getByText("Other ids are answered by this deployment's default: Echo.").waitFor();
});
