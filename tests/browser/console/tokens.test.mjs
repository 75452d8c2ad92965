// Client tokens in the console: found, made, edited, revealed, and taken out of use.
import assert from 'node:assert/strict';
import { becomes } from '../support/becomes.mjs';
import { stage } from './support/stage.mjs';

const { scene, api, token } = await stage();

const settingsOf = async (id) => (await api('GET', `/v1/client-tokens/${id}`)).clientToken;
const button = (page, name) => page.getByRole('button', { name, exact: true });
const notice = (page, text) => page.getByRole('status').getByText(text).waitFor();
/** The values of the present dialog's button are said before it is pressed. */
const dialog = (page) => page.getByRole('dialog');
const go = (page, id, tab) => page.open(`/tokens/${id}${tab ? `?tab=${tab}` : ''}`);

/** Presses Tab until the element with this accessible name has the focus. */
async function tabTo(page, name) {
  for (let presses = 0; presses < 80; presses += 1) {
    const focused = await page.evaluate(() => {
      const { activeElement: element } = document;
      return element.ariaLabel ?? element.labels?.[0]?.innerText ?? element.innerText;
    });
    if (focused === name) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`The keyboard doesn't come to "${name}"`);
}

scene('a tenant without tokens is led to making one', async (page) => {
  await page.open('/tokens');
  await page.getByText('There is no client token yet.').waitFor();
  await page.examine('tokens-empty');
  await page.getByRole('link', { name: 'Make the first one' }).click();
  await page.getByRole('heading', { name: 'New client token' }).waitFor();
});

scene('a token is made with the keyboard alone; its value and the warnings are shown', async (page) => {
  await page.open('/tokens/new');
  await page.examine('token-new');
  await tabTo(page, 'The built-in echo');
  await page.keyboard.press('Space');
  await tabTo(page, 'Name');
  await page.keyboard.type('Made by keyboard');
  await tabTo(page, 'Allowed origins, origin 1');
  await page.keyboard.type('https://shop.example');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.ariaLabel === 'Allowed origins, origin 2');
  await page.keyboard.type('http://shop.example');
  await tabTo(page, 'Create token');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Made by keyboard is ready' }).waitFor();
  await becomes(() => page.getByLabel('Token value').inputValue(), /^ct_live_\w+$/);
  await becomes(() => page.getByText('Saved, but consider:').locator('..').innerText(), /http:\/\/shop\.example/);
  await page.examine('token-made');
  await tabTo(page, 'Open the token');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Made by keyboard', exact: true }).waitFor();
  const [made] = (await api('GET', '/v1/client-tokens')).clientTokens;
  assert.deepEqual(made.allowedOrigins, ['https://shop.example', 'http://shop.example']);
  assert.deepEqual([made.flowIds, made.agentIds], [['flow_echo'], []]);
});

scene('every field is sent as it was entered', async (page) => {
  await page.open('/tokens/new');
  const fill = (label, value) => page.getByLabel(label, { exact: true }).fill(value);
  await fill('Name', 'Every field');
  await fill('Allowed origins, origin 1', 'https://*.example.com');
  await page.getByText('By id, and which is first').click();
  await button(page, 'Add flow').click();
  await fill('Flows, flow 1', 'flow_a');
  await button(page, 'Add flow').click();
  await fill('Flows, flow 2', 'flow_b');
  await button(page, 'Add agent').click();
  await fill('Agents, agent 1', 'agent_a');
  await page.getByLabel('Default flow').selectOption('flow_b');
  await page.getByText('Versions', { exact: true }).click();
  await fill('Pinned version', 'v1.2.3');
  await fill('Target version id', 'version_1');
  await fill('Requests a minute', '60');
  await fill('Requests an hour', '');
  await fill('Messages a session', '500');
  await fill('Minutes until an idle session ends', '45');
  await fill('Welcome message', 'Hello!');
  await fill('Placeholder of the input', 'Ask me');
  await fill('When an answer fails', 'Ring us: <b>555</b>');
  await fill('When an answer breaks off', 'To be\ncontinued');
  await fill('Other configuration', '{"theme": {"primary": "#123456"}}');
  await page.getByLabel('Environment').selectOption('test');
  await fill('Product surface id', 'surface_1');
  await button(page, 'Create token').click();
  await page.getByRole('heading', { name: 'Every field is ready' }).waitFor();
  const found = (await api('GET', '/v1/client-tokens')).clientTokens.find(({ name }) => name === 'Every field');
  const { id, tokenPrefix, tokenHint, tokenValue, lastUsedAt, createdAt, updatedAt, conversationCount, conversationRetentionDays, ...settings } = found;
  assert.deepEqual(settings, {
    name: 'Every field', flowIds: ['flow_a', 'flow_b'], defaultFlowId: 'flow_b', agentIds: ['agent_a'],
    allowedOrigins: ['https://*.example.com'], environment: 'test', pinToVersion: 'v1.2.3', productSurfaceId: 'surface_1',
    targetAlias: null, targetVersionId: 'version_1', rateLimitPerMinute: 60, rateLimitPerHour: null,
    maxMessagesPerSession: 500, sessionIdleTimeoutMinutes: 45,
    config: {
      theme: { primary: '#123456' }, welcomeMessage: 'Hello!', placeholder: 'Ask me',
      failureMessage: 'Ring us: <b>555</b>', brokenMessage: 'To be\ncontinued',
    },
    isActive: true,
  });
});

scene('faults stand at their fields as the API tells them, and the first of them has the focus', async (page) => {
  await page.open('/tokens/new');
  await page.getByLabel('Name', { exact: true }).fill(' \t');
  await page.getByLabel('When an answer fails').fill('x'.repeat(501));
  await page.getByLabel('Allowed origins, origin 1').fill('https://a.example/path');
  await page.getByText('By id, and which is first').click();
  await button(page, 'Add flow').click();
  await page.getByLabel('Flows, flow 1').fill('no spaces allowed');
  await button(page, 'Create token').click();
  await page.getByRole('alert').waitFor();
  await becomes(() => page.getByLabel('Other configuration').getAttribute('aria-invalid'), 'false', 'each fault at one field');
  for (const label of ['Name', 'Allowed origins, origin 1', 'Flows, flow 1', 'When an answer fails']) {
    const field = page.getByLabel(label, { exact: true });
    await becomes(() => field.getAttribute('aria-invalid'), 'true', label);
    const [description] = (await field.getAttribute('aria-describedby')).split(' ').slice(-1);
    await becomes(() => page.locator(`[id="${description}"]`).innerText(), /.{6}/, label);
  }
  await page.waitForFunction(() => document.activeElement.name === 'flowIds.0');
  await page.examine('token-faults');
  await page.getByLabel('Name', { exact: true }).fill('Mended');
  await becomes(() => page.getByLabel('Name', { exact: true }).getAttribute('aria-invalid'), 'false');
});

scene('configuration that is no JSON object is refused before it is sent', async (page) => {
  await page.open('/tokens/new');
  await page.getByLabel('The built-in echo').check();
  await page.getByLabel('Name', { exact: true }).fill('Bad JSON');
  await page.getByLabel('Allowed origins, origin 1').fill('https://a.example');
  for (const text of ['{"theme":', '[1]', '"x"', 'null']) {
    await page.getByLabel('Other configuration').fill(text);
    await button(page, 'Create token').click();
    await page.getByText('It must be a JSON object').first().waitFor();
  }
  const { clientTokens } = await api('GET', '/v1/client-tokens');
  assert.ok(!clientTokens.some(({ name }) => name === 'Bad JSON'));
});

scene('an origin is checked while it is typed, and a wide one is explained', async (page) => {
  await page.open('/tokens/new');
  const origin = page.getByLabel('Allowed origins, origin 1');
  for (const [entry, text] of [
    ['https://a.example/shop', 'Remove the path /shop'],
    ['https://*.com', '* needs at least two labels'],
    ['ftp://a.example', 'Only http and https'],
    ['*', 'Every web page may use the token'],
    ['*.example.com', 'Every subdomain of example.com, not example.com itself'],
  ]) {
    await origin.fill(entry);
    await page.getByText(text).waitFor();
  }
});

scene('the list is searched by name, id and origin, and by state', async (page) => {
  const one = await token({ name: 'Findable one', allowedOrigins: ['https://findable.example'] });
  const two = await token({ name: 'Findable two' });
  await api('PUT', `/v1/client-tokens/${two.id}`, { isActive: false });
  await page.open('/tokens');
  const rows = () => page.getByRole('table').getByRole('link').allInnerTexts();
  const search = page.getByLabel('Search');
  await search.fill('findable');
  await becomes(rows, ['Findable two', 'Findable one']);
  await page.getByLabel('State').selectOption('inactive');
  await becomes(rows, ['Findable two']);
  await page.getByLabel('State').selectOption('');
  await search.fill(one.id);
  await becomes(rows, ['Findable one']);
  await search.fill('findable.example');
  await becomes(rows, ['Findable one']);
  await search.fill('');
  await page.examine('tokens');
  await search.fill('nothing like it');
  await page.getByText('No token fits.').waitFor();
});

scene('a token is edited with the keyboard alone, and only what changed is sent', async (page) => {
  const { id } = await token({ name: 'Before', rateLimitPerMinute: 5 });
  await go(page, id);
  await page.examine('token-settings');
  const sent = page.waitForRequest((request) => request.method() === 'PUT');
  await tabTo(page, 'Name');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('After');
  await tabTo(page, 'Save changes');
  await page.keyboard.press('Enter');
  assert.deepEqual((await sent).postDataJSON(), { name: 'After' });
  assert.match((await sent).headers()['if-match'], /^"/);
  await notice(page, 'The settings are saved.');
  await page.getByRole('heading', { name: 'After', exact: true }).waitFor();
  const saved = await settingsOf(id);
  assert.deepEqual([saved.name, saved.rateLimitPerMinute], ['After', 5]);
  await becomes(() => button(page, 'Save changes').isDisabled(), true);
});

scene("somebody else's edit in between is told, and either theirs is shown or one's own fields are saved over it", async (page) => {
  const { id } = await token({ name: 'Shared' });
  await go(page, id);
  const name = page.getByLabel('Name', { exact: true });
  await name.fill('Mine');
  await api('PUT', `/v1/client-tokens/${id}`, { name: 'Theirs', rateLimitPerMinute: 7 });
  await button(page, 'Save changes').click();
  await page.getByText('Somebody else changed this token').waitFor();
  assert.equal((await settingsOf(id)).name, 'Theirs');
  await page.examine('token-stale');
  await button(page, 'Show the present settings').click();
  await page.waitForFunction(() => document.querySelector('input[name=name]').value === 'Theirs');

  await name.fill('Mine again');
  await api('PUT', `/v1/client-tokens/${id}`, { rateLimitPerMinute: 8 });
  await button(page, 'Save changes').click();
  await button(page, 'Save mine over them').click();
  await notice(page, 'The settings are saved.');
  const { name: kept, rateLimitPerMinute } = await settingsOf(id);
  assert.deepEqual([kept, rateLimitPerMinute], ['Mine again', 8]);
  await becomes(() => page.getByLabel('Requests a minute').inputValue(), '8');
});

scene('a link does not take unsaved changes away unasked', async (page) => {
  const { id } = await token({ name: 'Kept' });
  await go(page, id);
  await page.getByLabel('Name', { exact: true }).fill('Half done');
  const away = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Targets' });
  await away.click();
  await becomes(() => dialog(page).innerText(), /not saved/);
  await button(page, 'Cancel').click();
  await becomes(() => page.getByLabel('Name', { exact: true }).inputValue(), 'Half done');
  await away.click();
  await button(page, 'Discard the changes').click();
  await page.getByRole('heading', { name: 'Targets' }).waitFor();
  assert.equal((await settingsOf(id)).name, 'Kept');
  // Nothing is left of the form that would ask again.
  await page.getByRole('link', { name: 'API keys' }).click();
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
});

scene('the value is shown and copied when asked for', async (page) => {
  const { id, tokenValue } = await token();
  await go(page, id);
  assert.ok(!(await page.content()).includes(tokenValue));
  await button(page, 'Copy value').click();
  await notice(page, 'The value is copied.');
  await becomes(() => page.evaluate(() => navigator.clipboard.readText()), tokenValue);
  await button(page, 'Reveal').click();
  await becomes(() => page.getByLabel('Token value').inputValue(), tokenValue);
});

scene('a new value is announced before it is made, and cancelling changes nothing', async (page) => {
  const { id, tokenValue } = await token();
  await go(page, id);
  await button(page, 'Regenerate…').click();
  await becomes(() => dialog(page).innerText(), /stops working at once/);
  await page.examine('token-regenerate');
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement.innerText === 'Regenerate…');
  assert.equal((await settingsOf(id)).tokenValue, tokenValue);
  await button(page, 'Regenerate…').click();
  await button(page, 'Regenerate the value').click();
  await notice(page, 'The token has a new value.');
  const { tokenValue: next } = await settingsOf(id);
  assert.notEqual(next, tokenValue);
  await becomes(() => page.getByLabel('Token value').inputValue(), next);
});

scene('a token is deactivated, activated and deleted, each with what it does said before', async (page) => {
  const { id } = await token({ name: 'Short-lived' });
  await go(page, id);
  await button(page, 'Deactivate…').click();
  await becomes(() => dialog(page).innerText(), /Nothing is lost/);
  await button(page, 'Deactivate').click();
  await page.getByText('Inactive', { exact: true }).waitFor();
  assert.equal((await settingsOf(id)).isActive, false);
  await button(page, 'Activate…').click();
  await button(page, 'Activate').click();
  await page.getByText('Active', { exact: true }).waitFor();
  await button(page, 'Delete…').click();
  await becomes(() => dialog(page).innerText(), /can't be taken back/);
  await button(page, 'Delete token').click();
  await page.getByRole('heading', { name: 'Client tokens' }).waitFor();
  assert.ok(!(await api('GET', '/v1/client-tokens')).clientTokens.some((found) => found.id === id));
});

scene('a token that is not there, and an id that is none, are told as the API tells them', async (page) => {
  await go(page, 'ct_00000000-0000-4000-8000-000000000000');
  await page.getByText('Client token not found').waitFor();
  await page.open('/tokens/nonsense');
  await page.getByText('Invalid client token ID').waitFor();
});

scene('markup in names, origins and configuration stays text', async (page) => {
  const hostile = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>';
  const { id } = await token({ name: hostile, config: { welcomeMessage: hostile, theme: hostile } });
  await page.open('/tokens');
  await page.getByRole('link', { name: hostile }).click();
  await page.getByRole('heading', { name: hostile }).waitFor();
  await button(page, 'Delete…').click();
  await becomes(() => dialog(page).innerText(), (text) => text.includes(hostile));
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  await api('DELETE', `/v1/client-tokens/${id}`);
});

scene('long names fit, on every width', async (page) => {
  const { id } = await token({ name: 'x'.repeat(255), allowedOrigins: [`https://${'a'.repeat(60)}.${'b'.repeat(60)}.example.com`] });
  await page.open('/tokens');
  await page.getByRole('table').waitFor();
  await page.examine('tokens-long');
  await go(page, id);
  await page.examine('token-long');
});

scene('a server that fails is told with its request, and asked again', async (page) => {
  await page.open('/audit-log');
  let isDown = true;
  const body = { error: 'Internal server error' };
  await page.route('**/v1/client-tokens?*', (route) =>
    isDown ? route.fulfill({ status: 500, json: body, headers: { 'X-Request-Id': 'request-1' } }) : route.continue());
  await page.getByRole('link', { name: 'Client tokens' }).first().click();
  await page.getByText('Request request-1').waitFor();
  isDown = false;
  await button(page, 'Try again').click();
  await page.getByRole('table').waitFor();
});
