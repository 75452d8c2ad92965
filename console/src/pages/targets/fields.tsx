// The fields of a target, for making one and for changing it.
import { useId, useState } from 'preact/hooks';
import { Frame, SelectField, TextField, described } from '../../ui/fields';
import type { Form } from '../../ui/form';
import { PRESETS, type Preset } from './presets';
import { SettingFields } from './setting-fields';
import { KINDS, type TargetValues, filledBy } from './values';
import { idFault } from './make';

export function IdField({ form }: { form: Form<TargetValues> }) {
  return (
    <TextField form={form} name="id" label="Id" hint="As tokens list it, such as flow_support or agent_support." isCode isRequired check={idFault} />
  );
}

export function AboutFields({ form }: { form: Form<TargetValues> }) {
  return (
    <>
      <TextField form={form} name="name" label="Name" hint="Pages are told it when a chat opens." />
      <TextField form={form} name="description" label="Description" lines={2} />
    </>
  );
}

export function UpstreamFields({ form, hasPresets = false }: { form: Form<TargetValues>; hasPresets?: boolean }) {
  const kind = form.values['upstream.kind'];
  return (
    <>
      <SelectField form={form} name="upstream.kind" label="Answered by" options={[...KINDS]} />
      {hasPresets && kind === 'openai' && <PresetField form={form} />}
      {kind !== 'echo' && (
        <TextField form={form} name="upstream.baseUrl" type="url" label="Base URL" isCode isRequired
          hint={kind === 'openai'
            ? <>As far as <code>/chat/completions</code>, such as <code>https://api.openai.com/v1</code>.</>
            : 'Where your backend takes messages and answers with the event stream.'} />
      )}
      {kind === 'openai' && (
        <>
          <TextField form={form} name="upstream.model" label="Model" isCode isRequired />
          <TextField form={form} name="upstream.systemPrompt" label="System prompt" lines={6} hint="At most 16 KiB. Visitors don't see it." />
        </>
      )}
      {kind !== 'echo' && (
        <>
          <TextField form={form} name="upstream.apiKeySecret" label="Name of the Worker secret with its key" isCode placeholder="UPSTREAM_…"
            hint={(
              <>
                The name, never the key itself. A key with the name of a known service, such as <code>UPSTREAM_OPENAI</code>, goes
                to the host of that service by default. For another, such as <code>UPSTREAM_AZURE</code>, or another host, the
                variable of the same name with <code>_HOSTS</code> must list the host.
              </>
            )} />
          <SettingFields form={form} />
        </>
      )}
    </>
  );
}

/** Fills in what is known of a service. */
function PresetField({ form }: { form: Form<TargetValues> }) {
  const id = useId();
  const [preset, setPreset] = useState<Preset>();
  const choose = (value: string) => {
    const chosen = PRESETS.find((one) => one.value === value);
    setPreset(chosen);
    if (!chosen) return;
    const filled = filledBy(chosen);
    for (const name of Object.keys(filled) as (keyof typeof filled)[]) form.set(name, filled[name]);
  };
  const hint = preset && <PresetHint preset={preset} />;
  return (
    <Frame id={id} label="Preset" hint={hint} faults={[]}>
      <select {...described(id, hint, [])} value={preset?.value ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">None: I fill it in myself</option>
        {PRESETS.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
      </select>
    </Frame>
  );
}

function PresetHint({ preset: { secret, keys, note } }: { preset: Preset }) {
  return (
    <>
      {keys && <><a href={keys} target="_blank" rel="noopener noreferrer">Make a key</a> and store it as the Worker secret <code>{secret}</code>. </>}
      {note}
    </>
  );
}
