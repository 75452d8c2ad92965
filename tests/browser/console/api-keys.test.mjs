// API keys in the console: made, shown once, replaced and revoked.
import assert from 'node:assert/strict';
import { becomes } from '../support/becomes.mjs';
import { isolated, stage } from './support/stage.mjs';

const { scene, api, worker } = await stage();

const button = (page, name) => page.getByRole('button', { name, exact: true });
const dialog = (page) => page.getByRole('dialog');
const keyOf = async (name) => (await api('GET', '/v1/api-keys')).apiKeys.find((key) => key.name === name);
const make = (name, more = {}, own) => api('POST', '/v1/api-keys', { name, permissions: ['CLIENT_TOKENS:READ'], ...more }, own);
const status = async (key) => (await worker.api('GET', '/v1/client-tokens', { key })).status;

scene('a key is made with what it may and its expiry, and its value is shown once', async (page) => {
  await page.open('/api-keys');
  await page.examine('api-keys');
  await button(page, 'New API key').click();
  await dialog(page).waitFor();
  await page.examine('api-key-new');
  await page.getByLabel('Name', { exact: true }).fill('Backend <b>bold</b>');
  await page.getByLabel('Verify token values').check();
  await page.getByLabel('Expires').fill('2040-01-02T03:04');
  await button(page, 'Create API key').click();
  const value = await page.getByLabel('API key', { exact: true }).inputValue();
  assert.match(value, /^rt_live_/);
  await page.examine('api-key-made');
  // No slip may lose the value.
  await page.keyboard.press('Escape');
  await becomes(() => dialog(page).isVisible(), true);
  await dialog(page).getByRole('button', { name: 'Copy' }).click();
  await becomes(() => page.evaluate(() => navigator.clipboard.readText()), value);
  await button(page, 'I have stored it').click();
  await dialog(page).waitFor({ state: 'detached' });
  await page.getByRole('cell', { name: 'Backend <b>bold</b> rt_live' }).waitFor();
  assert.ok(!(await page.content()).includes(value));
  const { permissions, expiresAt } = await keyOf('Backend <b>bold</b>');
  assert.deepEqual(permissions, ['CLIENT_TOKENS:READ', 'CLIENT_TOKENS:VERIFY']);
  assert.equal(expiresAt, new Date('2040-01-02T03:04').toISOString());
  assert.equal(await status(value), 200);
});

scene('what a key may not be is told in the dialog', async (page) => {
  await page.open('/api-keys');
  await button(page, 'New API key').click();
  await page.getByLabel('Name', { exact: true }).fill('Late');
  await page.getByLabel('Expires').fill('2020-01-02T03:04');
  await page.getByLabel('Read client tokens and conversations').uncheck();
  await button(page, 'Create API key').click();
  await dialog(page).getByRole('alert').waitFor();
  await becomes(() => page.getByLabel('Expires').getAttribute('aria-invalid'), 'true');
  await becomes(() => page.getByLabel('Everything').getAttribute('aria-invalid'), 'true');
});

scene('a key gets a new value, and the old one works on for as long as chosen', async (page) => {
  const { key } = await make('Rotated');
  await page.open('/api-keys');
  await button(page, `Regenerate ${isolated('Rotated')}`).click();
  await page.getByLabel('The old value ends').selectOption('At once');
  await button(page, 'Regenerate the value').click();
  const value = await page.getByLabel('API key', { exact: true }).inputValue();
  assert.deepEqual([await status(key), await status(value)], [401, 200]);
  await button(page, 'I have stored it').click();

  await button(page, `Regenerate ${isolated('Rotated')}`).click();
  await button(page, 'Regenerate the value').click();
  await page.getByText('The old value works until').waitFor();
  assert.equal(await status(value), 200);
  const present = await page.getByLabel('API key', { exact: true }).inputValue();
  await button(page, 'I have stored it').click();

  // Until it is ended, which its own row tells.
  await page.getByRole('row', { name: /Rotated.*Old value until/ }).waitFor();
  await page.examine('api-key-grace');
  await button(page, `End the old value of ${isolated('Rotated')}`).click();
  await dialog(page).waitFor();
  await page.examine('api-key-end-old');
  await dialog(page).getByRole('button', { name: 'End the old value' }).click();
  await page.getByText('The old value of Rotated is ended.').waitFor();
  assert.deepEqual([await status(value), await status(present)], [401, 200]);
  await button(page, `End the old value of ${isolated('Rotated')}`).waitFor({ state: 'detached' });
});

scene("the tab's own key may be replaced: it goes on with the new value", async (page) => {
  const { key } = await make('My own', { permissions: ['*'] });
  await page.open('/api-keys', { as: key });
  await button(page, `Regenerate ${isolated('My own')}`).click();
  await page.getByText('this tab goes on with the new value').waitFor();
  await page.getByLabel('The old value ends').selectOption('At once');
  await button(page, 'Regenerate the value').click();
  await button(page, 'I have stored it').click();
  await page.reload();
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
});

scene('a key is revoked, with the keys that it made if wished', async (page) => {
  const { key: parent } = await make('Parent', { permissions: ['*'] });
  const { key: child } = await make('Child', {}, parent);
  await page.open('/api-keys');
  await button(page, `Revoke ${isolated('Parent')}`).click();
  await becomes(() => dialog(page).innerText(), /can't be taken back[\s\S]*1 key that it made[\s\S]*Child/);
  await page.examine('api-key-revoke');
  await page.keyboard.press('Escape');
  assert.equal(await status(parent), 200);
  await button(page, `Revoke ${isolated('Parent')}`).click();
  await page.getByLabel('Also revoke 1 key that it made').check();
  await button(page, 'Revoke 2 keys').click();
  await page.getByText('Parent is revoked.').waitFor();
  assert.deepEqual([await status(parent), await status(child)], [401, 401]);
});

scene('a key that may not do it is told what is missing', async (page) => {
  const { key } = await make('Reader');
  await page.open('/api-keys', { as: key });
  await page.getByText('API_KEYS:READ').waitFor();
});
