// Setting up a target without leaving a form. What was typed is there again when it is opened again.
import type { Schemas } from '../../api/client';
import { Dialog } from '../../ui/dialog';
import { FormFoot } from '../../ui/form-foot';
import { AboutFields, IdField, UpstreamFields } from './fields';
import { useNewTarget } from './make';
import { NEW_TARGET } from './values';

interface Props {
  isOpen: boolean;
  onMade: (made: Schemas['Target']) => void;
  onClose: () => void;
}

export function TargetDialog({ isOpen, onMade, onClose }: Props) {
  const form = useNewTarget((made) => {
    onMade(made);
    onClose();
    form.reset(NEW_TARGET);
  });
  if (!isOpen) return null;
  return (
    <Dialog title="New target" onClose={onClose} isBusy={form.isBusy}>
      <form class="form" onSubmit={form.submit}>
        <IdField form={form} />
        <UpstreamFields form={form} hasPresets />
        <AboutFields form={form} />
        <FormFoot form={form} action="Set up target"><button type="button" onClick={onClose}>Cancel</button></FormFoot>
      </form>
    </Dialog>
  );
}
