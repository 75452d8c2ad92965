// A tenant with more client tokens than the API gives at once.
import { becomes } from '../support/becomes.mjs';
import { stage } from './support/stage.mjs';

const TOKENS = 230;
const { scene, token } = await stage();

scene('all are searched, those of later batches too, and shown fifty at a time', async (page) => {
  for (let n = 1; n <= TOKENS; n += 1) await token({ name: `Token ${n}` });
  await page.open('/tokens');
  await page.getByText(`${TOKENS} tokens`).waitFor();
  const rows = () => page.locator('tbody tr').count();
  await becomes(rows, 50);
  await page.getByRole('button', { name: 'Show more' }).click();
  await becomes(rows, 100);
  await page.getByLabel('Search').fill('Token 1');
  await page.getByText('111 tokens').waitFor();
  await page.getByLabel('Search').fill('Token 230');
  await page.getByText('1 token', { exact: true }).waitFor();
  await becomes(() => page.url(), /search=Token\+230/);
  await page.getByRole('link', { name: 'Token 230' }).click();
  await page.getByRole('heading', { name: 'Token 230' }).waitFor();
  // The way back leads to the same search.
  await page.goBack();
  await page.getByText('1 token', { exact: true }).waitFor();
  await becomes(() => page.getByLabel('Search').inputValue(), 'Token 230');
});
