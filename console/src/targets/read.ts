// What is set up, as pages about tokens need it.
import { api, ask } from '../api/client';
import { every } from '../api/every';
import { type Load, useLoad } from '../api/load';
import { refusalOf } from '../api/refusal';
import type { Known } from './lack.ts';

/** Null for a credential that may not read targets. */
export type Targets = Load<Known | null>;

/** Every target, by id, and what answers for ids without one. */
export async function everyTarget() {
  let defaultUpstream: Known['defaultUpstream'] = null;
  const targets = await every(async (query) => {
    const { targets: rows, pagination, ...rest } = await ask(api.GET('/v1/targets', { params: { query } }));
    ({ defaultUpstream } = rest);
    return { rows, pagination };
  });
  return { targets, defaultUpstream };
}

export async function readTargets(): Promise<Known | null> {
  try {
    return await everyTarget();
  } catch (thrown) {
    if (refusalOf(thrown).status === 403) return null;
    throw thrown;
  }
}

export const useTargets = (): Targets => useLoad(readTargets, []);
