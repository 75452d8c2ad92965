// Takes the README's picture of the console: .local/screenshots/picture.png, copied by hand to console/picture.png.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { UNLIMITED, Visitor } from '../../http/support/page.mjs';
import { SCREENSHOTS, stage } from './support/stage.mjs';

/** Name, settings, and how many visitors chatted. */
const TOKENS = [
  ['Old landing page', { allowedOrigins: ['https://spring.example.com'] }, 2],
  ['Staging', { allowedOrigins: ['https://*.staging.example.com'], environment: 'test' }, 1],
  ['Help centre', { allowedOrigins: ['https://help.example.com', 'https://help.example.org'] }, 17],
  ['Shop assistant', { allowedOrigins: ['https://shop.example.com'] }, 42],
];
const MOST_BYTES = 80_000;

const { scene, origin, api, token } = await stage();

scene("the README's picture is taken, and small", async (page) => {
  for (const [name, settings, visitors] of TOKENS) {
    const { id, tokenValue, allowedOrigins: [entry] } = await token({ name, ...UNLIMITED, ...settings });
    for (let count = 0; count < visitors; count += 1) {
      const visitor = new Visitor(origin, tokenValue, { from: entry.replace('*', 'a') });
      await visitor.init();
      await visitor.chat('Hello');
    }
    if (name.startsWith('Old')) await api('PUT', `/v1/client-tokens/${id}`, { isActive: false });
  }
  await page.setViewportSize({ width: 1280, height: 560 });
  await page.open('/tokens');
  await page.getByRole('link', { name: 'Shop assistant' }).waitFor();
  const path = join(SCREENSHOTS, 'picture.png');
  await page.screenshot({ path });
  assert.ok(statSync(path).size < MOST_BYTES);
});
