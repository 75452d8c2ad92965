// A target that is set up from within a token's form is chosen there at once.
import { useState } from 'preact/hooks';
import type { Schemas } from '../../api/client';
import type { Targets } from '../../targets/read';
import type { Form } from '../../ui/form';
import { notify } from '../../ui/notices';
import { type TokenValues, isListed, toggled } from './values';

/** The properties of a `TargetDialog`, and what opens it. */
export function useSetUp<T extends TokenValues>(given: Form<T>, targets: Targets) {
  const form = given as unknown as Form<TokenValues>;
  const [isOpen, setOpen] = useState(false);
  const onMade = (made: Schemas['Target']) => {
    if (targets.data) targets.set({ ...targets.data, targets: [...targets.data.targets, made] });
    if (!isListed(form.values, made.id)) {
      const next = toggled(form.values, made.id);
      form.set('flowIds', next.flowIds);
      form.set('agentIds', next.agentIds);
    }
    form.set('answers', '');
    notify(`${made.id} is set up, and chosen for this token.`);
  };
  return { open: () => setOpen(true), dialog: { isOpen, onMade, onClose: () => setOpen(false) } };
}
