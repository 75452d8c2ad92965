// Ending an API key's old value before its time.
import { api, ask } from '../../api/client';
import { Dialog } from '../../ui/dialog';
import { useForm } from '../../ui/form';
import { FormFoot } from '../../ui/form-foot';
import { notify } from '../../ui/notices';
import { Time } from '../../ui/text';
import type { ApiKey } from './index';
import { isolated } from '../../ui/isolated.ts';

interface Props {
  apiKey: ApiKey;
  onDone: () => void;
  onClose: () => void;
}

export function EndOldValue({ apiKey, onDone, onClose }: Props) {
  const form = useForm({}, async () => {
    await ask(api.DELETE('/v1/api-keys/{id}/previous-key', { params: { path: { id: apiKey.id } } }));
    notify(`The old value of ${isolated(apiKey.name)} is ended.`);
    onDone();
  });
  return (
    <Dialog title={`End the old value of ${isolated(apiKey.name)}?`} onClose={onClose} isBusy={form.isBusy}>
      <p>It would work until <Time at={apiKey.previousKeyExpiresAt} />. Whatever still uses it is refused at once; the present value works on. This can't be taken back.</p>
      <p>Since there is a newer one it was last used: <Time at={apiKey.previousKeyLastUsedAt} />.</p>
      <form class="form" onSubmit={form.submit}>
        <FormFoot form={form} action="End the old value" isDanger><button type="button" onClick={onClose}>Cancel</button></FormFoot>
      </form>
    </Dialog>
  );
}
