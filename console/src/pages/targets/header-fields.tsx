// The headers that an upstream is sent: a row for each, with a text or with the name of a Worker secret.
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import type { Detail } from '../../api/refusal';
import { Faults, Frame, described } from '../../ui/fields';
import type { Form } from '../../ui/form';
import { type HeaderRow, NEW_HEADER } from './setting-values';
import type { TargetValues } from './values';

const PATH = 'upstream.headers';

export function HeaderFields({ form }: { form: Form<TargetValues> }) {
  const id = useId();
  const list = useRef<HTMLFieldSetElement>(null);
  const wanted = useRef<number | null>(null);
  const rows = form.values[PATH];
  const set = (next: HeaderRow[]) => form.set(PATH, next);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    list.current?.querySelectorAll<HTMLInputElement>('input[name$=".name"]')[wanted.current]?.focus();
    wanted.current = null;
  });
  const add = () => {
    wanted.current = rows.length;
    set([...rows, NEW_HEADER]);
  };
  const remove = (at: number) => {
    wanted.current = Math.max(0, at - 1);
    set(rows.toSpliced(at, 1));
  };
  return (
    <fieldset class="field list" ref={list}>
      <legend>Headers</legend>
      <p class="hint">
        Sent with every request. A text is seen by everybody who may read the target: for a key, name a Worker secret.
      </p>
      {rows.map((row, at) => (
        <Row key={at} form={form} row={row} at={at} onChange={(change) => set(rows.with(at, { ...row, ...change }))} onRemove={() => remove(at)} />
      ))}
      <Faults id={id} faults={form.faultsOf(PATH).filter(({ path }) => path === PATH)} />
      <button type="button" onClick={add}>Add header</button>
    </fieldset>
  );
}

interface RowProps {
  form: Form<TargetValues>;
  row: HeaderRow;
  at: number;
  onChange: (change: Partial<HeaderRow>) => void;
  onRemove: () => void;
}

function Row({ form, row, at, onChange, onRemove }: RowProps) {
  const kind = useId();
  const path = `${PATH}.${at}`;
  const of = `of header ${at + 1}`;
  // Which of the two is missing or too much is told at one of them; one field holds both.
  const ofText = [...form.faultsOf(`${path}.value`), ...form.faultsOf(`${path}.secret`)];
  return (
    <div class="entry columns">
      <Cell path={`${path}.name`} label={`Name ${of}`} value={row.name} placeholder="x-title" faults={form.faultsOf(`${path}.name`)} onInput={(name) => onChange({ name })} />
      <Frame id={kind} label={`Kind ${of}`} faults={form.faultsOf(path).filter((fault) => fault.path === path)}>
        <select id={kind} value={row.isSecret ? 'secret' : 'text'} onChange={(event) => onChange({ isSecret: event.currentTarget.value === 'secret' })}>
          <option value="text">A text</option>
          <option value="secret">A Worker secret</option>
        </select>
      </Frame>
      <Cell path={`${path}.${row.isSecret ? 'secret' : 'value'}`} label={`${row.isSecret ? 'Secret' : 'Value'} ${of}`} value={row.text}
        placeholder={row.isSecret ? 'UPSTREAM_…' : undefined} faults={ofText} onInput={(text) => onChange({ text })} />
      {row.isSecret && (
        <Cell path={`${path}.prefix`} label={`Prefix ${of}`} value={row.prefix} placeholder="None" faults={form.faultsOf(`${path}.prefix`)} onInput={(prefix) => onChange({ prefix })} />
      )}
      <div class="actions"><button type="button" aria-label={`Remove header ${at + 1}`} onClick={onRemove}>Remove</button></div>
    </div>
  );
}

interface CellProps {
  path: string;
  label: string;
  value: string;
  placeholder?: string;
  faults: Detail[];
  onInput: (text: string) => void;
}

function Cell({ path, label, value, placeholder, faults, onInput }: CellProps) {
  const id = useId();
  return (
    <Frame id={id} label={label} faults={faults}>
      <input {...described(id, undefined, faults)} name={path} class="code" value={value} placeholder={placeholder}
        autocomplete="off" autocapitalize="off" spellcheck={false} onInput={(event) => onInput(event.currentTarget.value)} />
    </Frame>
  );
}
