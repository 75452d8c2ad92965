// A target as its form has it, named by the paths at which the API reports faults, and as the API takes it.
import type { Schemas } from '../../api/client';

export const KINDS = [
  { value: 'openai', short: 'OpenAI-compatible', label: 'An OpenAI-compatible service' },
  { value: 'events', short: 'Own backend', label: 'A backend of your own' },
  { value: 'echo', short: 'Echo', label: 'The echo: says back what it hears' },
] as const;

export interface TargetValues {
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
};

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
  };
}

/** The body of a PUT: only what the kind has, whatever was typed for another kind before. */
export function bodyOf(values: TargetValues) {
  const orNull = (text: string) => text.trim() || null;
  const about = { name: orNull(values.name), description: orNull(values.description) };
  return { ...about, upstream: upstreamOf(values) } satisfies Schemas['TargetPut'];
}

function upstreamOf(values: TargetValues) {
  const { 'upstream.baseUrl': baseUrl, 'upstream.model': model } = values;
  const systemPrompt = values['upstream.systemPrompt'].trim() ? values['upstream.systemPrompt'] : null;
  const apiKeySecret = values['upstream.apiKeySecret'].trim() || null;
  switch (values['upstream.kind']) {
    case 'openai':
      return { kind: 'openai' as const, baseUrl, model, systemPrompt, apiKeySecret };
    case 'events':
      return { kind: 'events' as const, baseUrl, apiKeySecret };
    default:
      return { kind: 'echo' as const };
  }
}
