// A target as its form has it, named by the paths at which the API reports faults, and as the API takes it.
import type { Schemas } from '../../api/client';
import { type Detail, Refusal } from '../../api/refusal.ts';
import type { Preset } from './presets.ts';
import {
  type ConnectionValues, type ModelValues, NO_CONNECTION_SETTINGS, NO_MODEL_SETTINGS,
  connectionSettingsOf, modelSettingsOf, settingValuesOf,
} from './setting-values.ts';

export const KINDS = [
  { value: 'openai', short: 'OpenAI-compatible', label: 'An OpenAI-compatible service' },
  { value: 'events', short: 'Own backend', label: 'A backend of your own' },
  { value: 'echo', short: 'Echo', label: 'The echo: says back what it hears' },
] as const;

export interface TargetValues extends ModelValues, ConnectionValues {
  id: string;
  name: string;
  description: string;
  'upstream.kind': string;
  'upstream.baseUrl': string;
  'upstream.model': string;
  'upstream.systemPrompt': string;
  'upstream.apiKeySecret': string;
}

export const NEW_TARGET: TargetValues = {
  id: '',
  name: '',
  description: '',
  'upstream.kind': 'openai',
  'upstream.baseUrl': '',
  'upstream.model': '',
  'upstream.systemPrompt': '',
  'upstream.apiKeySecret': '',
  ...NO_MODEL_SETTINGS,
  ...NO_CONNECTION_SETTINGS,
};

/** What a preset fills in. Settings of another preset don't stay; the rest of the form does. */
export function filledBy({ baseUrl, secret, query = '', authHeader = '', maxOutputTokensAs = '' }: Preset) {
  return {
    'upstream.baseUrl': baseUrl,
    'upstream.apiKeySecret': secret,
    'upstream.query': query,
    'upstream.authHeader': authHeader,
    'upstream.maxOutputTokensAs': maxOutputTokensAs,
  } satisfies Partial<TargetValues>;
}

export function valuesOf({ id, name, description, upstream }: Schemas['Target']): TargetValues {
  return {
    id,
    name: name ?? '',
    description: description ?? '',
    'upstream.kind': upstream.kind,
    'upstream.baseUrl': upstream.baseUrl ?? '',
    'upstream.model': upstream.model ?? '',
    'upstream.systemPrompt': upstream.systemPrompt ?? '',
    'upstream.apiKeySecret': upstream.apiKeySecret ?? '',
    ...settingValuesOf(upstream),
  };
}

/**
 * The body of a PUT: only what the kind has, whatever was typed for another kind before. Throws a `Refusal` for what
 * can't be sent.
 */
export function bodyOf(values: TargetValues) {
  const orNull = (text: string) => text.trim() || null;
  const about = { name: orNull(values.name), description: orNull(values.description) };
  const faults: Detail[] = [];
  const upstream = upstreamOf(values, faults);
  if (faults.length > 0) throw new Refusal(0, { error: 'The form has a fault.', details: faults });
  return { ...about, upstream } satisfies Schemas['TargetPut'];
}

function upstreamOf(values: TargetValues, faults: Detail[]) {
  const { 'upstream.baseUrl': baseUrl, 'upstream.model': model } = values;
  const systemPrompt = values['upstream.systemPrompt'].trim() ? values['upstream.systemPrompt'] : null;
  const apiKeySecret = values['upstream.apiKeySecret'].trim() || null;
  const connection = { baseUrl, apiKeySecret, ...connectionSettingsOf(values) };
  switch (values['upstream.kind']) {
    case 'openai':
      return { kind: 'openai' as const, model, systemPrompt, ...connection, ...modelSettingsOf(values, faults) };
    case 'events':
      return { kind: 'events' as const, ...connection };
    default:
      return { kind: 'echo' as const };
  }
}
