// A list of short texts, such as origins: an input for each, faults at each.
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { Faults, described } from './fields';
import type { Form } from './form';

interface Props<T> {
  form: Form<T>;
  name: { [K in keyof T]-?: T[K] extends string[] ? K : never }[keyof T] & string;
  label: string;
  /** What one entry is called, such as "origin". */
  one: string;
  hint?: ComponentChildren;
  placeholder?: string;
  /** What is wrong with an entry, told while it is typed; undefined if nothing is. */
  check?: (entry: string) => string | undefined;
  /** What a right entry means, where that isn't plain. */
  explain?: (entry: string) => string | undefined;
  /** Entries to choose from. */
  suggestions?: string[];
}

export function ListField<T>({ form, name, label, one, hint, placeholder, check, explain, suggestions = [] }: Props<T>) {
  const id = useId();
  const list = useRef<HTMLFieldSetElement>(null);
  const wanted = useRef<number | null>(null);
  const entries = form.values[name] as string[];
  const set = (next: string[]) => form.set(name, next as T[typeof name]);
  const whole = form.faultsOf(name).filter(({ path }) => path === name);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    list.current?.querySelectorAll('input')[wanted.current]?.focus();
    wanted.current = null;
  });
  const add = () => {
    wanted.current = entries.length;
    set([...entries, '']);
  };
  const remove = (at: number) => {
    wanted.current = Math.max(0, at - 1);
    set(entries.toSpliced(at, 1));
  };
  return (
    <fieldset class="field list" ref={list} aria-describedby={whole.length > 0 ? `${id}-faults` : undefined}>
      <legend>{label}</legend>
      {hint && <div class="hint" id={`${id}-hint`}>{hint}</div>}
      {entries.map((entry, at) => (
        <Entry
          key={at}
          id={`${id}-${at}`}
          name={`${name}.${at}`}
          label={`${label}, ${one} ${at + 1}`}
          removal={`Remove ${one} ${at + 1}`}
          value={entry}
          placeholder={placeholder}
          note={entry ? explain?.(entry) : undefined}
          listId={suggestions.length > 0 ? `${id}-suggestions` : undefined}
          faults={early(form.faultsOf(`${name}.${at}`), entry, check)}
          isFaulty={whole.length > 0}
          onInput={(text) => set(entries.with(at, text))}
          onRemove={() => remove(at)}
          onAdd={add}
        />
      ))}
      {suggestions.length > 0 && (
        <datalist id={`${id}-suggestions`}>{suggestions.map((value) => <option key={value} value={value} />)}</datalist>
      )}
      <Faults id={id} faults={whole} />
      <button type="button" onClick={add}>Add {one}</button>
    </fieldset>
  );
}

/** What the API found counts before what is found while typing. */
function early(faults: { message: string }[], entry: string, check?: Props<object>['check']): { message: string }[] {
  const fault = entry && faults.length === 0 ? check?.(entry) : undefined;
  return fault ? [{ message: fault }] : faults;
}

interface EntryProps {
  id: string;
  name: string;
  label: string;
  removal: string;
  value: string;
  placeholder?: string;
  note?: string;
  listId?: string;
  faults: { message: string }[];
  isFaulty: boolean;
  onInput: (text: string) => void;
  onRemove: () => void;
  onAdd: () => void;
}

function Entry({ id, name, label, removal, value, placeholder, note, listId, faults, isFaulty, onInput, onRemove, onAdd }: EntryProps) {
  return (
    <div class="entry">
      <div class="joined">
        <input
          {...described(id, note, faults)}
          aria-invalid={isFaulty || faults.length > 0}
          name={name}
          class="code"
          aria-label={label}
          value={value}
          placeholder={placeholder}
          list={listId}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          onInput={(event) => onInput(event.currentTarget.value)}
          onKeyDown={(event) => {
            // Return adds an entry; the form is sent by its button.
            if (event.key !== 'Enter') return;
            event.preventDefault();
            if (value) onAdd();
          }}
        />
        <button type="button" aria-label={removal} onClick={onRemove}>Remove</button>
      </div>
      {note && <p class="hint" id={`${id}-hint`}>{note}</p>}
      <Faults id={id} faults={faults} />
    </div>
  );
}
