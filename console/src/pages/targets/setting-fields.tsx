// What an upstream is told besides, and how it is reached: all of it optional, so it is folded up until something is set.
import { useEffect, useState } from 'preact/hooks';
import { NumberField, SelectField, TextField } from '../../ui/fields';
import type { Form } from '../../ui/form';
import { HeaderFields } from './header-fields';
import { NO_CONNECTION_SETTINGS, NO_MODEL_SETTINGS } from './setting-values';
import type { TargetValues } from './values';

const choices = (usual: string, ...words: string[]) => [
  { value: '', label: `${usual} (default)` },
  ...words.map((word) => ({ value: word, label: word })),
];
const MAXIMUM_NAMES = choices('max_completion_tokens', 'max_completion_tokens', 'max_tokens');
const ROLES = choices('system', 'system', 'developer');
const YES_OR_NO = choices('yes', 'yes', 'no');

const SHORTEST_MS = 1_000;
const LONGEST_MS = 600_000;

export function SettingFields({ form }: { form: Form<TargetValues> }) {
  const isModel = form.values['upstream.kind'] === 'openai';
  const usual: Partial<TargetValues> = { ...(isModel && NO_MODEL_SETTINGS), ...NO_CONNECTION_SETTINGS };
  const names = Object.keys(usual) as (keyof TargetValues)[];
  const isSet = names.some((name) => JSON.stringify(form.values[name]) !== JSON.stringify(usual[name]));
  const isFaulty = names.some((name) => form.faultsOf(name).length > 0);
  const [isOpen, setOpen] = useState(isSet);
  // A preset sets some. What is emptied while it is typed must not fold everything up.
  useEffect(() => {
    if (isSet) setOpen(true);
  }, [isSet]);
  return (
    <details
      class="more-fields"
      open={isOpen || isFaulty}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      // The browser can't show what is wrong with a field that is folded up, and would send nothing without a word.
      onInvalidCapture={(event) => (event.currentTarget.open = true)}
    >
      <summary>Settings</summary>
      <div class="stack">
        {isModel && <ModelFields form={form} />}
        <div class="columns">
          <NumberField form={form} name="upstream.firstWordTimeoutMs" label="Wait for first word (ms)" min={SHORTEST_MS} max={LONGEST_MS} blank="The deployment's" />
          <NumberField form={form} name="upstream.silenceTimeoutMs" label="Wait in silence (ms)" min={SHORTEST_MS} max={LONGEST_MS} blank="The deployment's" />
        </div>
        <HeaderFields form={form} />
      </div>
    </details>
  );
}

function ModelFields({ form }: { form: Form<TargetValues> }) {
  return (
    <>
      <div class="columns">
        <TextField form={form} name="upstream.temperature" label="Temperature" placeholder="Not sent" hint="From 0 to 2." />
        <TextField form={form} name="upstream.reasoningEffort" label="Reasoning effort" placeholder="Not sent" hint="A word of the service, such as low." isCode />
        <NumberField form={form} name="upstream.maxOutputTokens" label="Longest answer, in tokens" min={1} max={200_000} blank="Not sent" />
        <SelectField form={form} name="upstream.maxOutputTokensAs" label="How the service calls that" options={MAXIMUM_NAMES} />
        <SelectField form={form} name="upstream.systemRole" label="Role of the system prompt" options={ROLES} />
        <NumberField form={form} name="upstream.maxInputBytes" label="Most of the input, in bytes" min={4_096} max={524_288} blank="524288" />
        <SelectField form={form} name="upstream.includeUsage" label="Ask for the usage" options={YES_OR_NO} />
        <SelectField form={form} name="upstream.pictures" label="Send pictures" options={YES_OR_NO} />
      </div>
      <TextField form={form} name="upstream.extra" label="Extra" lines={3} isCode
        hint={<>A JSON object that goes into every request, such as <code>{'{"top_p": 0.5}'}</code>. At most 4 KiB.</>} />
      <TextField form={form} name="upstream.query" label="Query" lines={2} isCode
        hint={<>What follows the URL, one <code>name=value</code> a line, such as <code>api-version=2024-10-21</code>.</>} />
      <TextField form={form} name="upstream.authHeader" label="Header of the key" isCode placeholder="authorization"
        hint={<>In <code>authorization</code> the key follows <code>Bearer</code>. In another, such as <code>api-key</code>, it stands alone.</>} />
    </>
  );
}
