// A native modal dialog: Escape closes it, the focus stays in it and goes back to where it came from.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Told } from './name';

interface Props {
  /** Names in it are `isolated`. */
  title: string;
  onClose: () => void;
  /** Keeps the dialog open, while something is running that can't be taken back. */
  isBusy?: boolean;
  children: ComponentChildren;
}

/** Is open as long as it is drawn. */
export function Dialog({ title, onClose, isBusy = false, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      dialog.current?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        if (!isBusy) onClose();
      }}
    >
      <h2 id={heading}><Told text={title} /></h2>
      {children}
    </dialog>
  );
}
