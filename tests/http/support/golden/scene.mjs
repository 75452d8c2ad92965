// A Worker whose answers are kept in a golden file, and its log in another one. Requests are sent one after the other: what
// is logged until the next one belongs to the last.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { ADDRESS, ORIGIN } from '../page.mjs';
import { until } from '../until.mjs';
import { gate, startUpstream } from '../upstream.mjs';
import { start } from '../worker.mjs';
import { Book } from './book.mjs';
import { exchange } from './exchange.mjs';
import { Names } from './names.mjs';
import { answered, asked } from './told.mjs';

/** What every request of the runtime has. */
const OF_THE_RUNTIME = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding', 'user-agent'];

function ofUpstream({ method, path, headers, body }) {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_RUNTIME.includes(name) && !name.startsWith('cf-'));
  return { method, path, headers: Object.fromEntries(kept.sort()), payload: body ? JSON.stringify(body) : '' };
}

/**
 * Starts both; `name` is that of the files, `about` says what they hold. Nothing is set that a deployment wouldn't set
 * but that upstreams may be on this machine.
 */
export async function scene(name, about, { bindings, ...options } = {}) {
  const worker = await start({ bindings: { SERVER_TIMING: undefined, ...bindings }, ...options });
  const upstream = await startUpstream();
  after(() => worker.stop().finally(upstream.stop));
  const names = new Names();
  const book = new Book(name, about);
  const log = new Book(`log/${name}`, `The lines that the requests of ${name}.txt leave in the log.`);
  const { logs, sql } = worker;
  let read = 0;
  let begun;

  /** The lines since the last request, once that of this one is among them, and `more` others. */
  async function lines(requestId, more) {
    const isThere = (line) => line.includes(`"requestId":"${requestId}"`);
    await until(() => {
      const fresh = logs.lines.slice(read);
      return fresh.some(isThere) && fresh.length > more;
    });
    const fresh = logs.lines.slice(read);
    read += fresh.length;
    return fresh;
  }

  /**
   * Sends a request and keeps it under `title`; without one it is sent all the same. `key` is an API key, `from` and `ip`
   * the page's origin and its visitor's address, `origin` where another instance answers, `causes` how many lines the log
   * has beside the request's own, `document` what to write in place of a body, `hears` whether to keep what the upstream
   * was asked meanwhile. Gives `{ status, headers, text, json }`.
   */
  async function ask(title, method, path, { key, from, ip, body, headers = {}, origin = worker.origin, causes = 0, document, hears } = {}) {
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    const payload = body === undefined || isRaw ? body : JSON.stringify(body);
    const all = {
      ...(key && { Authorization: `Bearer ${key}` }), ...(from && { Origin: from }), ...(ip && { 'CF-Connecting-IP': ip }),
      ...(payload !== undefined && { 'Content-Type': 'application/json' }), ...headers,
    };
    for (const name of Object.keys(all)) if (all[name] === null) delete all[name];
    const sent = { method, path, headers: all, payload };
    const before = upstream.asked.length;
    begun = gate();
    const answer = await exchange(origin, sent, begun.open);
    const told = Object.fromEntries(answer.headers.map(([name, value]) => [name.toLowerCase(), value]));
    names.request(told['x-request-id'], title ?? 'preparation');
    const logged = await lines(told['x-request-id'], causes);
    if (title) {
      const heard = hears ? upstream.asked.slice(before).map((question) => asked(names, ofUpstream(question))) : [];
      const parts = [asked(names, sent), ...heard.map((text) => `--> ${text}`), `<-- ${answered(names, answer, { isDocument: document })}`];
      book.add(title, parts.join('\n\n'));
      log.add(title, logged.map((line) => names.give(line)).join('\n'));
    }
    const isJson = /^application\/(problem\+)?json$/.test(told['content-type']) && answer.text !== '';
    return { ...answer, headers: told, json: isJson ? JSON.parse(answer.text) : undefined };
  }

  /** Sends the same request so many times, many at once, and waits until all of them are logged. */
  async function flood(times, method, path, { key, ip, body }) {
    const headers = { ...(key && { Authorization: `Bearer ${key}` }), ...(ip && { 'CF-Connecting-IP': ip }), 'Content-Type': 'application/json' };
    const sent = { method, path, headers, payload: body && JSON.stringify(body) };
    for (let n = 0; n < times; n += 50) await Promise.all(Array.from({ length: Math.min(50, times - n) }, () => exchange(worker.origin, sent)));
    await until(() => logs.lines.length - read >= times);
    read = logs.lines.length;
  }

  /** The same as the page of a visitor. */
  const page = (title, endpoint, body, options = {}) =>
    ask(title, options.method ?? 'POST', `/v1/client/${endpoint}`, { from: ORIGIN, ip: ADDRESS, body, ...options });

  /** Waits until the last use of a thing is noted, which is written after an answer. */
  const used = (table, id) => until(async () => (await sql(`select last_used_at from ${table} where id = ?1`, id))[0]?.last_used_at);

  return {
    worker, upstream, names, ask, page, used, flood,
    /** When the answer to the present request has begun. */
    begun: () => begun.opened,
    /** A new API key that was used before, so that all answers show the same of it. */
    key: async (wish) => {
      const minted = await worker.mintKey(wish);
      await ask(null, 'GET', '/v1/client-tokens', { key: minted.key });
      await used('api_keys', minted.id);
      return minted;
    },
    /** Has a target of `key`'s tenant executed by the upstream that is played, or by the echo. */
    target: async (key, id, { kind = 'echo', ...fields } = {}) => {
      const upstreamOf = kind === 'echo' ? { kind } : { kind, baseUrl: upstream.url, ...fields };
      const { status, text } = await ask(null, 'PUT', `/v1/targets/${id}`, { key, body: { upstream: upstreamOf } });
      if (status >= 300) throw new Error(`no target was made: ${text}`);
    },
    /** Creates a token and gives its resource. */
    token: async (key, body) => {
      const all = { name: 'Support', allowedOrigins: [ORIGIN], ...body };
      const { status, text, json } = await ask(null, 'POST', '/v1/client-tokens', { key, body: all });
      if (status !== 201) throw new Error(`no token was made: ${text}`);
      return json.clientToken;
    },
    /** Compares with the files, or writes them. */
    close: () => {
      assert.equal(logs.lines.length, read, 'lines of the log that no request was waiting for');
      const told = [];
      for (const one of [book, log]) {
        try {
          one.close();
        } catch (error) {
          told.push(error.message);
        }
      }
      if (told.length > 0) throw new Error(told.join('\n'));
    },
  };
}
