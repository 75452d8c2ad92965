// Giving an API key a new value; the old one may work on for a while.
import { type Schemas, api, ask } from '../../api/client';
import { useOnce } from '../../api/once';
import { signIn } from '../../session';
import { Dialog } from '../../ui/dialog';
import { SelectField } from '../../ui/fields';
import { useForm } from '../../ui/form';
import { FormFoot } from '../../ui/form-foot';
import type { ApiKey } from './index';
import { isInUse } from './own';
import { isolated } from '../../ui/isolated.ts';

const GRACE = [
  { value: '0', label: 'At once' },
  { value: '300', label: 'After 5 minutes' },
  { value: '3600', label: 'After an hour' },
  { value: '86400', label: 'After a day' },
];

interface Props {
  apiKey: ApiKey;
  onMade: (made: Schemas['ApiKeyMade']) => void;
  onClose: () => void;
}

export function RegenerateKey({ apiKey, onMade, onClose }: Props) {
  const keyFor = useOnce();
  const isOwn = isInUse(apiKey);
  const form = useForm({ gracePeriodSeconds: '3600' }, async (values) => {
    const body = { gracePeriodSeconds: Number(values.gracePeriodSeconds) };
    const params = { path: { id: apiKey.id }, header: { 'Idempotency-Key': keyFor(body) } };
    const made = await ask(api.POST('/v1/api-keys/{id}/regenerate', { params, body }));
    if (isOwn) signIn(made.key);
    onMade(made);
  });
  return (
    <Dialog title={`Give ${isolated(apiKey.name)} a new value?`} onClose={onClose} isBusy={form.isBusy}>
      <p>The key keeps its id, permissions and expiry. Whatever uses it needs the new value before the old one ends; this can't be taken back.</p>
      {isOwn && <p>You are signed in with this key: this tab goes on with the new value.</p>}
      <form class="form" onSubmit={form.submit}>
        <SelectField form={form} name="gracePeriodSeconds" label="The old value ends" options={GRACE} />
        <FormFoot form={form} action="Regenerate the value"><button type="button" onClick={onClose}>Cancel</button></FormFoot>
      </form>
    </Dialog>
  );
}
