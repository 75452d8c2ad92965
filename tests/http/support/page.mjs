// Speaks to the browser plane as a web page does, and holds every answer to the rules that all of them share.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { PROBLEM_JSON, holdToTheErrorShape, holdToTheProblemShape } from './client.mjs';
import { holdToTheDocument } from './openapi.mjs';
import { frames } from './stream.mjs';

/** Where the pages of the tests are, and the address of their visitor. */
export const ORIGIN = 'https://app.example.com';
export const ADDRESS = '203.0.113.7';

/** Settings of a token without any limit. */
export const UNLIMITED = { rateLimitPerMinute: null, rateLimitPerHour: null, maxMessagesPerSession: null };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const EXPOSED = 'Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, X-History-Identity-Status';

/** A message of the visitor. */
export const user = (content, id) => ({ ...(id && { id }), role: 'user', content });

/**
 * Sends a request and gives its answer as soon as the head is there; `from` is the Origin (null: none), `ip` the
 * visitor's address, `signal` ends it early, `reset` breaks its connection, a string `body` is sent as it stands.
 */
export function open(origin, path, body, { method = 'POST', from = ORIGIN, ip = ADDRESS, headers = {}, signal, reset } = {}) {
  const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const sent = { ...(payload !== undefined && { 'Content-Type': 'application/json' }), 'CF-Connecting-IP': ip };
  if (from !== null) sent.Origin = from;
  Object.assign(sent, headers);
  for (const name of Object.keys(sent)) if (sent[name] === null) delete sent[name];
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    let answer;
    const outgoing = request({ agent: false, hostname, port, method, path, headers: sent, signal }, (incoming) => {
      incoming.setEncoding('utf8');
      answer = new Answer(outgoing, incoming, [method, path]);
      holdToTheRules(answer, from, method);
      resolve(answer);
    });
    reset?.addEventListener('abort', () => outgoing.socket.resetAndDestroy());
    // A refused body may not be read to its end: what counts is the answer.
    outgoing.on('error', (error) => answer ?? reject(error));
    outgoing.end(payload);
  });
}

/** An answer whose body may still be on its way. */
class Answer {
  /** The text so far. */
  text = '';
  #outgoing;
  #chunks;
  #request;

  constructor(outgoing, incoming, request) {
    this.#request = request;
    this.#outgoing = outgoing;
    this.#chunks = incoming.iterator({ destroyOnReturn: false });
    this.status = incoming.statusCode;
    this.headers = incoming.headers;
    this.cost = cost(incoming.headers['server-timing']);
    this.isStream = incoming.headers['content-type'] === 'text/event-stream; charset=utf-8';
  }

  /** Reads until the text holds `wanted`. */
  async until(wanted) {
    while (!this.text.includes(wanted)) {
      const { done, value } = await this.#chunks.next();
      assert.ok(!done, `the stream ended without ${wanted}`);
      this.text += value;
    }
    return this;
  }

  /** Reads to the end. */
  async whole() {
    for await (const chunk of this.#chunks) this.text += chunk;
    if (!this.isStream && this.text !== '') {
      assert.match(this.text, /[^\n]\n$/, 'the last line of an answer is a whole one');
      this.json = JSON.parse(this.text);
    }
    const isProblem = this.headers['content-type'] === PROBLEM_JSON;
    if (isProblem) holdToTheProblemShape(this.status, this.json);
    else if (this.status >= 300) holdToTheErrorShape(this.json);
    holdToTheDocument(...this.#request, this.status, isProblem ? undefined : this.json);
    return this;
  }

  /** The frames of a stream that was read. */
  get frames() {
    assert.ok(this.isStream, `no stream, but ${this.status} ${this.text}`);
    return frames(this.text);
  }

  /** Goes away in the middle. */
  leave() {
    this.#outgoing.destroy();
  }
}

/** Sends a request and reads its whole answer. */
export const send = async (...request) => (await open(...request)).whole();

/** What an answer cost until it began: `{ trips, read, written, calls }`. */
function cost(serverTiming) {
  const pattern = /d1;desc="trips=(\d+) read=(\d+) written=(\d+)", do;desc="calls=(\d+)"/;
  const [, trips, read, written, calls] = pattern.exec(serverTiming).map(Number);
  return { trips, read, written, calls };
}

function holdToTheRules({ status, headers, isStream }, from, method) {
  assert.match(headers['x-request-id'], UUID);
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['access-control-allow-origin'], from ?? '*');
  assert.equal(headers['access-control-expose-headers'], EXPOSED);
  const vary = status >= 400 ? 'Origin, Accept' : 'Origin';
  assert.equal(headers.vary, method === 'OPTIONS' ? 'Origin, Access-Control-Request-Headers' : vary);
  assert.equal(headers['access-control-allow-credentials'], undefined);
  assert.equal(headers['www-authenticate'], undefined);
  if (status !== 204 && !isStream) assert.match(headers['content-type'], /^application\/(problem\+)?json$/);
}

/** A visitor who has a page with `token` open. The session is that of the last init that was admitted. */
export class Visitor {
  session;

  constructor(origin, token, options = {}) {
    Object.assign(this, { origin, token, options });
  }

  ask(endpoint, body, options) {
    return send(this.origin, `/v1/client/${endpoint}`, body, { ...this.options, ...options });
  }

  async init(more, options) {
    const answer = await this.ask('init', { token: this.token, ...more }, options);
    if (answer.status === 200) this.session = answer.json.sessionId;
    return answer;
  }

  /** `said`: a text, or messages. */
  chat(said, more, options) {
    return this.ask('chat', this.body(said, more), options);
  }

  /** A chat whose answer is read as it comes. */
  listen(said, more, options) {
    return open(this.origin, '/v1/client/chat', this.body(said, more), { ...this.options, ...options });
  }

  resume(executionId, toolOutputs, more) {
    return this.ask('resume', { sessionId: this.session, executionId, toolOutputs, ...more });
  }

  feedback(body, options) {
    return this.ask('feedback', { token: this.token, sessionId: this.session, ...body }, options);
  }

  body(said, more) {
    return { sessionId: this.session, messages: Array.isArray(said) ? said : [user(said)], ...more };
  }
}
