// Gives what differs from run to run a name that stays: <live value 1>, <token 2>, <now + 30 min>. The same thing has the
// same name wherever it comes up in a file. Each must have the form that it is known by, so that a changed form is seen.
import assert from 'node:assert/strict';

const MINUTE = 60_000;
const HALF = 30_000;
/** How long ago something may have happened and still be now: tests move the clock by half minutes and more. */
const SLACK = 20_000;
/** How far a moment may be ahead, because seconds are rounded up. */
const AHEAD = 1_000;
/** Moments further away than this are the tests' own. */
const FAR = 100 * 24 * 60 * MINUTE;

/** What ids are called, by their prefix. */
const IDS = { ct: 'token', key: 'API key', conv: 'conversation', fb: 'feedback', exec: 'execution', msg: 'message' };
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** How ids begin that the tests make up; they stay as they are. */
const MADE_UP = '00000000-';

/** What no file may hold: credentials of this service, session tokens, signing keys, and what proves others who asks. */
const CREDENTIAL = /(rt|ct)_(live|test)_\w{8}|\bcs_\w{20}|\bcvt_\w{20}|\beyJ[\w-]{16}|\b[0-9a-f]{64}\b|bearer [\w.~+/-]{16}/i;

/** Where a text holds something like a credential: the number of each such line, and what stands before the thing. */
export const credentials = (text) =>
  text.split('\n').flatMap((line, n) => {
    const at = line.search(CREDENTIAL);
    return at < 0 ? [] : [`line ${n + 1}, after ${line.slice(Math.max(0, at - 40), at)}`];
  });

export class Names {
  #names = new Map();
  #counts = new Map();
  #ends = new Map();
  #secrets = new Map();
  #requests = new Map();
  #request;

  /** Has the request of this id, which is looked at from now on, called by its title. */
  request(id, title) {
    this.#request = id;
    this.#requests.set(id, `<request of ${title}>`);
  }

  /** The name of a request, by its id. */
  requestOf(id) {
    if (id === this.#request) return '<this request>';
    return this.#requests.get(id) ?? assert.fail('an id of a request that was never sent');
  }

  /** Has a secret of the test's own called `name`. */
  secret(value, name) {
    this.#secrets.set(value, `<${name}>`);
  }

  /** The text with everything that differs called by its name. */
  give(text) {
    const named = [...this.#secrets].reduce((all, [value, name]) => all.replaceAll(value, name), text);
    const done = STEPS.reduce((all, [pattern, say]) => all.replaceAll(pattern, (...found) => say(this, ...found)), named);
    assert.deepEqual(credentials(done), [], 'a credential that has no name');
    return done;
  }

  /** The name of a thing: its kind, and which one of that kind it is. */
  of(kind, value) {
    if (!this.#names.has(value)) {
      const count = (this.#counts.get(kind) ?? 0) + 1;
      this.#counts.set(kind, count);
      this.#names.set(value, `<${kind} ${count}>`);
    }
    return this.#names.get(value);
  }

  /** The same of a credential, whose last characters are shown as a hint elsewhere. */
  credential(kind, value) {
    const name = this.of(kind, value);
    this.#ends.set(value.slice(-4), name);
    return name;
  }

  /** The credential that a hint is the end of. */
  end(hint) {
    return `<end of ${this.#ends.get(hint) ?? assert.fail('a hint is the end of no credential that was seen')}>`;
  }
}

function holds(form, value, what) {
  assert.ok(form.test(value), `not the form of ${what}`);
}

/** What a minted value or its session allows, readable, in the order in which it is written. */
function claims(names, text) {
  const json = Buffer.from(text, 'base64url').toString();
  assert.equal(Buffer.from(json).toString('base64url'), text, 'not the form of what a minted value allows');
  JSON.parse(json);
  return `.<${names.give(json).replaceAll('"', "'")}>`;
}

function apiKey(names, value, environment) {
  holds(/^rt_(live|test)_[0-9A-Za-z]{56}$/, value, 'an API key');
  return names.credential(`${environment} API key value`, value);
}

function tokenValue(names, _, value, environment, minted) {
  holds(/^ct_(live|test)_[0-9A-Za-z]{50}$/, value, 'a value');
  if (minted === undefined) return names.credential(`${environment} value`, value);
  return `${names.of(`minted ${environment} value`, value)}${claims(names, minted)}`;
}

function session(names, _, body, target, grant) {
  holds(/^[0-9A-Za-z]{89}$/, body, 'a session id');
  return `${names.of('session', body)}_${target}${grant === undefined ? '' : claims(names, grant)}`;
}

function id(names, whole, prefix, uuid) {
  if (uuid.startsWith(MADE_UP)) return whole;
  holds(/^.{8}-.{4}-7.{3}-[89ab].{3}-.{12}$/, uuid, `an id that begins with ${prefix}`);
  return names.of(IDS[prefix] ?? assert.fail(`ids that begin with ${prefix}_ have no name yet`), whole);
}

function message(names, whole, text) {
  holds(/^[0-9A-Za-z]{22}$/, text, 'an id of a message');
  return names.of('message', whole);
}

function request(names, uuid) {
  if (uuid.startsWith(MADE_UP)) return uuid;
  holds(/^.{8}-.{4}-4.{3}-[89ab].{3}-.{12}$/, uuid, 'a request id');
  return names.requestOf(uuid);
}

function moment(_, text) {
  const now = Date.now();
  const away = Date.parse(text) - now;
  if (Math.abs(away) > FAR) return text;
  holds(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, text, 'a moment');
  const whole = (unit, name) => {
    const units = Math.floor(now / unit) - Date.parse(text) / unit;
    return `<this ${name}${units === 0 ? '' : ` - ${units}`}>`;
  };
  if (text.endsWith('T00:00:00.000Z')) return whole(24 * 60 * MINUTE, 'day');
  if (text.endsWith(':00:00.000Z')) return whole(60 * MINUTE, 'hour');
  const minutes = (Math.ceil((away - AHEAD) / HALF) * HALF) / MINUTE;
  assert.ok(minutes * MINUTE - away < SLACK, 'a moment that is no number of half minutes from now');
  return minutes === 0 ? '<now>' : `<now ${minutes < 0 ? '-' : '+'} ${Math.abs(minutes)} min>`;
}

/** Seconds that tick away: half minutes, and a few seconds less. Short waits stay as they are. */
function seconds(_, whole, before, text, after) {
  const left = Number(text);
  const of = Math.ceil((left - 1) / 30) * 30;
  return left > 30 && (of - left) * 1000 < SLACK ? `${before}<${of}>${after}` : whole;
}

/** What is looked for, in this order, and what it is called. */
const STEPS = [
  [/\brt_(live|test)_\w{8,}/g, apiKey],
  [/\b(ct_(live|test)_\w{8,})(?:\.([\w-]+))?/g, tokenValue],
  [/\bcs_([0-9A-Za-z]{20,})_([\w-]+)(?:\.([\w-]+))?/g, session],
  [new RegExp(`([a-z]{1,9})_(${UUID})`, 'g'), id],
  [/\bmsg_([0-9A-Za-z]{10,})/g, message],
  [new RegExp(UUID, 'g'), request],
  [/\d{4}-\d\d-\d\dT[\d:.]+\w?/g, moment],
  [/"\d{13}-[0-9a-f]{24}"/g, (names, tag) => `"${names.of('tag', tag)}"`],
  [/("(?:token|key)Hint": ?")([0-9A-Za-z]{4})"/g, (names, _, before, hint) => `${before}${names.end(hint)}"`],
  [/("durationMs":|"milliseconds": ?)\d+/g, (_, __, before) => `${before}<milliseconds>`],
  [/("read":)\d+(,"written":)\d+/g, (_, __, read, written) => `${read}<rows>${written}<rows>`],
  [/http:\/\/127\.0\.0\.1:\d{4,5}/g, () => '<upstream>'],
  [/(Retry-After: )(\d+)()/g, seconds],
  [/(;t=)(\d+)()/g, seconds],
  [/(wait )(\d+)( seconds)/g, seconds],
];
