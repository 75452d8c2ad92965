// What is set up, as pages about tokens need it.
import { api, ask } from '../api/client';
import { type Load, useLoad } from '../api/load';
import { refusalOf } from '../api/refusal';
import type { Known } from './lack.ts';

/** Null for a credential that may not read targets. */
export type Targets = Load<Known | null>;

export async function readTargets(): Promise<Known | null> {
  try {
    return await ask(api.GET('/v1/targets', {}));
  } catch (thrown) {
    if (refusalOf(thrown).status === 403) return null;
    throw thrown;
  }
}

export const useTargets = (): Targets => useLoad(readTargets, []);
