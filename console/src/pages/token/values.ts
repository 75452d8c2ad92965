// A token's settings as its form has them, and as the API takes them.
import type { Schemas } from '../../api/client';
import { Refusal } from '../../api/refusal.ts';

/** The members of `config` that have fields of their own, as texts; a field is named by the path of its faults. */
const TEXTS = ['welcomeMessage', 'placeholder', 'failureMessage', 'brokenMessage'] as const;
type Texts = Record<`config.${(typeof TEXTS)[number]}`, string>;

export interface TokenValues extends Texts {
  /** That nothing is to answer yet, which must be said: a token without a target is of no use. */
  answers: '' | 'none';
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
  answers: '',
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
    answers: token.flowIds.length + token.agentIds.length === 0 ? 'none' : '',
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

type Lists = Pick<TokenValues, 'flowIds' | 'agentIds' | 'defaultFlowId'>;

export const isListed = ({ flowIds, agentIds }: Lists, id: string): boolean => [...flowIds, ...agentIds].includes(id);

/** The lists with a target more, or without it. A default that is no longer listed is none. */
export function toggled(lists: Lists, id: string): Lists {
  const name = id.startsWith('agent_') ? 'agentIds' : 'flowIds';
  const { flowIds, agentIds, defaultFlowId } = lists;
  const without = (ids: string[]) => ids.filter((one) => one !== id && one !== '');
  const next = { flowIds: without(flowIds), agentIds: without(agentIds) };
  if (!isListed(lists, id)) next[name].push(id);
  return { ...next, defaultFlowId: next.flowIds.includes(defaultFlowId) ? defaultFlowId : '' };
}

/**
 * The body of a create. Empty texts are null, and empty entries of lists stay, so that faults keep their places.
 * Throws a `Refusal` for what can't be sent: no target without a word, and a `config` that isn't JSON.
 */
export function bodyOf(values: TokenValues): Settings & { name: string; allowedOrigins: string[] } {
  const {
    answers,
    config,
    'config.welcomeMessage': welcomeMessage,
    'config.placeholder': placeholder,
    'config.failureMessage': failureMessage,
    'config.brokenMessage': brokenMessage,
    ...plain
  } = values;
  const texts = Object.entries({ welcomeMessage, placeholder, failureMessage, brokenMessage }).filter(([, text]) => text !== '');
  const others = parsed(config);
  const hasAnswer = plain.flowIds.length + plain.agentIds.length > 0 || answers === 'none';
  const details = [
    ...(hasAnswer ? [] : [{ path: 'answers', message: 'Choose what answers, or say that nothing does yet.' }]),
    ...(others ? [] : [{ path: 'config', message: 'It must be a JSON object, such as {"theme": {"primary": "#3451b2"}}.' }]),
  ];
  if (details.length > 0) throw new Refusal(0, { error: 'The form has a fault.', details });
  const orNull = (text: string) => text.trim() || null;
  return {
    ...plain,
    defaultFlowId: orNull(plain.defaultFlowId),
    pinToVersion: orNull(plain.pinToVersion),
    targetAlias: orNull(plain.targetAlias),
    targetVersionId: orNull(plain.targetVersionId),
    config: { ...others, ...Object.fromEntries(texts) },
  };
}

/** The body of an edit: what differs from the settings at its beginning, so that edits of other fields stand. */
export function changesOf(before: TokenValues, after: TokenValues): Settings {
  const [old, now] = [bodyOf(before), bodyOf(after)];
  const isChanged = ([name, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(old[name as keyof Settings]);
  return Object.fromEntries(Object.entries(now).filter(isChanged)) as Settings;
}

/** Undefined for what isn't a JSON object. */
function parsed(config: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(config || '{}');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // As for any other text.
  }
  return undefined;
}
