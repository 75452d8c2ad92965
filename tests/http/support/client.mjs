// Speaks HTTP to the Worker, and holds every answer to the rules that all answers share (contract section 9).
// It speaks over node:http, because fetch would tidy up hostile paths and headers.
import assert from 'node:assert/strict';
import { STATUS_CODES, request } from 'node:http';
import { holdToTheDocument } from './openapi.mjs';

/** Statuses that RFC 9110 renamed. */
const RENAMED = { 413: 'Content Too Large', 422: 'Unprocessable Content' };
/** Lines of JSON. */
export const NDJSON = 'application/x-ndjson';
export const PROBLEM_JSON = 'application/problem+json';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A function `api(method, path, { key, body, headers })`; `path` is sent as it stands, a string `body`, too. */
export function client(origin) {
  return async (method, path, { key, body, headers = {} } = {}) => {
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    const payload = body === undefined || isRaw ? body : JSON.stringify(body);
    const sent = { ...(payload !== undefined && { 'Content-Type': 'application/json' }), ...headers };
    if (key) sent.Authorization = `Bearer ${key}`;
    for (const name of Object.keys(sent)) if (sent[name] === null) delete sent[name];

    const { hostname, port } = origin;
    const answer = await exchange({ agent: false, hostname, port, method, path, headers: sent }, payload);
    const hasJson = method !== 'HEAD' && answer.text !== '' && answer.headers['content-type'] !== NDJSON;
    answer.json = hasJson ? JSON.parse(answer.text) : undefined;
    answer.d1 = tally(answer.headers['server-timing']);
    holdToTheRules(method, answer, sent.Accept);
    const isProblem = answer.headers['content-type'] === PROBLEM_JSON;
    holdToTheDocument(method, path, answer.status, isProblem ? undefined : answer.json);
    return answer;
  };
}

function exchange(options, payload) {
  return new Promise((resolve, reject) => {
    let status;
    const outgoing = request(options, async (incoming) => {
      ({ statusCode: status } = incoming);
      incoming.setEncoding('utf8');
      resolve({ status, headers: incoming.headers, text: (await incoming.toArray()).join('') });
    });
    // A refused body may not be read to its end: what counts is the answer.
    outgoing.on('error', (error) => status ?? reject(error));
    outgoing.end(payload);
  });
}

/** What the database was asked: `{ trips, read, written }`. */
function tally(serverTiming) {
  const [, trips, read, written] = /d1;desc="trips=(\d+) read=(\d+) written=(\d+)"/.exec(serverTiming).map(Number);
  return { trips, read, written };
}

function holdToTheRules(method, { status, headers, text, json }, accept) {
  assert.match(headers['x-request-id'], UUID);
  // An edge that compresses weakens tags.
  assert.equal(headers['cache-control'], headers.etag ? 'no-store, no-transform' : 'no-store');
  const isProblem = status >= 400 && accept === PROBLEM_JSON;
  if (status === 304) assert.equal(headers['content-type'], undefined);
  else if (status >= 300 || headers['content-type'] !== NDJSON) {
    assert.equal(headers['content-type'], isProblem ? PROBLEM_JSON : 'application/json');
  }
  if (status >= 400) assert.match(headers.vary, /(^|, )Accept$/);
  const cors = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
  assert.deepEqual(cors, []);
  if (text !== '') assert.match(text, /[^\n]\n$/, 'the last line of an answer is a whole one');
  if (method === 'HEAD' || status === 304) assert.equal(text, '');
  else if (isProblem) holdToTheProblemShape(status, json);
  else if (status >= 300) holdToTheErrorShape(json);
  if (status === 401) assert.match(headers['www-authenticate'], /^Bearer/);
}

/** The rules of every problem document (RFC 9457). */
export function holdToTheProblemShape(status, { type, title, status: told, detail, ...rest }) {
  assert.equal(type, 'about:blank');
  assert.equal(title, RENAMED[status] ?? STATUS_CODES[status]);
  assert.equal(told, status);
  assert.ok(detail.startsWith(rest.error));
  holdToTheErrorShape(rest);
}

/** The rules of every error's body. */
export function holdToTheErrorShape({ error, details = [], hint = 'none', code = 'NONE', ...rest }) {
  assert.deepEqual(Object.keys(rest), []);
  for (const text of [error, hint, code]) assert.ok(typeof text === 'string' && text !== '');
  for (const { message, path = '', code = 'NONE', suggestion = 'none', ...rest } of details) {
    assert.deepEqual(Object.keys(rest), []);
    assert.equal(typeof path, 'string');
    for (const text of [message, code, suggestion]) assert.ok(typeof text === 'string' && text !== '');
  }
}
