// Erases a person: every conversation that they held through a token while they were signed in.
import { useState } from 'preact/hooks';
import { api, ask } from '../api/client';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/fields';
import { FormFoot } from '../ui/form-foot';
import { useForm } from '../ui/form';
import { notify } from '../ui/notices';
import { counted } from '../ui/text';

interface Props {
  tokenId: string;
  onErased: () => void;
  onClose: () => void;
}

export function EraseDialog({ tokenId, onErased, onClose }: Props) {
  const [done, setDone] = useState(0);
  const form = useForm({ userId: '' }, async ({ userId }) => {
    const total = await erase(tokenId, userId, setDone);
    notify(total ? `${counted(total, 'conversation')} of ${userId} erased.` : `${userId} had no conversation here.`);
    onErased();
    onClose();
  });
  return (
    <Dialog title="Erase a person" isBusy={form.isBusy} onClose={onClose}>
      <form class="form" onSubmit={form.submit}>
        <p>
          Deletes every conversation of this person through this token, with all messages and the feedback on them.
          Nothing brings them back. Visitors who were not signed in are not known by an id.
        </p>
        <TextField form={form} name="userId" label="The person's id" isCode isRequired placeholder="user_42"
          hint="The user.id of the values that were minted for them." />
        {done > 0 && <p role="status">{counted(done, 'conversation')} so far…</p>}
        <FormFoot form={form} action="Erase for good" isDanger>
          <button type="button" onClick={onClose} disabled={form.isBusy}>Cancel</button>
        </FormFoot>
      </form>
    </Dialog>
  );
}

/** One request deletes so many at most: it is sent again while some are left. */
async function erase(id: string, userId: string, told: (total: number) => void): Promise<number> {
  let total = 0;
  for (;;) {
    const call = api.DELETE('/v1/client-tokens/{id}/conversations', { params: { path: { id }, query: { userId } } });
    const { deleted, hasMore } = await ask(call);
    total += deleted;
    told(total);
    if (!hasMore) return total;
  }
}
