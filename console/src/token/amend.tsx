// Changes a few fields of a token, said beforehand; used where a page proposes the change itself.
import { answer, api, ask, type Schemas } from '../api/client';
import { etagOf } from '../api/etag';
import { refusalOf } from '../api/refusal';
import { cautions } from '../origins/cautions.ts';
import { confirm } from '../ui/confirm';
import { told, type Edit } from '../verify/advice.ts';
import { isolated } from '../ui/isolated.ts';

export type Warning = Schemas['Warning'];
export type Update = Schemas['ClientTokenUpdate'];
type ClientToken = Schemas['CountedClientToken'];

export interface Amended {
  id: string;
  name: string;
  environment: 'test' | 'live';
}

/**
 * Asks, changes, and resolves to the API's warnings about the result; to null if it was not done. `wanted` may depend on
 * the token as it is by now, where the caller's credential may read it.
 */
export async function amend({ id, name, environment }: Amended, wanted: Update | ((present?: ClientToken) => Update)) {
  const present = await presentOf(id);
  const before = present?.token as Edit | undefined;
  const edit = typeof wanted === 'function' ? wanted(present?.token) : wanted;
  const warned = added(edit, before).flatMap((entry) => cautions(entry, environment));
  let warnings: Warning[] = [];
  const isDone = await confirm({
    title: `Change \u201c${isolated(name)}\u201d?`,
    body: (
      <>
        <p>{told(edit as Edit, before).join(' ')} It takes effect with the next request.</p>
        {warned.length > 0 && <div class="warned"><ul>{warned.map((text) => <li key={text}>{text}</li>)}</ul></div>}
      </>
    ),
    action: 'Make this change',
    run: async () => {
      const header = present?.etag ? { 'If-Match': present.etag } : undefined;
      const call = api.PUT('/v1/client-tokens/{id}', { params: { path: { id }, header }, body: edit });
      ({ warnings } = await ask(call));
    },
  });
  return isDone ? warnings : null;
}

/** The token as it is, so that the change is not made over somebody else's; null for a key that may not read it. */
async function presentOf(id: string) {
  try {
    const { data, headers } = await answer(api.GET('/v1/client-tokens/{id}', { params: { path: { id } } }));
    return { token: data.clientToken, etag: etagOf(headers) };
  } catch (thrown) {
    if (refusalOf(thrown).status === 403) return null;
    throw thrown;
  }
}

function added({ allowedOrigins = [] }: Update, before?: Edit): string[] {
  const listed = before?.allowedOrigins;
  return Array.isArray(listed) ? allowedOrigins.filter((entry) => !listed.includes(entry)) : allowedOrigins.slice(-1);
}
