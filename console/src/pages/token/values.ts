// A token's settings as its form has them, and as the API takes them.
import type { Schemas } from '../../api/client';
import { Refusal } from '../../api/refusal';

export interface TokenValues {
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
  welcomeMessage: string;
  placeholder: string;
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
  welcomeMessage: '',
  placeholder: '',
  config: '{}',
};

export function valuesOf(token: Schemas['ClientToken']): TokenValues {
  const { welcomeMessage, placeholder, ...others } = token.config as Record<string, unknown>;
  const isText = (value: unknown) => typeof value === 'string';
  const rest = {
    ...(welcomeMessage !== undefined && !isText(welcomeMessage) && { welcomeMessage }),
    ...(placeholder !== undefined && !isText(placeholder) && { placeholder }),
    ...others,
  };
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
    welcomeMessage: isText(welcomeMessage) ? String(welcomeMessage) : '',
    placeholder: isText(placeholder) ? String(placeholder) : '',
    config: JSON.stringify(rest, null, 2),
  };
}

/**
 * The body of a create. Empty texts are null, and empty entries of lists stay, so that faults keep their places.
 * Throws a `Refusal` for a `config` that isn't JSON, which can't be sent.
 */
export function bodyOf(values: TokenValues): Settings & { name: string; allowedOrigins: string[] } {
  const { welcomeMessage, placeholder, config, ...plain } = values;
  const orNull = (text: string) => text.trim() || null;
  return {
    ...plain,
    defaultFlowId: orNull(plain.defaultFlowId),
    pinToVersion: orNull(plain.pinToVersion),
    targetAlias: orNull(plain.targetAlias),
    targetVersionId: orNull(plain.targetVersionId),
    config: { ...parsed(config), ...(welcomeMessage && { welcomeMessage }), ...(placeholder && { placeholder }) },
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
