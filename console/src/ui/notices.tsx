// Short messages about what was done, read out by screen readers without moving the focus.
import { Store, useStore } from '../store';
import { Told } from './name';

interface Notice {
  id: number;
  text: string;
}

const LASTS_MS = 8_000;
const notices = new Store<Notice[]>([]);
let last = 0;

const dismiss = (id: number) => {
  notices.value = notices.value.filter((notice) => notice.id !== id);
};

/** Says that something was done, names in it `isolated`. What went wrong stays where it was asked for: see `Refused`. */
export function notify(text: string): void {
  const id = ++last;
  notices.value = [...notices.value, { id, text }];
  setTimeout(() => dismiss(id), LASTS_MS);
}

export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {useStore(notices).map(({ id, text }) => (
        <p key={id} class="notice">
          <span><Told text={text} /></span>
          <button type="button" class="quiet" aria-label="Dismiss" onClick={() => dismiss(id)}>✕</button>
        </p>
      ))}
    </div>
  );
}
