// In a deployment without a default upstream, no page of the console takes a token for ready that nothing answers for, and
// each says what is missing and what to do. What it says is what the API warns of.
import assert from 'node:assert/strict';
import { becomes } from '../support/becomes.mjs';
import { lacks } from './support/loaded.mjs';
import { stage } from './support/stage.mjs';

const { scene, api, token, key, worker } = await stage({ bindings: { DEFAULT_UPSTREAM: undefined } });

const button = (page, name) => page.getByRole('button', { name, exact: true });
const missing = (page) => page.getByRole('region', { name: 'What is missing' });
const WARNINGS = ['no_target', 'unknown_target'];

await api('PUT', '/v1/targets/flow_there', { upstream: { kind: 'echo' } });

/** Tokens of every kind, each with the badge that tells what it lacks. */
const KINDS = [
  ['Whole', { flowIds: ['flow_there'], agentIds: [] }, undefined],
  ['Empty', { agentIds: [] }, 'No target'],
  ['Unanswered', { agentIds: ['agent_gone'] }, 'Nothing answers'],
  ['In part', { flowIds: ['flow_there'], agentIds: ['agent_gone'] }, 'Answers in part'],
  ['By default', { flowIds: ['flow_there', 'flow_gone'], defaultFlowId: 'flow_gone', agentIds: [] }, 'Nothing answers'],
];

const made = new Map();
for (const [name, lists] of KINDS) {
  const body = { name, allowedOrigins: ['https://app.example.com'], ...lists };
  const { clientToken, warnings } = await api('POST', '/v1/client-tokens', body);
  made.set(name, { ...clientToken, isWarned: warnings.some(({ type }) => WARNINGS.includes(type)) });
}

scene('the list says which tokens lack something, those that the API warns of and no others', async (page) => {
  await page.open('/tokens');
  for (const [name, , badge] of KINDS) {
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
    await becomes(() => row.locator('.badge').allInnerTexts(), badge ? ['Active', badge] : ['Active'], name);
    assert.equal(Boolean(badge), made.get(name).isWarned, name);
    // Green is for what works.
    await becomes(() => row.locator('.badge.good').count(), badge && badge !== 'Answers in part' ? 0 : 1, name);
  }
  await page.examine('ready-list');
});

scene('every section of a token that lacks something says so, with what to do', async (page) => {
  const { id } = made.get('Unanswered');
  for (const tab of ['', '?tab=origins', '?tab=usage', '?tab=conversations', '?tab=embed']) {
    await page.open(`/tokens/${id}${tab}`);
    await becomes(() => missing(page).innerText(), /Nothing answers for agent_gone[\s\S]*refused/, tab);
  }
  await lacks(page.locator('.about-token .badge.good'));
  await missing(page).getByRole('button', { name: 'Choose what answers' }).click();
  await page.waitForFunction(() => document.activeElement.id === 'answers');
  await page.getByText('Nothing answers for it yet: a page that asks for it is refused.').waitFor();
  await page.examine('ready-settings');
  await missing(page).getByRole('link', { name: 'Set up agent_gone' }).click();
  await becomes(() => page.getByLabel('Id', { exact: true }).inputValue(), 'agent_gone');
  await page.open(`/tokens/${made.get('Whole').id}`);
  await page.getByLabel('flow_there', { exact: true }).waitFor();
  await lacks(missing(page));
});

scene('choosing from the notice takes nothing away that was typed', async (page) => {
  await page.open(`/tokens/${made.get('Empty').id}`);
  await page.getByLabel('Name', { exact: true }).fill('Half done');
  // The second time, the address is there already.
  for (let times = 0; times < 2; times += 1) {
    await missing(page).getByRole('button', { name: 'Choose what answers' }).click();
    await page.waitForFunction(() => document.activeElement.id === 'answers');
  }
  await lacks(page.getByRole('dialog'));
  await becomes(() => page.getByLabel('Name', { exact: true }).inputValue(), 'Half done');
});

scene('the snippet is not called working, and there is no preview to be started', async (page) => {
  for (const name of ['Empty', 'Unanswered', 'By default']) {
    await page.open(`/tokens/${made.get(name).id}?tab=embed`);
    await page.getByText('no chat opens with it before something answers').waitFor();
    await page.getByText(/There is no chat to be tried yet: (this token has|nothing answers for)/).waitFor();
    await lacks(button(page, 'Start the preview'), name);
    await lacks(page.getByText('Works on the allowed origins only'), name);
  }
  await page.examine('ready-embed');
});

scene('a key that may not verify is not offered a preview that fails', async (page) => {
  const { key: reader } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ,TARGETS:READ' });
  await page.open(`/tokens/${made.get('Unanswered').id}?tab=embed`, { as: reader });
  await page.getByText('There is no chat to be tried yet').waitFor();
  await lacks(button(page, 'Start the preview'));
});

scene('no built-in echo is offered; a token by an id that nothing answers for is made, and not called ready', async (page) => {
  await page.open('/tokens/new');
  await page.getByLabel('flow_there', { exact: true }).waitFor();
  await lacks(page.getByLabel('The built-in echo'));
  await page.getByText('By id, and which is first').click();
  await button(page, 'Add agent').click();
  await page.getByLabel('Agents, agent 1').fill('agent_later');
  await page.getByText('Nothing answers for it yet').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Later');
  await page.getByLabel('Allowed origins, origin 1').fill('https://app.example.com');
  await button(page, 'Create token').click();
  await page.getByRole('heading', { name: 'Later is made, but not ready' }).waitFor();
  await page.examine('ready-made-not');
  // Set up, it is.
  await missing(page).getByRole('link', { name: 'Set up agent_later' }).click();
  await page.getByLabel('Answered by').selectOption('echo');
  await button(page, 'Set up target').click();
  await page.getByRole('heading', { name: 'agent_later', exact: true }).waitFor();
  const { id } = (await api('GET', '/v1/client-tokens')).clientTokens.find(({ name }) => name === 'Later');
  await page.open(`/tokens/${id}`);
  await page.getByLabel('agent_later', { exact: true }).waitFor();
  await lacks(missing(page));
});

scene('a key that can read no targets is still told what the API warned of', async (page) => {
  const { key: writer } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ,CLIENT_TOKENS:WRITE' });
  await page.open('/tokens/new', { as: writer });
  await button(page, 'Add flow').click();
  await page.getByLabel('Flows, flow 1').fill('flow_unread');
  await page.getByLabel('Name', { exact: true }).fill('Unread');
  await page.getByLabel('Allowed origins, origin 1').fill('https://app.example.com');
  await button(page, 'Create token').click();
  await page.getByRole('heading', { name: 'Unread is made, but not ready' }).waitFor();
  await page.open('/tokens', { as: writer });
  await page.getByText('No target', { exact: true }).waitFor();
});

scene('activating a token that nothing answers for promises nothing', async (page) => {
  const { id } = await token({ name: 'Asleep', agentIds: [] });
  await api('PUT', `/v1/client-tokens/${id}`, { isActive: false });
  await page.open(`/tokens/${id}`);
  await button(page, 'Activate…').click();
  await becomes(() => page.getByRole('dialog').innerText(), /still refused afterwards: this token has no target/);
});

scene('the targets page says that nothing answers for other ids', async (page) => {
  await page.open('/targets', { as: key });
  await page.getByText('Nothing answers for other ids: this deployment has no default').waitFor();
});
