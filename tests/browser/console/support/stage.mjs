// Sets the stage for a test of the console: the built Worker with its files, a browser, and an operator's API key.
// In every scene, what the browser reports, a violated policy, or a request to another host is a failure.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { start } from '../../../http/support/worker.mjs';
import { PATIENCE_MS, TIMEOUT_MS } from '../../support/becomes.mjs';
import { launch } from '../../support/chromium.mjs';
import { examine } from './examine.mjs';
import { loaded } from './loaded.mjs';

export const SCREENSHOTS = join(import.meta.dirname, '../../../../.local/screenshots');

/** A name as it stands in titles and labels, apart from the text around it. */
export const isolated = (name) => `\u2068${name}\u2069`;

export async function stage(options = {}) {
  const ends = [];
  const end = async () => {
    for (const close of ends.splice(0).reverse()) await close();
  };
  after(end);
  try {
    return await set((close) => ends.push(close), options);
  } catch (error) {
    // A file that can't even begin never comes to its hooks.
    await end();
    throw error;
  }
}

/** `before` starts what stands between the browser and the Worker, whose address it is given. */
async function set(onEnd, { before, bindings, ...options }) {
  const worker = await start({ hasAssets: true, bindings: { DEFAULT_UPSTREAM: 'echo', ...bindings }, ...options });
  onEnd(() => worker.stop());
  const edge = await before?.(worker.origin);
  if (edge) onEnd(() => edge.stop());
  const { origin } = edge ?? worker;
  const { key } = await worker.mintKey();
  const browser = await launch();
  onEnd(() => browser.close());

  /** Asks the API past the console, with the operator's key unless another is given; gives the body. */
  const api = async (method, path, body, own = key) => {
    const { status, json } = await worker.api(method, path, { key: own, body });
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  };
  return {
    worker,
    origin,
    key,
    api,
    /** A new client token, as the API gives it on create: `{ id, tokenValue, … }`. */
    token: async (settings = {}) => {
      const usual = { name: 'Console test', agentIds: ['agent_a'], allowedOrigins: ['https://app.example.com'] };
      return (await api('POST', '/v1/client-tokens', { ...usual, ...settings })).clientToken;
    },
    /**
     * A test with a browser profile of its own. `play` gets a page of Playwright with `open(path)` added, which shows a
     * page of the console with all that it loads, signed in with the operator's key or `{ as: key }`, or signed out with
     * `{ as: null }`.
     */
    scene: (name, play, settings) =>
      test(name, { timeout: TIMEOUT_MS }, async () => {
        const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'], ...settings });
        const page = await context.newPage();
        page.setDefaultTimeout(PATIENCE_MS);
        const faults = watch(page, origin);
        page.open = (path, { as = key } = {}) => open(page, origin, path, as);
        page.examine = (label) => examine(page, label);
        try {
          await play(page);
          assert.deepEqual(faults, []);
        } catch (error) {
          await shoot(page, name);
          if (faults.length) console.error(faults.join('\n'));
          console.error(worker.logs.lines.slice(-5).join('\n'));
          throw error;
        } finally {
          await context.close();
        }
      }),
  };
}

async function open(page, origin, path, credential) {
  await page.goto(`${origin}/console/icon.svg`);
  await page.evaluate((value) => {
    if (value) sessionStorage.setItem('client-tokens.credential', value);
    else sessionStorage.clear();
  }, credential);
  await page.goto(`${origin}/console/#${path}`);
  await loaded(page);
}

/** What the browser reports and is no fault: a refusal of the API, one of the preview's sandbox, and that sandbox's being of this origin. */
const NO_FAULTS = /^Failed to load resource|^Unsafe attempt to initiate navigation .* sandboxed|^An iframe which has both allow-scripts and allow-same-origin/;

/** Collects what is never right. */
function watch(page, origin) {
  const faults = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !NO_FAULTS.test(message.text())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(`Thrown: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && asked !== origin) faults.push(`A request to ${asked}`);
  });
  return faults;
}

/** What a scene that failed looked like. */
async function shoot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const path = join(SCREENSHOTS, `failed-${name.replaceAll(/\W+/g, '-')}.png`);
  // A page that can't be shown must not hide why the scene failed.
  await page.screenshot({ path, fullPage: true }).then(() => console.error(`Screenshot: ${path}`), () => {});
}
