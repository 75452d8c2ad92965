// Revoking an API key, alone or with the keys that it made.
import { api, ask } from '../../api/client';
import { Dialog } from '../../ui/dialog';
import { CheckField } from '../../ui/fields';
import { useForm } from '../../ui/form';
import { FormFoot } from '../../ui/form-foot';
import { notify } from '../../ui/notices';
import { counted } from '../../ui/text';
import type { ApiKey } from './index';
import { isInUse } from './own';
import { isolated } from '../../ui/isolated.ts';
import { Name } from '../../ui/name';

interface Props {
  apiKey: ApiKey;
  all: ApiKey[];
  onDone: () => void;
  onClose: () => void;
}

/** The active keys that a key made, directly or not. */
export function descendants(id: string, all: ApiKey[]): ApiKey[] {
  const made = all.filter(({ createdBy }) => createdBy === id);
  return made.flatMap((key) => [key, ...descendants(key.id, all)]).filter(({ isActive }) => isActive);
}

export function RevokeKey({ apiKey, all, onDone, onClose }: Props) {
  const made = descendants(apiKey.id, all);
  const form = useForm({ cascade: false }, async ({ cascade }) => {
    await ask(api.DELETE('/v1/api-keys/{id}', { params: { path: { id: apiKey.id }, query: { cascade } } }));
    notify(`${isolated(apiKey.name)} is revoked.`);
    onDone();
  });
  return (
    <Dialog title={`Revoke ${isolated(apiKey.name)}?`} onClose={onClose} isBusy={form.isBusy}>
      <p>Its value stops working at once, and whatever uses it is refused. This can't be taken back.</p>
      {isInUse(apiKey) && <p class="warned">You are signed in with this key: afterwards you need another one to sign in.</p>}
      <form class="form" onSubmit={form.submit}>
        {made.length > 0 && (
          <>
            <CheckField form={form} name="cascade" label={`Also revoke ${counted(made.length, 'key')} that it made`} hint="Made by it directly, or by a key of these. If its value was stolen, they may not be yours." />
            <ul class="minor names">{made.map(({ id, name }) => <li key={id}><Name of={name} /></li>)}</ul>
          </>
        )}
        <FormFoot form={form} action={form.values.cascade ? `Revoke ${made.length + 1} keys` : 'Revoke the key'} isDanger>
          <button type="button" onClick={onClose}>Cancel</button>
        </FormFoot>
      </form>
    </Dialog>
  );
}
