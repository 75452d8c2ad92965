// "Why was this refused?": the verdict in plain words, and the change that turns it, made and asked about again.
import assert from 'node:assert/strict';
import { becomes } from '../support/becomes.mjs';
import { lacks } from './support/loaded.mjs';
import { stage } from './support/stage.mjs';

const { scene, token, api, worker } = await stage();

const stored = async ({ id }) => (await api('GET', `/v1/client-tokens/${id}`)).clientToken;

/** Writes the question and sends it. */
async function question(page, fields) {
  await page.open('/verify');
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label).fill(text);
  await page.getByRole('button', { name: 'Ask' }).click();
}

scene('an origin that is not listed is allowed with a click, said before, and admitted then', async (page) => {
  const made = await token();
  await question(page, { 'Token value': made.tokenValue, 'Origin of the page': 'https://shop.example.com/cart?x=1' });
  await page.getByRole('heading', { name: /Refused\s+The page’s origin is not allowed/ }).waitFor();
  await page.getByText('https://shop.example.com joins the allowed origins.').waitFor();
  await page.examine('verify-refused');

  await page.getByRole('button', { name: 'Make this change…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change “Console test”?' });
  await dialog.getByText('https://shop.example.com joins the allowed origins.').waitFor();
  await page.examine('verify-dialog');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  assert.deepEqual((await stored(made)).allowedOrigins, ['https://app.example.com']);

  await page.getByRole('button', { name: 'Make this change…' }).click();
  await dialog.getByRole('button', { name: 'Make this change' }).click();
  await page.getByRole('heading', { name: /Admitted\s+This would work/ }).waitFor();
  assert.deepEqual((await stored(made)).allowedOrigins, ['https://app.example.com', 'https://shop.example.com']);
  await page.examine('verify-admitted');
});

scene('with the keyboard alone a token is found switched off, and switched on', async (page) => {
  const made = await token();
  await api('PUT', `/v1/client-tokens/${made.id}`, { isActive: false });
  await page.open('/verify');
  await page.getByLabel('Token value').focus();
  await page.keyboard.type(made.tokenValue);
  await page.keyboard.press('Tab');
  await page.keyboard.type('https://app.example.com');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /switched off/ }).waitFor();
  // The answer has the focus: the change is the first thing in it.
  await page.waitForFunction(() => document.activeElement.ariaLabel === 'The answer');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText('The token is switched on.').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /Admitted/ }).waitFor();
  assert.equal((await stored(made)).isActive, true);
});

scene('what the API warns of is told before and after', async (page) => {
  const made = await token();
  await question(page, { 'Token value': made.tokenValue, 'Origin of the page': 'http://shop.example.com' });
  await page.getByRole('button', { name: 'Make this change…' }).click();
  await page.getByRole('dialog').getByText(/Pages over http can be changed on their way/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Make this change' }).click();
  await page.getByRole('heading', { name: /Admitted/ }).waitFor();
  await page.getByText('Saved, but consider:').waitFor();
  await page.getByText(/http:\/\/shop\.example\.com/).first().waitFor();
});

scene('somebody else\'s change meanwhile is not undone', async (page) => {
  const made = await token();
  await question(page, { 'Token value': made.tokenValue, 'Origin of the page': 'https://shop.example.com' });
  await page.getByRole('button', { name: 'Make this change…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await api('PUT', `/v1/client-tokens/${made.id}`, { allowedOrigins: ['https://new.example.com'] });
  await dialog.getByRole('button', { name: 'Make this change' }).click();
  await dialog.getByRole('alert').waitFor();
  assert.deepEqual((await stored(made)).allowedOrigins, ['https://new.example.com']);
});

scene('a minted value is told with its user and its end', async (page) => {
  const made = await token();
  const { token: value } = await api('POST', `/v1/client-tokens/${made.id}/mint`, { user: { id: 'user_42', name: 'Ada <b>L.</b>' } });
  await question(page, { 'Token value': value, 'Origin of the page': 'https://app.example.com' });
  await page.getByRole('heading', { name: /Admitted/ }).waitFor();
  await becomes(() => page.locator('.verdict .facts').innerText(), /Minted for\s+Ada <b>L\.<\/b> user_42\s+Good until/);
});

scene('a value that is none, and one that nothing mends, are told without a button', async (page) => {
  await question(page, { 'Token value': '<img src=x onerror=alert(1)>' });
  await page.getByRole('heading', { name: /This is not a token value/ }).waitFor();
  await lacks(page.getByRole('button', { name: 'Make this change…' }));

  const made = await token();
  await api('POST', `/v1/client-tokens/${made.id}/regenerate`);
  await question(page, { 'Token value': made.tokenValue, 'Origin of the page': 'https://app.example.com' });
  await page.getByRole('heading', { name: /This value is an old one/ }).waitFor();
  await lacks(page.getByRole('button', { name: 'Make this change…' }));
});

scene('faults of the question stand at their fields, and a key without the scope is told', async (page) => {
  const made = await token();
  await question(page, { 'Token value': made.tokenValue, 'Visitor\'s IP address': 'here' });
  const field = page.getByLabel('Visitor\'s IP address');
  await page.getByText(/must be the visitor's IPv4 or IPv6 address/).first().waitFor();
  await becomes(() => field.getAttribute('aria-invalid'), 'true');

  const { key } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ' });
  await page.open('/verify', { as: key });
  await page.getByLabel('Token value').fill(made.tokenValue);
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByText(/CLIENT_TOKENS:VERIFY/).waitFor();
});
