// Uses the widget in a page as a visitor does, and reads what it shows.
// The only file with the widget's selectors.
import { PATIENCE_MS, becomes } from './becomes.mjs';

export class Chat {
  /** What was sent to the API: `{ endpoint, body }`. */
  requests = [];
  /** What the browser refused or the page threw; nothing of it is ever right. */
  faults = [];

  constructor(page) {
    this.page = page;
    this.composer = page.locator('[data-persona-composer-input]');
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (line) => /CORS|Content Security/.test(line.text()) && this.faults.push(line.text()));
    page.on('request', (request) => {
      const [, endpoint] = /\/v1\/client\/(\w+)$/.exec(request.url()) ?? [];
      if (endpoint && request.method() === 'POST') this.requests.push({ endpoint, body: request.postDataJSON() });
    });
  }

  open(url) {
    return this.#load(() => this.page.goto(url));
  }

  reload() {
    return this.#load(() => this.page.reload());
  }

  /** Loads the page, and waits for the widget to have been answered about its session. */
  async #load(navigate) {
    const answered = this.page.waitForResponse(/\/v1\/client\/init$/);
    await Promise.all([answered, navigate(), this.composer.waitFor()]);
  }

  /** Leaves nothing of the visitor in the browser. */
  forget() {
    return this.page.evaluate(() => localStorage.clear());
  }

  /** Writes and sends; gives the bubble that answers, once it is whole. */
  async say(text) {
    await this.send(text);
    return this.answered();
  }

  /** Writes and sends, once no answer is on its way, for then the widget takes nothing; the composer is emptied by it. */
  async send(text) {
    await this.page.waitForFunction(() => !chat.getState().streaming);
    await this.composer.fill(text);
    await this.composer.press('Enter');
    await this.page.waitForFunction((composer) => composer.value === '', await this.composer.elementHandle());
  }

  /** Puts files beside the composer, and waits until the widget has read them. */
  async attach(...files) {
    await this.page.locator('[data-persona-composer-attachment-input]').first().setInputFiles(files);
    await becomes(() => this.page.locator('[data-attachment-id]').count(), files.length, 'files that are attached');
  }

  /** Picks the answer to what the assistant asked, until the API is told: a click while the question comes or leaves is lost. */
  async pick(label) {
    const button = this.page.locator(`[data-ask-user-action="pick"][data-option-label="${label}"]`);
    const told = () => this.requests.filter(({ endpoint }) => endpoint === 'resume').length;
    const before = told();
    await becomes(async () => {
      await button.click({ timeout: 1_000 }).catch(() => {});
      return told() - before;
    }, 1, label);
  }

  /** Stops the answer: while there is one, the composer's button does that. */
  stop() {
    return this.page.locator('[data-persona-composer-submit]').click();
  }

  /** The last bubble, once the assistant has said all of it and it is drawn; formatted it may be later, when the widget has loaded what does that. */
  async answered() {
    await this.page.waitForFunction(() => {
      const last = chat.getMessages().at(-1);
      if (last?.role !== 'assistant' || last.streaming || chat.getState().streaming) return false;
      return [...document.querySelectorAll('[data-message-id]')].at(-1)?.dataset.messageId === last.id;
    });
    const bubbles = await this.bubbles();
    return bubbles.at(-1);
  }

  /** What is on the page, from the top: `[{ id, role, text, html }]`. */
  bubbles() {
    return this.page.locator('[data-message-id]').evaluateAll((all) =>
      all.map((bubble) => ({
        id: bubble.dataset.messageId,
        role: bubble.matches('.persona-message-user-bubble') ? 'user' : 'assistant',
        text: bubble.querySelector('.persona-message-content')?.innerText.trim(),
        html: bubble.querySelector('.persona-message-content')?.innerHTML,
      })),
    );
  }

  /** The bubble that shows `text`, once it is there. */
  bubble(text) {
    return this.page.locator('[data-message-id]').filter({ hasText: text });
  }

  /** Clicks an action of a bubble and waits until the API knows of it. */
  async vote(id, action) {
    const counted = this.page.waitForResponse(/\/v1\/client\/feedback$/);
    await this.page.locator(`[data-message-id="${id}"] [data-action="${action}"]`).click();
    return (await counted).status();
  }

  /** What the widget told the page so far. */
  told() {
    return this.page.evaluate(() => window.told);
  }
}
