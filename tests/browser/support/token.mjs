// A client token as its owner has it: made, changed and read over the management endpoints.
import assert from 'node:assert/strict';

export class Token {
  #request;

  static async create(api, key, settings) {
    const token = new Token();
    token.#request = async (method, path = '', body) => {
      const { status, json } = await api(method, `/v1/client-tokens${path}`, { key, body });
      assert.ok(status < 300, JSON.stringify(json));
      return json;
    };
    const { clientToken } = await token.#request('POST', '', { name: 'Browser test', ...settings });
    token.id = clientToken.id;
    token.value = clientToken.tokenValue;
    return token;
  }

  change(settings) {
    return this.#request('PUT', `/${this.id}`, settings);
  }

  /** Gives the token a new value, which this object doesn't take on: the page keeps the old one, too. */
  regenerate() {
    return this.#request('POST', `/${this.id}/regenerate`);
  }

  /** A short-lived value that allows what `allowed` leaves of the token: its text. */
  async mint(allowed) {
    return (await this.#request('POST', `/${this.id}/mint`, allowed)).token;
  }

  remove() {
    return this.#request('DELETE', `/${this.id}`);
  }

  /** Every conversation with its messages: `[{ id, messageCount, messages, … }]`, the latest first. */
  async conversations() {
    const { conversations } = await this.#request('GET', `/${this.id}/conversations`);
    const whole = conversations.map(({ id }) => this.#request('GET', `/${this.id}/conversations/${id}`));
    return (await Promise.all(whole)).map(({ conversation }) => conversation);
  }

  /** The messages of the one conversation, oldest first. */
  async messages() {
    const conversations = await this.conversations();
    assert.equal(conversations.length, 1);
    const [{ messages, messageCount }] = conversations;
    assert.equal(messageCount, messages.length);
    return messages;
  }

  async feedback() {
    return (await this.#request('GET', `/${this.id}/feedback`)).feedback;
  }
}
