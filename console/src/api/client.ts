// Calls the API that serves this console, with the types of its own description.
import createClient from 'openapi-fetch';
import type { components, paths } from '../../generated/openapi';
import { session, signOut } from '../session';
import { Refusal, refusalOf } from './refusal';

export type Schemas = components['schemas'];

export const api = createClient<paths>({ baseUrl: location.origin, cache: 'no-store', credentials: 'omit' });

api.use({
  onRequest({ request }) {
    const { credential } = session.value;
    if (credential && !request.headers.has('Authorization')) request.headers.set('Authorization', `Bearer ${credential}`);
    return request;
  },
});

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

export interface Answer<T> {
  data: T;
  headers: Headers;
}

/**
 * What the API answered, with its headers. Throws a `Refusal`; a 401 also ends the session, since the credential that
 * was good when it was entered no longer is.
 */
export async function answer<T>(call: Promise<Outcome<T>>): Promise<Answer<T>> {
  const used = session.value.credential;
  const { data, error, response } = await call.catch((thrown) => Promise.reject(refusalOf(thrown)));
  if (response.ok) return { data: data as T, headers: response.headers };
  const refusal = new Refusal(response.status, error, response.headers);
  if (refusal.status === 401 && used && used === session.value.credential) {
    signOut([refusal.message, refusal.hint].filter(Boolean).join(' '));
  }
  throw refusal;
}

/** What the API answered, without the headers. */
export async function ask<T>(call: Promise<Outcome<T>>): Promise<T> {
  return (await answer(call)).data;
}
