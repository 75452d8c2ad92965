// The console's edits through an edge that compresses answers, and so weakens their entity tags.
import assert from 'node:assert/strict';
import { compressing } from '../../http/support/compressing.mjs';
import { lacks } from './support/loaded.mjs';
import { stage } from './support/stage.mjs';

const { scene, api, token } = await stage({ before: compressing, bindings: { DEFAULT_UPSTREAM: undefined } });

const settingsOf = async (id) => (await api('GET', `/v1/client-tokens/${id}`)).clientToken;
const button = (page, name) => page.getByRole('button', { name, exact: true });
const name = (page) => page.getByLabel('Name', { exact: true });

/** Presses a button and waits until the edit that it sends is answered: the tag it was held to, and what came back. */
async function edit(page, press) {
  const answered = page.waitForResponse((response) => response.request().method() === 'PUT');
  await press();
  const response = await answered;
  const headers = await response.allHeaders();
  assert.equal(headers['content-encoding'], 'gzip');
  assert.match(headers.etag, /^W\//);
  return { status: response.status(), match: (await response.request().allHeaders())['if-match'] };
}

scene('settings are saved one time after the other, each held to what was shown', async (page) => {
  const { id } = await token({ name: 'First' });
  await page.open(`/tokens/${id}`);
  for (const text of ['Second', 'Third']) {
    await name(page).fill(text);
    const { status, match } = await edit(page, () => button(page, 'Save changes').click());
    assert.equal(status, 200);
    assert.match(match, /^"/);
    await page.getByRole('heading', { name: text, exact: true }).waitFor();
    assert.equal((await settingsOf(id)).name, text);
  }
  await lacks(page.getByText('Somebody else changed'));
});

scene("somebody else's edit is still told, and one's own is saved over it at the version that the refusal brought", async (page) => {
  const { id } = await token({ name: 'Shared' });
  await page.open(`/tokens/${id}`);
  await name(page).fill('Mine');
  await api('PUT', `/v1/client-tokens/${id}`, { rateLimitPerMinute: 7 });
  const refused = await edit(page, () => button(page, 'Save changes').click());
  assert.equal(refused.status, 412);
  await page.getByText('Somebody else changed this token').waitFor();
  const saved = await edit(page, () => button(page, 'Save mine over them').click());
  assert.equal(saved.status, 200);
  assert.match(saved.match, /^"/);
  const { name: kept, rateLimitPerMinute } = await settingsOf(id);
  assert.deepEqual([kept, rateLimitPerMinute], ['Mine', 7]);
});

scene('what verify proposes is made, and settings are saved after a deactivation and after a new value', async (page) => {
  const { id, tokenValue } = await token({ agentIds: [] });
  await page.open('/verify');
  await page.getByLabel('Token value').fill(tokenValue);
  await page.getByLabel('Origin of the page').fill('https://shop.example.com');
  await button(page, 'Ask').click();
  await button(page, 'Make this change…').first().click();
  const made = await edit(page, () => button(page, 'Make this change').click());
  assert.equal(made.status, 200);
  assert.match(made.match, /^"/);
  assert.ok((await settingsOf(id)).allowedOrigins.includes('https://shop.example.com'));

  await page.open(`/tokens/${id}`);
  await button(page, 'Deactivate…').click();
  await edit(page, () => button(page, 'Deactivate').click());
  await page.getByText('Inactive', { exact: true }).waitFor();
  await name(page).fill('After the deactivation');
  assert.equal((await edit(page, () => button(page, 'Save changes').click())).status, 200);
  await button(page, 'Regenerate…').click();
  await button(page, 'Regenerate the value').click();
  await page.getByText('The token has a new value.').waitFor();
  await name(page).fill('After the new value');
  assert.equal((await edit(page, () => button(page, 'Save changes').click())).status, 200);
});
