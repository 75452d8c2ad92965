// The end of a form: what was refused, and the buttons.
import type { ComponentChildren } from 'preact';
import type { Refusal } from '../api/refusal';
import { Refused } from './refused';

interface Props {
  form: { refusal?: Refusal; isBusy: boolean };
  action: string;
  isDisabled?: boolean;
  isDanger?: boolean;
  children?: ComponentChildren;
}

export function FormFoot({ form, action, isDisabled = false, isDanger = false, children }: Props) {
  return (
    <div class="form-foot">
      <Refused refusal={form.refusal} />
      <div class="actions">
        {children}
        <button class={isDanger ? 'danger' : 'primary'} disabled={form.isBusy || isDisabled} aria-busy={form.isBusy}>{action}</button>
      </div>
    </div>
  );
}
