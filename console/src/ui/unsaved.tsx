// Asks before a link or the closing of the tab takes unsaved changes away. The browser's own back button isn't stopped.
import { useEffect } from 'preact/hooks';
import { go } from '../router';
import { confirm } from './confirm';

/** The forms with unsaved changes that are on the page. */
const unsaved = new Set<object>();

/** Keeps watch while `isChanged`. */
export function useUnsaved(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return;
    const mark = {};
    unsaved.add(mark);
    return () => void unsaved.delete(mark);
  }, [isChanged]);
}

function holdLink(event: MouseEvent): void {
  const link = event.target instanceof Element && event.target.closest('a');
  const path = link ? link.getAttribute('href') : null;
  const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
  if (unsaved.size === 0 || !path?.startsWith('#') || isElsewhere) return;
  event.preventDefault();
  void confirm({
    title: 'Leave without saving?',
    body: <p>Your changes on this page are not saved and will be lost.</p>,
    action: 'Discard the changes',
    isDanger: true,
    run: async () => go(path.slice(1)),
  });
}

function holdTab(event: BeforeUnloadEvent): void {
  if (unsaved.size > 0) event.preventDefault();
}

/** To be called once. */
export function watchUnsaved(): void {
  addEventListener('click', holdLink);
  addEventListener('beforeunload', holdTab);
}
