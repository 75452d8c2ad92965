// A request whose answer isn't JSON, or is too long to be held as one text.
import { session } from '../session';
import { Refusal, refusalOf } from './refusal';

/** The answer, of which nothing is read yet. Throws a `Refusal`. */
export async function open(path: string, signal: AbortSignal): Promise<Response> {
  const headers = { Authorization: `Bearer ${session.value.credential}` };
  const init: RequestInit = { headers, signal, cache: 'no-store', credentials: 'omit' };
  const response = await fetch(path, init).catch((thrown) => Promise.reject(refusalOf(thrown)));
  if (response.ok) return response;
  throw new Refusal(response.status, await response.json().catch(() => null), response.headers);
}
