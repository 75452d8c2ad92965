// What a token lacks before a page can chat with it: the API's warnings `no_target` and `unknown_target` (contract
// section 2), told from what is set up, since only create and PUT carry them.
import type { Schemas } from '../api/client';

/** What is set up, and what answers for all else. */
export type Known = Pick<Schemas['TargetList'], 'targets' | 'defaultUpstream'>;

/** Lists of a token, as far as they say who answers. */
export type Listed = Pick<Schemas['ClientToken'], 'flowIds' | 'defaultFlowId' | 'agentIds'>;

export interface Lack {
  type: 'no_target' | 'unknown_target';
  /** What nothing answers for. */
  ids: string[];
  /** Whether a page that names no target is refused, too. */
  isWhole: boolean;
}

const TYPES: string[] = ['no_target', 'unknown_target'] satisfies Lack['type'][];
/** The ids that can be set up. */
const ID = /^(flow|agent)_[A-Za-z0-9_-]+$/;

/** Undefined for a token that is whole, and for one of which it can't be told without `known`. */
export function lackOf({ flowIds, defaultFlowId, agentIds }: Listed, known?: Known): Lack | undefined {
  const ids = [...flowIds, ...agentIds];
  if (ids.length === 0) return { type: 'no_target', ids, isWhole: true };
  if (!known || known.defaultUpstream) return undefined;
  const setUp = new Set(known.targets.map(({ id }) => id));
  const missing = ids.filter((id) => !setUp.has(id));
  const first = defaultFlowId ?? ids[0];
  return missing.length > 0 ? { type: 'unknown_target', ids: missing, isWhole: missing.includes(first ?? '') } : undefined;
}

/** The same, as the warnings about a token that was just made say; what they don't say is told from `known`. */
export function lackToldBy(warnings: Schemas['Warning'][], token: Listed, known?: Known): Lack | undefined {
  const told = warnings.find(({ type }) => TYPES.includes(type));
  if (!told) return undefined;
  const found = lackOf(token, known);
  return found ?? { type: told.type as Lack['type'], ids: [], isWhole: true };
}

/** What is missing, in a sentence, and what comes of it. */
export function said({ type, ids, isWhole }: Lack): [title: string, about: string] {
  if (type === 'no_target') {
    return ['This token has no target', 'Every page that uses it is refused: it lists no flow and no agent to chat with.'];
  }
  const title = ids.length > 0 ? `Nothing answers for ${ids.join(', ')}` : 'Nothing answers for a target of this token';
  return [title, isWhole ? 'A page that uses this token is refused.' : 'A page that asks for it is refused; the others chat.'];
}

/** What is missing, as the end of a sentence. */
export function clause(lack: Lack): string {
  const [title] = said(lack);
  return `${title.charAt(0).toLowerCase()}${title.slice(1)}`;
}

export const canBeSetUp = (id: string): boolean => ID.test(id);

/** What a token can list where the deployment's default answers: any id that has no target of its own would do. */
export const DEFAULT_IDS = { echo: 'flow_echo', openai: 'flow_default', events: 'flow_default' } as const;
