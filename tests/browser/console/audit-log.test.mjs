// The audit log in the console.
import assert from 'node:assert/strict';
import { becomes } from '../support/becomes.mjs';
import { lacks } from './support/loaded.mjs';
import { stage } from './support/stage.mjs';

const { scene, api, token } = await stage();

const button = (page, name) => page.getByRole('button', { name, exact: true });

scene('an edit is shown with what was before and after, and leads to its token', async (page) => {
  const hostile = '<img src=x onerror="window.hurt=1">';
  const { id } = await token({ name: 'Old name' });
  await api('PUT', `/v1/client-tokens/${id}`, { name: hostile, rateLimitPerMinute: null });
  await page.open('/audit-log');
  const row = page.getByRole('row').filter({ hasText: 'Changed a client token' }).first();
  await row.getByText('2 fields').click();
  for (const part of ['Old name', hostile, 'rateLimitPerMinute', '10', 'null']) {
    await becomes(() => row.innerText(), (text) => text.includes(part), part);
  }
  await page.examine('audit-log');
  await row.getByRole('link', { name: id }).click();
  await page.getByRole('heading', { name: hostile }).waitFor();
  assert.equal(await page.evaluate(() => window.hurt), undefined);
});

scene('entries are filtered by action, object and actor, in the address too', async (page) => {
  const one = await token({ name: 'Filtered' });
  await api('GET', `/v1/client-tokens/${one.id}/token`);
  await page.open('/audit-log');
  const rows = page.getByRole('row').filter({ has: page.getByRole('cell') });
  await page.getByLabel('To', { exact: true }).fill(one.id);
  await button(page, 'Filter').click();
  await page.getByRole('row').nth(2).waitFor();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2);
  await page.getByLabel('What was done').selectOption('client_token.reveal');
  await button(page, 'Filter').click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  await becomes(() => rows.first().innerText(), /Revealed a client token's value/);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  await page.getByLabel('By', { exact: true }).fill('nobody');
  await button(page, 'Filter').click();
  await page.getByText('No entry fits.').waitFor();
  await button(page, 'Show all').click();
  await page.getByRole('table').waitFor();
});

scene('a long log comes in batches', async (page) => {
  const { id } = await token({ name: 'Busy' });
  for (let edit = 0; edit < 60; edit += 1) await api('PUT', `/v1/client-tokens/${id}`, { name: `Busy ${edit}` });
  await page.open(`/audit-log?objectId=${id}`);
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 50);
  await button(page, 'Show more').click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 61);
  await lacks(button(page, 'Show more'));
});
