// Writes requests and answers out for a golden file.
import assert from 'node:assert/strict';
import { isCompact, overLines } from './json.mjs';

/** What the connection makes of an answer, whoever gives it; of a stream its length as well, if it is short. */
const OF_THE_CONNECTION = ['Connection', 'Keep-Alive', 'Transfer-Encoding'];
/** Bodies of requests beyond this are shown by their size and so much of their beginning. */
const LONG = 20_000;
const BEGINNING = 100;
const STREAM = 'text/event-stream; charset=utf-8';

/** What a request sent. */
export function asked(names, { method, path, headers, payload = '' }) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const text = payload.toString();
  const head = names.give([`${method} ${path}`, ...lines].join('\n'));
  return [head, ...(text ? ['', text.length > LONG ? begun(names, text) : named(names, text)] : [])].join('\n');
}

function begun(names, text) {
  return `${names.give(text.slice(0, LONG)).slice(0, BEGINNING)}… (${Buffer.byteLength(text)} bytes)`;
}

/** What an answer said, every header of it, in the order of their names. */
export function answered(names, { status, reason, headers, text }, { isDocument } = {}) {
  const isStream = headers.some(([name, value]) => name === 'Content-Type' && value === STREAM);
  const left = isStream ? [...OF_THE_CONNECTION, 'Content-Length'] : OF_THE_CONNECTION;
  const kept = headers.filter(([name]) => !left.includes(name));
  const [, length] = kept.find(([name]) => name === 'Content-Length') ?? [];
  if (length !== undefined && text !== '') assert.equal(Number(length), Buffer.byteLength(text), 'Content-Length');
  const line = ([name, value]) => `${name}: ${name === 'Content-Length' && text !== '' ? '<of the body>' : value}`;
  const head = kept.map(line).sort((one, other) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1));
  const body = isDocument ? `(${isDocument})` : said(names, isStream, text);
  return [names.give([`${status} ${reason}`, ...head].join('\n')), ...(body ? ['', body] : [])].join('\n');
}

function said(names, isStream, text) {
  if (isStream) return names.give(text) || '(a stream without a frame)';
  if (text === '') return '';
  const lines = text.split('\n');
  const end = lines.pop() === '' ? '' : '\n(no line break at the end)';
  return lines.map((line) => named(names, line)).join('\n') + end;
}

/** JSON over lines, any other text as it is. */
function named(names, text) {
  return isCompact(text) ? overLines(names.give(text)) : names.give(text);
}
