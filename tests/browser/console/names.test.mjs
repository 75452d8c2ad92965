// Names that are written from right to left, wherever the console shows one: each is set apart, so that it doesn't turn
// the text around it (contract section 2).
import { becomes } from '../support/becomes.mjs';
import { isolated, stage } from './support/stage.mjs';

const { scene, api, token } = await stage();

/** Ends in a neutral character, which would move to the other side of the text behind it. */
const NAME = 'שלום עולם (1';

/**
 * The places where the page shows the name raw: as text outside of <bdi>, or in a title or label without the characters
 * that set it apart. A field's own value is no place.
 */
const raw = (page) => page.evaluate(([name, apart]) => {
  const found = [];
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const isTitle = node.parentElement.closest('title');
      if (!isTitle && node.data.includes(name) && !node.parentElement.closest('bdi, textarea, script')) found.push(node.parentElement.outerHTML);
    } else {
      for (const { name: attribute, value } of node.attributes) {
        if (attribute !== 'value' && value.replaceAll(apart, '').includes(name)) found.push(`${attribute}=${value}`);
      }
    }
  }
  if (document.title.replaceAll(apart, '').includes(name)) found.push(document.title);
  return found;
}, [NAME, isolated(NAME)]);

async function seen(page, what) {
  const all = page.getByText(NAME);
  await all.first().waitFor();
  await becomes(() => raw(page), [], what);
  const isApart = (text) => !text.includes('\u2068');
  await becomes(() => page.locator('body').textContent(), isApart, `${what}: the characters are for titles and labels`);
}

const isNamed = (title) => title.startsWith(isolated(NAME));
const button = (page, name) => page.getByRole('button', { name, exact: true });
const cancel = (page) => page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

scene('of a client token: in lists, headings, titles and dialogs', async (page) => {
  const { id } = await token({ name: NAME });
  await page.open('/tokens');
  await seen(page, 'list');
  await page.open(`/tokens/${id}?tab=settings`);
  await seen(page, 'page');
  await becomes(() => page.title(), isNamed);
  await button(page, 'Deactivate…').click();
  await page.getByRole('dialog').waitFor();
  await seen(page, 'deactivate');
  await cancel(page);
  await button(page, 'Delete…').click();
  await page.getByRole('dialog').waitFor();
  await seen(page, 'delete');
  await button(page, 'Delete token').click();
  await page.getByText(`${NAME} is deleted.`).waitFor();
  await seen(page, 'notice');
  await page.open('/audit-log');
  await page.getByText('16 fields').first().click();
  await seen(page, 'audit log');
});

scene('of an API key: in the list and in each dialog', async (page) => {
  await api('POST', '/v1/api-keys', { name: NAME, permissions: ['CLIENT_TOKENS:READ'] });
  await page.open('/api-keys');
  await seen(page, 'list');
  for (const action of ['Regenerate', 'Revoke']) {
    await button(page, `${action} ${isolated(NAME)}`).click();
    await page.getByRole('dialog').waitFor();
    await seen(page, action);
    await cancel(page);
  }
  await button(page, `Regenerate ${isolated(NAME)}`).click();
  await button(page, 'Regenerate the value').click();
  await page.getByLabel('API key', { exact: true }).waitFor();
  await seen(page, 'made');
});

scene('of a target: in the list and on its page', async (page) => {
  await api('PUT', '/v1/targets/flow_named', { name: NAME, upstream: { kind: 'echo' } });
  await page.open('/targets');
  await seen(page, 'list');
  await page.open('/targets/flow_named');
  await seen(page, 'page');
  await becomes(() => page.title(), isNamed);
});

scene('of a token and its user: in a verdict', async (page) => {
  const { id } = await token({ name: NAME });
  const { token: value } = await api('POST', `/v1/client-tokens/${id}/mint`, { user: { id: 'ada', name: NAME } });
  await page.open('/verify');
  await page.getByLabel('Token value').fill(value);
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByText('Minted for').waitFor();
  await seen(page, 'verdict');
});
