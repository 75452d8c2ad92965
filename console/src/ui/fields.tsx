// The fields of a form. Each shows its hint, and the faults that the API found at its path.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { type Detail, messageOf } from '../api/refusal';
import type { Form } from './form';

/** The names of the members of `T` that hold a `V`. */
type NameOf<T, V> = { [K in keyof T]-?: T[K] extends V ? K : never }[keyof T] & string;

interface Common<T, V> {
  form: Form<T>;
  name: NameOf<T, V>;
  label: string;
  hint?: ComponentChildren;
}

interface FrameProps {
  id: string;
  label: string;
  hint?: ComponentChildren;
  faults: Detail[];
  children: ComponentChildren;
}

/** Label, hint and faults around one input; `describedBy` ties them to it. */
export function Frame({ id, label, hint, faults, children }: FrameProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      {children}
      <Faults id={id} faults={faults} />
    </div>
  );
}

export function Faults({ id, faults }: { id: string; faults: Detail[] }) {
  if (faults.length === 0) return null;
  return (
    <ul class="faults" id={`${id}-faults`}>
      {faults.map((fault) => (
        <li key={fault.message}>
          {messageOf(fault)}
          {fault.suggestion && <> Did you mean <code>{fault.suggestion}</code>?</>}
        </li>
      ))}
    </ul>
  );
}

/** The attributes that tie an input to its hint and faults. */
export const described = (id: string, hint: unknown, faults: Detail[]) => ({
  id,
  'aria-describedby': [hint && `${id}-hint`, faults.length > 0 && `${id}-faults`].filter(Boolean).join(' ') || undefined,
  'aria-invalid': faults.length > 0,
});

/** A fault of something in a text, such as a member of its JSON, says of what. */
function within(name: string, fault: Detail): Detail {
  if (!fault.message.startsWith(`${name}.`)) return fault;
  return { ...fault, path: undefined, message: fault.message.slice(name.length + 1) };
}

interface TextProps<T> extends Common<T, string> {
  type?: 'text' | 'date' | 'password' | 'search' | 'url' | 'datetime-local';
  isCode?: boolean;
  isRequired?: boolean;
  placeholder?: string;
  /** More than one: an area of so many lines. */
  lines?: number;
  autocomplete?: string;
  /** A fault that is told while it is typed; undefined if there is none. */
  check?: (text: string) => string | undefined;
}

export function TextField<T>({ form, name, label, hint, type = 'text', isCode, isRequired, placeholder, lines = 1, autocomplete = 'off', check }: TextProps<T>) {
  const id = useId();
  const value = form.values[name] as string;
  const early = value && check?.(value);
  const faults = form.faultsOf(name).map((fault) => within(name, fault));
  const shown = faults.length === 0 && early ? [{ message: early }] : faults;
  const attributes = {
    ...described(id, hint, shown),
    name,
    value,
    placeholder,
    required: isRequired,
    spellcheck: isCode ? false : undefined,
    class: isCode ? 'code' : undefined,
    onInput: (event: Event) => form.set(name, (event.currentTarget as HTMLInputElement).value as T[typeof name]),
  };
  return (
    <Frame id={id} label={label} hint={hint} faults={shown}>
      {lines > 1
        ? <textarea {...attributes} rows={lines} />
        : <input {...attributes} {...{ type: type as 'text' }} autocomplete={autocomplete} autocapitalize="off" />}
    </Frame>
  );
}

interface NumberProps<T> extends Common<T, number | null> {
  min: number;
  max: number;
  /** What an empty field means, such as "No limit". */
  blank?: string;
}

/** A whole number; empty is null. */
export function NumberField<T>({ form, name, label, hint, min, max, blank }: NumberProps<T>) {
  const id = useId();
  const value = form.values[name] as number | null;
  const faults = form.faultsOf(name);
  return (
    <Frame id={id} label={label} hint={hint} faults={faults}>
      <input
        {...described(id, hint, faults)}
        name={name}
        type="number"
        inputMode="numeric"
        step={1}
        min={min}
        max={max}
        value={value ?? ''}
        placeholder={blank}
        required={blank === undefined}
        onInput={(event) => {
          const { value: text, valueAsNumber } = event.currentTarget;
          form.set(name, (text === '' ? null : valueAsNumber) as T[typeof name]);
        }}
      />
    </Frame>
  );
}

export interface Option {
  value: string;
  label: string;
}

export function SelectField<T>({ form, name, label, hint, options }: Common<T, string> & { options: Option[] }) {
  const id = useId();
  const faults = form.faultsOf(name);
  return (
    <Frame id={id} label={label} hint={hint} faults={faults}>
      <select
        {...described(id, hint, faults)}
        name={name}
        value={form.values[name] as string}
        onChange={(event) => form.set(name, event.currentTarget.value as T[typeof name])}
      >
        {options.map(({ value, label: text }) => <option key={value} value={value}>{text}</option>)}
      </select>
    </Frame>
  );
}

export function CheckField<T>({ form, name, label, hint }: Common<T, boolean>) {
  const id = useId();
  const faults = form.faultsOf(name);
  return (
    <div class="field check">
      <input
        {...described(id, hint, faults)}
        type="checkbox"
        name={name}
        checked={form.values[name] as boolean}
        onChange={(event) => form.set(name, event.currentTarget.checked as T[typeof name])}
      />
      <div>
        <label for={id}>{label}</label>
        {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
        <Faults id={id} faults={faults} />
      </div>
    </div>
  );
}

/** Several of a few things. */
export function ChoicesField<T>({ form, name, label, hint, options }: Common<T, string[]> & { options: Option[] }) {
  const id = useId();
  const chosen = form.values[name] as string[];
  const faults = form.faultsOf(name);
  const toggle = (value: string) => {
    const next = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
    form.set(name, next as T[typeof name]);
  };
  return (
    <fieldset class="field choices" aria-describedby={faults.length > 0 ? `${id}-faults` : undefined}>
      <legend>{label}</legend>
      {hint && <p class="hint">{hint}</p>}
      {options.map(({ value, label: text }) => (
        <label key={value}>
          <input type="checkbox" name={name} value={value} checked={chosen.includes(value)} aria-invalid={faults.length > 0} onChange={() => toggle(value)} />
          <span>{text} <code class="minor">{value}</code></span>
        </label>
      ))}
      <Faults id={id} faults={faults} />
    </fieldset>
  );
}
