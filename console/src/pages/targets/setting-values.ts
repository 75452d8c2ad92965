// The settings of an upstream as the form has them, named by the paths of the API's faults, and as the API takes them.
// What isn't set is empty in the form, and null to the API.
import type { Schemas } from '../../api/client';
import type { Detail } from '../../api/refusal.ts';

type Answered = Schemas['Target']['upstream'];
type Header = Schemas['UpstreamHeader'];

/** A header as a row of the form: its text is the value, or the name of the secret. */
export interface HeaderRow {
  name: string;
  isSecret: boolean;
  text: string;
  prefix: string;
}

/** What an OpenAI-compatible service has besides. */
export interface ModelValues {
  'upstream.temperature': string;
  'upstream.maxOutputTokens': number | null;
  'upstream.maxOutputTokensAs': string;
  'upstream.reasoningEffort': string;
  'upstream.systemRole': string;
  'upstream.maxInputBytes': number | null;
  /** An object, as JSON. */
  'upstream.extra': string;
  /** `yes`, `no`, or empty for what the API does by itself. */
  'upstream.includeUsage': string;
  'upstream.pictures': string;
  /** One `name=value` a line. */
  'upstream.query': string;
  'upstream.authHeader': string;
}

export interface ConnectionValues {
  'upstream.firstWordTimeoutMs': number | null;
  'upstream.silenceTimeoutMs': number | null;
  'upstream.headers': HeaderRow[];
}

export const NO_MODEL_SETTINGS: ModelValues = {
  'upstream.temperature': '',
  'upstream.maxOutputTokens': null,
  'upstream.maxOutputTokensAs': '',
  'upstream.reasoningEffort': '',
  'upstream.systemRole': '',
  'upstream.maxInputBytes': null,
  'upstream.extra': '',
  'upstream.includeUsage': '',
  'upstream.pictures': '',
  'upstream.query': '',
  'upstream.authHeader': '',
};

export const NO_CONNECTION_SETTINGS: ConnectionValues = {
  'upstream.firstWordTimeoutMs': null,
  'upstream.silenceTimeoutMs': null,
  'upstream.headers': [],
};

export const NEW_HEADER: HeaderRow = { name: '', isSecret: false, text: '', prefix: '' };

export function settingValuesOf(upstream: Answered): ModelValues & ConnectionValues {
  const { temperature, extra } = upstream;
  return {
    'upstream.temperature': temperature === undefined ? '' : String(temperature),
    'upstream.maxOutputTokens': upstream.maxOutputTokens ?? null,
    'upstream.maxOutputTokensAs': upstream.maxOutputTokensAs ?? '',
    'upstream.reasoningEffort': upstream.reasoningEffort ?? '',
    'upstream.systemRole': upstream.systemRole ?? '',
    'upstream.maxInputBytes': upstream.maxInputBytes ?? null,
    'upstream.extra': extra ? JSON.stringify(extra, null, 2) : '',
    'upstream.includeUsage': answerOf(upstream.includeUsage),
    'upstream.pictures': answerOf(upstream.pictures),
    'upstream.query': Object.entries(upstream.query ?? {}).map((pair) => pair.join('=')).join('\n'),
    'upstream.authHeader': upstream.authHeader ?? '',
    'upstream.firstWordTimeoutMs': upstream.firstWordTimeoutMs ?? null,
    'upstream.silenceTimeoutMs': upstream.silenceTimeoutMs ?? null,
    'upstream.headers': (upstream.headers ?? []).map(rowOf),
  };
}

/** What is sent beside the messages. What can't be sent is added to the faults. */
export function modelSettingsOf(values: ModelValues, faults: Detail[]) {
  return {
    temperature: temperatureOf(values['upstream.temperature'], faults),
    maxOutputTokens: values['upstream.maxOutputTokens'],
    maxOutputTokensAs: wordOf<'max_completion_tokens' | 'max_tokens'>(values['upstream.maxOutputTokensAs']),
    reasoningEffort: wordOf(values['upstream.reasoningEffort']),
    systemRole: wordOf<'system' | 'developer'>(values['upstream.systemRole']),
    maxInputBytes: values['upstream.maxInputBytes'],
    extra: extraOf(values['upstream.extra'], faults),
    includeUsage: truthOf(values['upstream.includeUsage']),
    pictures: truthOf(values['upstream.pictures']),
    query: queryOf(values['upstream.query'], faults),
    authHeader: wordOf(values['upstream.authHeader']),
  };
}

/** How an upstream is reached. Rows that are empty stay, so that faults keep their places. */
export function connectionSettingsOf(values: ConnectionValues) {
  return {
    firstWordTimeoutMs: values['upstream.firstWordTimeoutMs'],
    silenceTimeoutMs: values['upstream.silenceTimeoutMs'],
    headers: values['upstream.headers'].map(headerOf),
  };
}

const wordOf = <T extends string>(text: string): T | null => (text.trim() || null) as T | null;

const answerOf = (truth: boolean | undefined): string => (truth === undefined ? '' : truth ? 'yes' : 'no');

const truthOf = (answer: string): boolean | null => (answer ? answer === 'yes' : null);

function rowOf({ name, value, secret, prefix }: Header): HeaderRow {
  return { name, isSecret: typeof secret === 'string', text: secret ?? value ?? '', prefix: prefix ?? '' };
}

function headerOf({ name, isSecret, text, prefix }: HeaderRow) {
  if (!isSecret) return { name: name.trim(), value: text };
  return { name: name.trim(), secret: text.trim(), ...(prefix && { prefix }) };
}

function temperatureOf(text: string, faults: Detail[]): number | null {
  if (!text.trim()) return null;
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  faults.push({ path: 'upstream.temperature', message: 'It must be a number from 0 to 2, such as 0.7.' });
  return null;
}

function extraOf(text: string, faults: Detail[]): Record<string, unknown> | null {
  if (!text.trim()) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  faults.push({ path: 'upstream.extra', message: 'It must be a JSON object, such as {"top_p": 0.5}.' });
  return null;
}

function queryOf(text: string, faults: Detail[]): Record<string, string> | null {
  const pairs = new Map<string, string>();
  const wrong = (message: string) => faults.push({ path: 'upstream.query', message });
  for (const line of text.split('\n')) {
    if (!line.trim()) continue;
    const at = line.indexOf('=');
    const name = line.slice(0, at).trim();
    if (at < 0) wrong(`"${line.trim()}" has no "=".`);
    else if (pairs.has(name)) wrong(`"${name}" is there twice.`);
    else pairs.set(name, line.slice(at + 1));
  }
  return pairs.size > 0 ? Object.fromEntries(pairs) : null;
}
