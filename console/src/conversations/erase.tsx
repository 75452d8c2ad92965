// Erases a person: every conversation that they held through a token while they were signed in, and
// their feedback.
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
  const [done, setDone] = useState(NOTHING);
  const form = useForm({ userId: '' }, async ({ userId }) => {
    const total = await erase(tokenId, userId, setDone);
    notify(isNothing(total) ? `${userId} had no conversation here and gave no feedback.` : `${told(total)} of ${userId} erased.`);
    onErased();
    onClose();
  });
  return (
    <Dialog title="Erase a person" isBusy={form.isBusy} onClose={onClose}>
      <form class="form" onSubmit={form.submit}>
        <p>
          Deletes every conversation of this person through this token, with all messages, and all feedback that
          they gave. Nothing brings them back. Visitors who were not signed in are not known by an id.
        </p>
        <TextField form={form} name="userId" label="The person's id" isCode isRequired placeholder="user_42"
          hint="The user.id of the values that were minted for them." />
        {!isNothing(done) && <p role="status">{told(done)} so far…</p>}
        <FormFoot form={form} action="Erase for good" isDanger>
          <button type="button" onClick={onClose} disabled={form.isBusy}>Cancel</button>
        </FormFoot>
      </form>
    </Dialog>
  );
}

interface Erased {
  conversations: number;
  feedback: number;
}

const NOTHING: Erased = { conversations: 0, feedback: 0 };

const isNothing = ({ conversations, feedback }: Erased) => conversations + feedback === 0;

/** What hung on no conversation is told beside those. */
const told = ({ conversations, feedback }: Erased) =>
  [conversations > 0 && counted(conversations, 'conversation'), feedback > 0 && counted(feedback, 'rating')].filter(Boolean).join(' and ');

/** One request deletes so much at most: it is sent again while something is left. */
async function erase(id: string, userId: string, onRound: (total: Erased) => void): Promise<Erased> {
  let total = NOTHING;
  for (;;) {
    const call = api.DELETE('/v1/client-tokens/{id}/conversations', { params: { path: { id }, query: { userId } } });
    const { deleted, deletedFeedback, hasMore } = await ask(call);
    total = { conversations: total.conversations + deleted, feedback: total.feedback + deletedFeedback };
    onRound(total);
    if (!hasMore) return total;
  }
}
