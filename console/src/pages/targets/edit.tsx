// Setting up a target, and changing one.
import { useId, useState } from 'preact/hooks';
import { api, ask } from '../../api/client';
import { useLoad } from '../../api/load';
import { Refusal } from '../../api/refusal';
import { go } from '../../router';
import type { PageProps } from '../../routes';
import { Frame, SelectField, TextField, described } from '../../ui/fields';
import { type Form, useForm } from '../../ui/form';
import { FormFoot } from '../../ui/form-foot';
import { Loaded } from '../../ui/loaded';
import { notify } from '../../ui/notices';
import { Group, Page } from '../../ui/page';
import { useUnsaved } from '../../ui/unsaved';
import { PRESETS, type Preset } from './presets';
import { SettingFields } from './setting-fields';
import { TryTarget } from './try';
import { KINDS, NEW_TARGET, type TargetValues, bodyOf, filledBy, valuesOf } from './values';

const BACK = { href: '#/targets', label: 'Targets' };
const ID = /^(flow|agent)_[A-Za-z0-9_-]+$/;

function idFault(id: string): string | undefined {
  if (!ID.test(id)) return 'It begins with flow_ or agent_; letters, digits, _ and - follow.';
  return id.length > 128 ? 'It has at most 128 characters.' : undefined;
}

const put = (values: TargetValues) => ask(api.PUT('/v1/targets/{id}', { params: { path: { id: values.id } }, body: bodyOf(values) }));

/** Whether there is a target of this id: PUT would replace it without a word. */
async function isThere(id: string): Promise<boolean> {
  try {
    await ask(api.GET('/v1/targets/{id}', { params: { path: { id } } }));
    return true;
  } catch (thrown) {
    // A key that may only write is let through, as the API would.
    if (thrown instanceof Refusal && [403, 404].includes(thrown.status)) return false;
    throw thrown;
  }
}

export function TargetNewPage() {
  const form = useForm(NEW_TARGET, async (values) => {
    const { id } = values;
    const fault = idFault(id) ?? ((await isThere(id)) ? 'There is a target of this id already.' : undefined);
    if (fault) throw new Refusal(0, { error: 'The form has a fault.', details: [{ path: 'id', message: fault }] });
    await put(values);
    notify(`${id} is set up.`);
    go(`/targets/${id}`);
  });
  return (
    <Page title="New target" back={BACK}>
      <form class="form wide" onSubmit={form.submit}>
        <Group title="What it is">
          <TextField form={form} name="id" label="Id" hint="As tokens list it, such as flow_support or agent_support." isCode isRequired check={idFault} />
          <AboutFields form={form} />
        </Group>
        <UpstreamFields form={form} hasPresets />
        <FormFoot form={form} action="Set up target"><a class="button" href="#/targets">Cancel</a></FormFoot>
      </form>
    </Page>
  );
}

export function TargetEditPage({ params: { id = '' } }: PageProps) {
  const load = useLoad(() => ask(api.GET('/v1/targets/{id}', { params: { path: { id } } })), [id]);
  return (
    <Page title={load.data?.target.name ?? id} back={BACK} about={load.data?.target.name && <code>{id}</code>}>
      <Loaded load={load}>{({ target }) => <EditForm start={valuesOf(target)} onSaved={(saved) => load.set(saved)} />}</Loaded>
    </Page>
  );
}

function EditForm({ start, onSaved }: { start: TargetValues; onSaved: (saved: Awaited<ReturnType<typeof put>>) => void }) {
  const form = useForm(start, async (values) => {
    const saved = await put(values);
    form.reset(valuesOf(saved.target));
    onSaved(saved);
    notify('The target is saved.');
  });
  useUnsaved(form.isChanged);
  return (
    <>
      <form class="form wide" onSubmit={form.submit}>
        <Group title="What it is"><AboutFields form={form} /></Group>
        <UpstreamFields form={form} />
        <FormFoot form={form} action="Save changes" isDisabled={!form.isChanged} />
      </form>
      <TryTarget id={start.id} isChanged={form.isChanged} />
    </>
  );
}

function AboutFields({ form }: { form: Form<TargetValues> }) {
  return (
    <>
      <TextField form={form} name="name" label="Name" hint="Pages are told it when a chat opens." />
      <TextField form={form} name="description" label="Description" lines={2} />
    </>
  );
}

function UpstreamFields({ form, hasPresets = false }: { form: Form<TargetValues>; hasPresets?: boolean }) {
  const kind = form.values['upstream.kind'];
  return (
    <Group title="Who answers">
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
    </Group>
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
