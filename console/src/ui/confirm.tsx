// Asks before something is done, and says what will happen. A refusal is shown in the dialog, which stays open.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { type Refusal, refusalOf } from '../api/refusal';
import { Store, useStore } from '../store';
import { Dialog } from './dialog';
import { Refused } from './refused';

interface Question {
  title: string;
  /** What will happen, and whether it can be taken back. */
  body: ComponentChildren;
  /** The button's words: what is done, such as "Delete token". */
  action: string;
  isDanger?: boolean;
  run: () => Promise<unknown>;
}

const asked = new Store<(Question & { settle: (isDone: boolean) => void }) | null>(null);

/** Resolves to whether it was done. */
export function confirm(question: Question): Promise<boolean> {
  return new Promise((settle) => {
    asked.value = { ...question, settle };
  });
}

/** Drawn once, by the app. */
export function Confirmation() {
  const question = useStore(asked);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  if (!question) return null;
  const close = (isDone: boolean) => {
    asked.value = null;
    setRefusal(undefined);
    question.settle(isDone);
  };
  const run = async () => {
    setBusy(true);
    setRefusal(undefined);
    try {
      await question.run();
      close(true);
    } catch (thrown) {
      setRefusal(refusalOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={question.title} isBusy={isBusy} onClose={() => close(false)}>
      <div class="dialog-body">{question.body}</div>
      <Refused refusal={refusal} />
      <div class="actions">
        <button type="button" onClick={() => close(false)} disabled={isBusy}>Cancel</button>
        <button type="button" class={question.isDanger ? 'danger' : 'primary'} onClick={run} aria-busy={isBusy} disabled={isBusy}>
          {question.action}
        </button>
      </div>
    </Dialog>
  );
}
