// A token as it was read, with the version that an edit is held to.
import { type Schemas, answer, api } from '../../api/client';
import { etagOf } from '../../api/etag';

export interface Versioned {
  token: Schemas['CountedClientToken'];
  /** For `If-Match`: an edit of another version is refused with 412. */
  etag?: string;
}

export async function find(id: string): Promise<Versioned> {
  const { data, headers } = await answer(api.GET('/v1/client-tokens/{id}', { params: { path: { id } } }));
  return { token: data.clientToken, etag: etagOf(headers) };
}
