// Who is signed in. The credential stays in this tab's sessionStorage: it is in no address, no cookie and no log, and is
// gone when the tab closes or after signing out.
import { Store } from './store';

const SLOT = 'client-tokens.credential';

export interface Session {
  credential: string | null;
  /** Why the last session ended, if not by signing out. */
  ended?: string;
}

export const session = new Store<Session>({ credential: sessionStorage.getItem(SLOT) });

export function signIn(credential: string): void {
  sessionStorage.setItem(SLOT, credential);
  session.value = { credential };
}

/** Forgets the credential; `ended` says why, if it wasn't asked for. */
export function signOut(ended?: string): void {
  sessionStorage.removeItem(SLOT);
  session.value = { credential: null, ended };
}

/** Whether the API lets it change only what is for tests (contract section 4). */
export const isTestKey = (): boolean => session.value.credential?.startsWith('rt_test_') ?? false;

/** What may be shown of a credential: its kind and last four characters. */
export function hintOf(credential: string): string {
  const kind = /^rt_(live|test)_/.exec(credential);
  return kind ? `${kind[0]}…${credential.slice(-4)}` : 'Session token';
}
