// Setting up a target, and changing one.
import { api, ask } from '../../api/client';
import { useLoad } from '../../api/load';
import { go } from '../../router';
import type { PageProps } from '../../routes';
import { isTestKey } from '../../session';
import { useForm } from '../../ui/form';
import { FormFoot } from '../../ui/form-foot';
import { Loaded } from '../../ui/loaded';
import { notify } from '../../ui/notices';
import { Group, Page } from '../../ui/page';
import { useUnsaved } from '../../ui/unsaved';
import { AboutFields, IdField, UpstreamFields } from './fields';
import { put, useNewTarget } from './make';
import { NotWithTestKey } from './test-key';
import { TryTarget } from './try';
import { type TargetValues, valuesOf } from './values';
import { isolated } from '../../ui/isolated.ts';

const BACK = { href: '#/targets', label: 'Targets' };

export function TargetNewPage({ query }: PageProps) {
  return (
    <Page title="New target" back={BACK}>
      {isTestKey() ? <NotWithTestKey /> : <NewForm id={query.get('id') ?? ''} />}
    </Page>
  );
}

function NewForm({ id: first }: { id: string }) {
  const form = useNewTarget(({ id }) => {
    notify(`${id} is set up.`);
    go(`/targets/${id}`);
  }, first);
  return (
    <form class="form wide" onSubmit={form.submit}>
      <Group title="What it is">
        <IdField form={form} />
        <AboutFields form={form} />
      </Group>
      <Group title="Who answers"><UpstreamFields form={form} hasPresets /></Group>
      <FormFoot form={form} action="Set up target"><a class="button" href="#/targets">Cancel</a></FormFoot>
    </form>
  );
}

export function TargetEditPage({ params: { id = '' } }: PageProps) {
  const load = useLoad(() => ask(api.GET('/v1/targets/{id}', { params: { path: { id } } })), [id]);
  return (
    <Page title={isolated(load.data?.target.name ?? id)} back={BACK} about={load.data?.target.name && <code>{id}</code>}>
      {isTestKey() && <NotWithTestKey />}
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
  const mayChange = !isTestKey();
  return (
    <>
      <form class="form wide" onSubmit={form.submit}>
        <fieldset class="whole" disabled={!mayChange}>
          <Group title="What it is"><AboutFields form={form} /></Group>
          <Group title="Who answers"><UpstreamFields form={form} /></Group>
        </fieldset>
        {mayChange && <FormFoot form={form} action="Save changes" isDisabled={!form.isChanged} />}
      </form>
      {mayChange && <TryTarget id={start.id} isChanged={form.isChanged} />}
    </>
  );
}
