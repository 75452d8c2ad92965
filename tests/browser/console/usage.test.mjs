// Usage: totals, plots that are drawn, and the same in a table.
import assert from 'node:assert/strict';
import { UNLIMITED, Visitor } from '../../http/support/page.mjs';
import { becomes } from '../support/becomes.mjs';
import { lacks } from './support/loaded.mjs';
import { stage } from './support/stage.mjs';

const { scene, token, origin } = await stage();

const tab = ({ id }) => `/tokens/${id}?tab=usage`;
const NONE = { origin: 0, inactive: 0, target: 0, upstream: 0, limit: 0, sessionLimit: 0, session: 0, shed: 0, conversation: 0, request: 0, error: 0 };

/** Answers for the API with made-up use, the more the later, in the slots that were asked for; gives what was asked. */
async function invent(page) {
  const asked = [];
  await page.route('**/usage?*', (route) => {
    const query = Object.fromEntries(new URL(route.request().url()).searchParams);
    asked.push(query);
    const step = query.by === 'hour' ? 3_600_000 : 86_400_000;
    const usage = [];
    for (let at = Date.parse(query.from), n = 1; at < Date.parse(query.to); at += step, n++) {
      const refused = { ...NONE, origin: n % 3, limit: n % 2, upstream: n % 5 === 0 ? 4 : 0 };
      usage.push({ at: new Date(at).toISOString(), inits: 10 * n, chats: 7 * n, refused, messages: 14 * n, tokensIn: 900 * n, tokensOut: 400 * n });
    }
    return route.fulfill({ json: { usage } });
  });
  return asked;
}

/** How many points of each plot are drawn upon. */
const ink = (page) => page.locator('.plot canvas').evaluateAll((all) => all.map((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, at) => at % 4 === 3 && value > 0).length;
}));

scene('a week of use is summed, plotted and tabled', async (page) => {
  const made = await token();
  const asked = await invent(page);
  await page.open(tab(made));
  await page.getByRole('heading', { name: 'Usage' }).waitFor();
  const totals = page.locator('.totals');
  await totals.getByText('280').waitFor();
  // 1 + 2 + … + 7 is 28.
  await becomes(() => totals.innerText(), /Sessions opened\s+280\s+Chats\s+196\s+Messages\s+392\s+Tokens in\s+25,200\s+Tokens out\s+11,200/);
  await becomes(() => page.locator('.plot').count(), 3);
  await becomes(() => ink(page), (plots) => plots.length === 3 && plots.every((points) => points > 1_000));
  await page.examine('usage');

  await page.getByText('The same in a table').click();
  await becomes(() => page.getByRole('row').count(), 8);
  for (const head of ['Sessions opened', 'Origin not allowed', 'Upstream failed']) await page.getByRole('columnheader', { name: head }).waitFor();
  await lacks(page.getByRole('columnheader', { name: 'Session is over' }));
  await page.examine('usage-table');
  assert.deepEqual(asked.map(({ by }) => by), ['day']);
});

scene('the stretch and its steps are chosen with the keyboard', async (page) => {
  const made = await token();
  const asked = await invent(page);
  await page.open(tab(made));
  await page.getByLabel('Time').waitFor();
  await page.locator('.plot').first().waitFor();
  await page.getByLabel('By').focus();
  await page.keyboard.press('h');
  await becomes(() => asked.map(({ by }) => by), ['day', 'hour']);
  await page.getByLabel('Time').selectOption('90');
  await becomes(() => asked.map(({ by }) => by), ['day', 'hour', 'day']);
  await page.getByText('The same in a table').waitFor();
  await becomes(() => page.getByLabel('By').isDisabled(), true);
  const last = asked.at(-1);
  assert.equal((Date.parse(last.to) - Date.parse(last.from)) / 86_400_000, 90);
});

scene('a token that nobody uses has an empty plot and no table rows', async (page) => {
  const made = await token();
  await page.open(tab(made));
  await page.getByText('Nothing was refused.').waitFor();
  await page.getByText('The same in a table').click();
  await page.getByText('No use in this time.').waitFor();
});

scene('what a page does is counted', async (page) => {
  const made = await token({ ...UNLIMITED, allowedOrigins: ['https://app.example.com'], flowIds: ['flow_a'] });
  const visitor = new Visitor(origin, made.tokenValue);
  await visitor.init();
  await visitor.chat('Hello');
  await page.open(tab(made));
  const chats = page.locator('.totals div', { hasText: 'Chats' }).locator('dd');
  await becomes(async () => {
    await page.getByRole('button', { name: 'Refresh' }).click();
    return chats.innerText();
  }, '1');
});
