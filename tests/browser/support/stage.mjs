// Sets the stage for a test file: the built Worker, a site on another origin, a browser, and an owner's API key.
// Nothing of it outlives the test file.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { serve } from '../../../demo/site.mjs';
import { start } from '../../http/support/worker.mjs';
import { TIMEOUT_MS } from './becomes.mjs';
import { Chat } from './chat.mjs';
import { launch } from './chromium.mjs';
import { Token } from './token.mjs';

const PAGE = join(import.meta.dirname, 'page.html');
const SCREENSHOTS = join(import.meta.dirname, '../../../.local/browser');

/** `options` are those of the Worker's start. */
export async function stage(options) {
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

async function set(onEnd, options) {
  const worker = await start({ bindings: { DEFAULT_UPSTREAM: 'echo' }, ...options });
  onEnd(() => worker.stop());
  const { key } = await worker.mintKey();
  const site = await serve({ page: PAGE });
  onEnd(() => site.close());
  const browser = await launch();
  onEnd(() => browser.close());

  return {
    origin: site.origin,
    sql: worker.sql,
    lab: worker.lab,
    /** Says what executes a target, which is the built-in echo otherwise. */
    target: async (id, upstream) => {
      const { status } = await worker.api('PUT', `/v1/targets/${id}`, { key, body: { upstream } });
      assert.ok(status < 300);
    },
    /** A token for the site. */
    token: (settings) => Token.create(worker.api, key, { allowedOrigins: [site.origin], agentIds: ['agent_a'], ...settings }),
    /** A test with a browser profile of its own; `play` gets `visit(token, { tools, ...settings of the widget })`. */
    scene: (name, play) =>
      test(name, { timeout: TIMEOUT_MS }, async () => {
        const context = await browser.newContext({ viewport: { width: 800, height: 800 } });
        const chats = [];
        const visit = async (token, { tools, ...settings } = {}) => {
          await context.addInitScript(
            (given) => Object.assign(window, given),
            { tools, settings: { apiUrl: worker.origin, clientToken: token.value, ...settings } },
          );
          chats.push(new Chat(await context.newPage()));
          await chats.at(-1).open(site.origin);
          return chats.at(-1);
        };
        try {
          await play(visit);
          assert.deepEqual(chats.flatMap((chat) => chat.faults), []);
        } catch (error) {
          await shoot(chats, name);
          console.error(worker.logs.lines.slice(-5).join('\n'));
          throw error;
        } finally {
          await context.close();
        }
      }),
  };
}

/** What a scene that failed looked like. */
async function shoot(chats, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  for (const [at, { page }] of chats.entries()) {
    const path = join(SCREENSHOTS, `${name.replaceAll(/\W+/g, '-')}${at || ''}.png`);
    // A page that can't be shown must not hide why the scene failed.
    await page.screenshot({ path }).then(() => console.error(`Screenshot: ${path}`), () => {});
  }
}
