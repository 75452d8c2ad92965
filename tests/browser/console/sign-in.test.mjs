// Signing in and out, the frame of the console, and the policies it is served under.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { clerk } from '../../http/support/clerk.mjs';
import { becomes } from '../support/becomes.mjs';
import { stage } from './support/stage.mjs';

const BOOTSTRAP_KEY = randomBytes(32).toString('hex');
const dashboard = clerk();
const { scene, origin, key, worker } = await stage({ bindings: { BOOTSTRAP_KEY, CLERK_JWT_KEY: dashboard.pem } });

const STORED = () => [{ ...sessionStorage }, { ...localStorage }, document.cookie];

scene('signing in with the keyboard alone shows the tokens, and the key is in this tab only', async (page) => {
  await page.open('/tokens', { as: null });
  await page.waitForFunction(() => document.activeElement.labels?.[0].innerText === 'API key');
  await page.keyboard.type(key);
  await page.examine('sign-in');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Client tokens' }).waitFor();
  await becomes(() => page.url(), (address) => !address.includes(key));
  await becomes(() => page.evaluate(STORED), [{ 'client-tokens.credential': key }, {}, '']);
  const other = await page.context().newPage();
  await other.goto(`${origin}/console/`);
  await other.getByRole('heading', { name: 'Sign in' }).waitFor();
});

scene('a key that is refused is told why, and is not kept', async (page) => {
  await page.open('/tokens', { as: null });
  await page.getByLabel('API key', { exact: true }).fill('rt_live_nonsense');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await becomes(() => page.getByRole('alert').innerText(), /API key/i);
  await becomes(() => page.evaluate(STORED), [{}, {}, '']);
});

scene('a key that may do little is a key all the same', async (page) => {
  const { key: small } = await worker.mintKey({ permissions: 'AUDIT:READ' });
  await page.open('/tokens', { as: null });
  await page.getByLabel('API key', { exact: true }).fill(small);
  await page.getByLabel('API key', { exact: true }).press('Enter');
  await page.getByText('CLIENT_TOKENS:READ').waitFor();
});

scene('the first key of a deployment is made with its BOOTSTRAP_KEY, once, shown, and signed in with', async (page) => {
  await page.open('/tokens', { as: null });
  const make = async (secret) => {
    await page.getByText('This deployment is new').click();
    await page.getByLabel('BOOTSTRAP_KEY').fill(secret);
    await page.getByLabel('Tenant').fill('newcomer');
    await page.getByRole('button', { name: 'Make the first API key' }).click();
  };
  await make(BOOTSTRAP_KEY);
  await page.getByRole('dialog').waitFor();
  await page.examine('first-key');
  const value = await page.getByRole('dialog').getByLabel('API key', { exact: true }).inputValue();
  assert.match(value, /^rt_live_/);
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByRole('heading', { name: 'Client tokens' }).waitFor();
  await becomes(() => page.evaluate(STORED), [{ 'client-tokens.credential': value }, {}, '']);

  await page.open('/tokens', { as: null });
  await make(BOOTSTRAP_KEY);
  await page.getByRole('alert').waitFor();
  await becomes(() => page.getByRole('alert').innerText(), /BOOTSTRAP_KEY/);
});

scene("a session token of Clerk's signs in like a key", async (page) => {
  await page.open('/tokens', { as: null });
  await page.getByText('I use Clerk').click();
  await page.getByLabel('API key', { exact: true }).fill(dashboard.token());
  await page.getByLabel('API key', { exact: true }).press('Enter');
  await page.getByText('There is no client token yet.').waitFor();
  await page.getByText('Session token', { exact: true }).waitFor();
});

scene('signing out forgets the key', async (page) => {
  await page.open('/tokens');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await becomes(() => page.evaluate(STORED), [{}, {}, '']);
});

scene('a key that is revoked meanwhile ends the session with the reason', async (page) => {
  const minted = await worker.mintKey();
  await page.open('/tokens', { as: minted.key });
  await page.getByRole('heading', { name: 'Client tokens' }).waitFor();
  await worker.api('DELETE', `/v1/api-keys/${minted.id}`, { key: minted.key });
  await page.reload();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await becomes(() => page.getByRole('alert').innerText(), /revoked|API key/i);
});

scene('on a phone the navigation is behind a button', async (page) => {
  await page.setViewportSize({ width: 360, height: 800 });
  await page.open('/tokens');
  const link = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Audit log' });
  await becomes(() => link.isVisible(), false);
  await page.getByRole('button', { name: 'Menu' }).click();
  await link.click();
  await page.getByRole('heading', { name: 'Audit log' }).waitFor();
  await becomes(() => link.isVisible(), false);
});

scene('an address without a page says so', async (page) => {
  await page.open('/nowhere/"><img src=x onerror=alert(1)>');
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
});

test('the console is served under a strict policy, and its scripts and styles may be kept for ever', async () => {
  const page = await fetch(`${origin}/console/`);
  assert.equal(page.status, 200);
  const policy = page.headers.get('Content-Security-Policy');
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.equal(page.headers.get('X-Content-Type-Options'), 'nosniff');
  assert.equal(page.headers.get('Referrer-Policy'), 'no-referrer');
  assert.match(page.headers.get('Cache-Control'), /max-age=0|no-cache/);
  const html = await page.text();
  const files = [...html.matchAll(/(?:src|href)="(\/console\/static\/[^"]+)"/g)].map(([, path]) => path);
  assert.equal(files.length, 2);
  for (const path of files) {
    const file = await fetch(origin + path);
    assert.match(file.headers.get('Cache-Control'), /^public, max-age=31536000, immutable$/);
    assert.equal(file.headers.get('Content-Security-Policy'), policy);
  }
  assert.doesNotMatch(html, /<script>|style="|<style| on\w+=/);
});

test('the path without the slash leads there, and every other path is the API\'s', async () => {
  const bare = await fetch(`${origin}/console`, { redirect: 'manual' });
  assert.deepEqual([bare.status, new URL(bare.headers.get('Location'), origin).pathname], [307, '/console/']);
  for (const path of ['/', '/index.html', '/_headers', '/.made-of', '/v1/nowhere', '/consoles']) {
    const response = await fetch(origin + path);
    assert.equal(response.status, 404, path);
    assert.ok((await response.json()).error, path);
  }
});
