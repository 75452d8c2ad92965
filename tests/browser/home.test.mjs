// The page at the root, as a browser shows it: its policy lets its own style through, and its links lead on.
import { stage } from './console/support/stage.mjs';
import { becomes } from './support/becomes.mjs';

const { scene, origin } = await stage();

scene('it is drawn under its policy, on every width, light and dark', async (page) => {
  await page.goto(origin);
  await becomes(() => page.title(), 'Client Tokens');
  await becomes(() => page.locator('ul').evaluate((list) => getComputedStyle(list).listStyleType), 'none');
  await page.examine('home');
});

scene('by keyboard it leads to the console, the reference and the description', async (page) => {
  for (const [stops, path] of [[1, '/console/'], [2, '/docs/'], [3, '/openapi.json']]) {
    await page.goto(origin);
    for (let stop = 0; stop < stops; stop += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${origin}${path}`);
  }
});
