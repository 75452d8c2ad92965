// A form's values and what the API found wrong with them, each fault at its field.
import { useRef, useState } from 'preact/hooks';
import { type Detail, type Refusal, refusalOf } from '../api/refusal';

export interface Form<T> {
  values: T;
  set: <K extends keyof T>(name: K, value: T[K]) => void;
  /** The faults of a field and of what is in it: those of `allowedOrigins` have `allowedOrigins.2`, too. */
  faultsOf: (path: string) => Detail[];
  refusal?: Refusal;
  isBusy: boolean;
  isChanged: boolean;
  submit: (event: Event) => void;
  /** Sends in another way than `submit` does; what it throws is shown the same. */
  run: (send: () => Promise<unknown>) => Promise<void>;
  /** Begins anew with other values. */
  reset: (values: T) => void;
}

/** `send` is called with the values when the form is submitted; what it throws is shown. */
export function useForm<T extends object>(initial: T, send: (values: T) => Promise<unknown>): Form<T> {
  const [start, setStart] = useState(initial);
  const [values, setValues] = useState(initial);
  const [refusal, setRefusal] = useState<Refusal>();
  const [corrected, setCorrected] = useState<string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const isSending = useRef(false);
  const element = useRef<HTMLFormElement>(null);

  const faultsOf = (path: string) => {
    if (corrected.includes(path)) return [];
    return refusal?.details.filter((detail) => detail.path === path || detail.path?.startsWith(`${path}.`)) ?? [];
  };
  const run = async (action: () => Promise<unknown>) => {
    if (isSending.current) return;
    isSending.current = true;
    setBusy(true);
    setRefusal(undefined);
    setCorrected([]);
    try {
      await action();
    } catch (thrown) {
      setRefusal(refusalOf(thrown));
      // Once it is drawn.
      setTimeout(() => focusFault(element.current));
    } finally {
      isSending.current = false;
      setBusy(false);
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    element.current = event.currentTarget as HTMLFormElement;
    void run(() => send(values));
  };
  return {
    values,
    set: (name, value) => {
      setValues((before) => ({ ...before, [name]: value }));
      setCorrected((before) => [...before, String(name)]);
    },
    faultsOf,
    refusal,
    isBusy,
    isChanged: JSON.stringify(values) !== JSON.stringify(start),
    submit,
    run,
    reset: (next) => {
      setStart(next);
      setValues(next);
      setRefusal(undefined);
      setCorrected([]);
    },
  };
}

/** To the first faulty field, or to the refusal itself. */
function focusFault(form: HTMLFormElement | null): void {
  const fault = form?.querySelector<HTMLElement>('[aria-invalid="true"]') ?? form?.querySelector<HTMLElement>('.refused');
  fault?.focus();
}
