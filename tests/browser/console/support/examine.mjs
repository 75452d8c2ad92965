// Examines the page that is shown, light and dark, at the widths of a phone, a tablet and a desktop: nothing may be wider
// than the window, axe-core may find nothing serious, and a picture of each is kept for looking at.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { becomes } from '../../support/becomes.mjs';

const ROOT = join(import.meta.dirname, '../../../..');
const AXE = readFileSync(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8');
const FOLDER = join(ROOT, '.local/screenshots');
const WIDTHS = [360, 768, 1440];
const SCHEMES = ['light', 'dark'];
const GRAVE = ['serious', 'critical'];

export async function examine(page, label) {
  mkdirSync(FOLDER, { recursive: true });
  const before = page.viewportSize();
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(FOLDER, `${label}-${width}-${colorScheme}.png`), fullPage: true });
      await becomes(() => overflowing(page), [], `${label}: wider than ${width} pixels`);
      await becomes(() => findings(page), [], `${label}: axe at ${width} pixels, ${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
}

/** What reaches beyond the window's right edge, unless something around it scrolls. */
export function overflowing(page) {
  return page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const isOutside = (element) => element.getBoundingClientRect().right > root.clientWidth + 1;
    return [...document.querySelectorAll('body *')].filter(isOutside).map((element) => element.outerHTML.slice(0, 120)).slice(0, 5);
  });
}

export async function findings(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter(({ impact }) => GRAVE.includes(impact))
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ html, any }) => `${html.slice(0, 160)} ${any[0]?.message ?? ''}`).join(' | ')}`);
}
