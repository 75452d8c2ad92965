// A token's settings as its form has them, and as the API takes them.
import type { Schemas } from '../../api/client';
import { Refusal } from '../../api/refusal';

/** The members of `config` that have fields of their own, as texts; a field is named by the path of its faults. */
const TEXTS = ['welcomeMessage', 'placeholder', 'failureMessage', 'brokenMessage'] as const;
type Texts = Record<`config.${(typeof TEXTS)[number]}`, string>;

export interface TokenValues extends Texts {
  name: string;
  allowedOrigins: string[];
  flowIds: string[];
  defaultFlowId: string;
  agentIds: string[];
  pinToVersion: string;
  targetAlias: string;
  targetVersionId: string;
  rateLimitPerMinute: number | null;
  rateLimitPerHour: number | null;
  maxMessagesPerSession: number | null;
  sessionIdleTimeoutMinutes: number | null;
  /** The other members of `config`, as JSON. */
  config: string;
}

type Settings = Omit<Schemas['ClientTokenUpdate'], 'isActive' | 'environment' | 'productSurfaceId'>;

export const NEW_TOKEN: TokenValues = {
  name: '',
  allowedOrigins: [''],
  flowIds: [],
  defaultFlowId: '',
  agentIds: [],
  pinToVersion: 'latest',
  targetAlias: '',
  targetVersionId: '',
  rateLimitPerMinute: 10,
  rateLimitPerHour: 100,
  maxMessagesPerSession: 100,
  sessionIdleTimeoutMinutes: 30,
  'config.welcomeMessage': '',
  'config.placeholder': '',
  'config.failureMessage': '',
  'config.brokenMessage': '',
  config: '{}',
};

export function valuesOf(token: Schemas['ClientToken']): TokenValues {
  const config = token.config as Record<string, unknown>;
  const textOf = (name: string) => (typeof config[name] === 'string' ? config[name] : undefined);
  const texts = Object.fromEntries(TEXTS.map((name) => [`config.${name}`, textOf(name) ?? ''])) as Texts;
  const hasField = (name: string) => TEXTS.some((text) => text === name) && textOf(name) !== undefined;
  const rest = Object.fromEntries(Object.entries(config).filter(([name]) => !hasField(name)));
  return {
    name: token.name,
    allowedOrigins: token.allowedOrigins,
    flowIds: token.flowIds,
    defaultFlowId: token.defaultFlowId ?? '',
    agentIds: token.agentIds,
    pinToVersion: token.pinToVersion ?? '',
    targetAlias: token.targetAlias ?? '',
    targetVersionId: token.targetVersionId ?? '',
    rateLimitPerMinute: token.rateLimitPerMinute,
    rateLimitPerHour: token.rateLimitPerHour,
    maxMessagesPerSession: token.maxMessagesPerSession,
    sessionIdleTimeoutMinutes: token.sessionIdleTimeoutMinutes,
    ...texts,
    config: JSON.stringify(rest, null, 2),
  };
}

/**
 * The body of a create. Empty texts are null, and empty entries of lists stay, so that faults keep their places.
 * Throws a `Refusal` for a `config` that isn't JSON, which can't be sent.
 */
export function bodyOf(values: TokenValues): Settings & { name: string; allowedOrigins: string[] } {
  const {
    config,
    'config.welcomeMessage': welcomeMessage,
    'config.placeholder': placeholder,
    'config.failureMessage': failureMessage,
    'config.brokenMessage': brokenMessage,
    ...plain
  } = values;
  const texts = Object.entries({ welcomeMessage, placeholder, failureMessage, brokenMessage }).filter(([, text]) => text !== '');
  const orNull = (text: string) => text.trim() || null;
  return {
    ...plain,
    defaultFlowId: orNull(plain.defaultFlowId),
    pinToVersion: orNull(plain.pinToVersion),
    targetAlias: orNull(plain.targetAlias),
    targetVersionId: orNull(plain.targetVersionId),
    config: { ...parsed(config), ...Object.fromEntries(texts) },
  };
}

/** The body of an edit: what differs from the settings at its beginning, so that edits of other fields stand. */
export function changesOf(before: TokenValues, after: TokenValues): Settings {
  const [old, now] = [bodyOf(before), bodyOf(after)];
  const isChanged = ([name, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(old[name as keyof Settings]);
  return Object.fromEntries(Object.entries(now).filter(isChanged)) as Settings;
}

function parsed(config: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(config || '{}');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new Refusal(0, {
    error: 'The form has a fault.',
    details: [{ path: 'config', message: 'It must be a JSON object, such as {"theme": {"primary": "#3451b2"}}.' }],
  });
}
