// Origins seen: who asked, whether they are admitted, and allowing one that was refused.
import assert from 'node:assert/strict';
import { UNLIMITED, Visitor } from '../../http/support/page.mjs';
import { becomes } from '../support/becomes.mjs';
import { lacks } from './support/loaded.mjs';
import { stage } from './support/stage.mjs';

const { scene, token, api, origin } = await stage();

const tab = ({ id }) => `/tokens/${id}?tab=origins`;
const stored = async ({ id }) => (await api('GET', `/v1/client-tokens/${id}`)).clientToken;

/** Sends an init from each origin (null: without one), and waits until all are known. */
async function seen(page, made, origins) {
  for (const from of origins) await new Visitor(origin, made.tokenValue, { from }).init();
  await becomes(async () => (await api('GET', `/v1/client-tokens/${made.id}/observed-origins`)).origins.length, origins.length);
  await page.open(tab(made));
}

const row = (page, name) => page.getByRole('row').filter({ hasText: name });

scene('a refused origin is allowed with a click, and the caution is said before', async (page) => {
  const made = await token({ ...UNLIMITED, allowedOrigins: ['https://app.example.com'] });
  await seen(page, made, ['https://app.example.com', 'https://shop.example.com', 'http://old.example.com', null]);
  await row(page, 'https://app.example.com').getByText('Allowed', { exact: true }).waitFor();
  await row(page, 'https://shop.example.com').getByText('Refused').waitFor();
  await page.examine('origins');

  await page.getByRole('button', { name: 'Allow https://shop.example.com' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('https://shop.example.com joins the allowed origins.').waitFor();
  await dialog.getByRole('button', { name: 'Make this change' }).click();
  await row(page, 'https://shop.example.com').getByText('Allowed', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Allow http://old.example.com' }).click();
  await dialog.getByText(/can be changed on their way/).waitFor();
  await page.examine('origins-dialog');
  await dialog.getByRole('button', { name: 'Make this change' }).click();
  await page.getByText('Saved, but consider:').waitFor();

  await page.getByRole('button', { name: 'Allow native' }).click();
  await dialog.getByText(/any program can send one/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  const { allowedOrigins } = await stored(made);
  assert.deepEqual(allowedOrigins, ['https://app.example.com', 'https://shop.example.com', 'http://old.example.com']);
});

scene('what somebody else allowed meanwhile stays allowed', async (page) => {
  const made = await token({ ...UNLIMITED, allowedOrigins: ['https://app.example.com'] });
  await seen(page, made, ['https://shop.example.com']);
  await page.getByRole('button', { name: 'Allow https://shop.example.com' }).waitFor();
  await api('PUT', `/v1/client-tokens/${made.id}`, { allowedOrigins: ['https://new.example.com'] });
  await page.getByRole('button', { name: 'Allow https://shop.example.com' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make this change' }).click();
  await row(page, 'https://shop.example.com').getByText('Allowed', { exact: true }).waitFor();
  assert.deepEqual((await stored(made)).allowedOrigins, ['https://new.example.com', 'https://shop.example.com']);
});

scene('an origin that only * admits, and the rest of a flood, have no button', async (page) => {
  const made = await token();
  const at = new Date().toISOString();
  const sighting = (text) => ({ origin: text, allowed: false, count: 3, firstSeenAt: at, lastSeenAt: at });
  await page.route('**/observed-origins', (route) => route.fulfill({
    json: { origins: ['null', 'capacitor://localhost', 'other', '<img src=x onerror=alert(1)>'].map(sighting), windowDays: 7 },
  }));
  await page.open(tab(made));
  await page.getByText('All others').waitFor();
  await page.getByText('<img src=x onerror=alert(1)>').waitFor();
  await lacks(page.getByRole('button', { name: /^Allow/ }));
});

scene('a token that nobody used says so', async (page) => {
  await page.open(tab(await token()));
  await page.getByText('No request has been seen yet.').waitFor();
});
