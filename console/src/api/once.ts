// The `Idempotency-Key` of something that is made: sending the same again, after an answer that was lost, makes it once.
import { useRef } from 'preact/hooks';

/** A function that gives the key for a body: the same one until the body changes or the form is left. */
export function useOnce(): (body: unknown) => string {
  const last = useRef<{ text: string; key: string }>(null);
  return (body) => {
    const text = JSON.stringify(body);
    if (last.current?.text !== text) last.current = { text, key: crypto.randomUUID() };
    return last.current.key;
  };
}
