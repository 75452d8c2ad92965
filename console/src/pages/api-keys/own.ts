// Whether an API key is the one that this tab is signed in with, as far as its prefix and last characters tell.
import { session } from '../../session';
import type { ApiKey } from './index';

export function isInUse({ keyPrefix, keyHint, isActive }: ApiKey): boolean {
  const { credential } = session.value;
  return isActive && credential !== null && credential.startsWith(`${keyPrefix}_`) && credential.endsWith(keyHint);
}
