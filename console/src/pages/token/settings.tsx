// A token's settings: its value, the form, and what takes it out of use.
import { useState } from 'preact/hooks';
import { type Schemas, answer, api } from '../../api/client';
import { etagOf } from '../../api/etag';
import { useForm } from '../../ui/form';
import { FormFoot } from '../../ui/form-foot';
import { notify } from '../../ui/notices';
import { useUnsaved } from '../../ui/unsaved';
import { Warnings } from '../../ui/warnings';
import { TargetDialog } from '../targets/dialog';
import { TokenEnd } from './end';
import { TokenFields } from './fields';
import type { SectionProps } from './sections';
import { useSetUp } from './set-up';
import { TokenValue } from './value';
import { type TokenValues, changesOf, valuesOf } from './values';
import { type Versioned, find } from './versioned';

/** The status of an edit of a version that is no longer there. */
const STALE = 412;

export function SettingsSection(props: SectionProps) {
  return (
    <>
      <TokenValue {...props} />
      <SettingsForm {...props} />
      <TokenEnd {...props} />
    </>
  );
}

function SettingsForm({ found, load, targets }: SectionProps) {
  const { token } = found;
  const [start, setStart] = useState(valuesOf(token));
  const [warnings, setWarnings] = useState<Schemas['Warning'][]>([]);
  const form = useForm(start, (values) => save(values, found.etag));
  const setUp = useSetUp(form, targets);
  useUnsaved(form.isChanged);
  const show = (now: Versioned) => {
    const next = valuesOf(now.token);
    load.set(now);
    setStart(next);
    form.reset(next);
  };
  const save = async (values: TokenValues, etag?: string) => {
    setWarnings([]);
    const params = { path: { id: token.id }, header: { 'If-Match': etag } };
    const { data, headers } = await answer(api.PUT('/v1/client-tokens/{id}', { params, body: changesOf(start, values) }));
    show({ token: { ...data.clientToken, conversationCount: token.conversationCount }, etag: etagOf(headers) });
    setWarnings(data.warnings);
    notify('The settings are saved.');
  };
  const { refusal } = form;
  const isStale = refusal?.status === STALE;
  return (
    <>
      <form class="form wide" onSubmit={form.submit}>
        <TokenFields form={form} targets={targets} onSetUp={setUp.open} />
        <Warnings warnings={warnings} />
        {isStale && (
          <Stale
            onReload={() => form.run(async () => show(await find(token.id)))}
            onOverwrite={() => form.run(() => save(form.values, refusal.etag))}
          />
        )}
        <FormFoot form={isStale ? { isBusy: form.isBusy } : form} action="Save changes" isDisabled={!form.isChanged || isStale}>
          {form.isChanged && <button type="button" onClick={() => form.reset(start)}>Undo changes</button>}
        </FormFoot>
      </form>
      <TargetDialog {...setUp.dialog} />
    </>
  );
}

/** Somebody else's edit came between reading and saving. */
function Stale({ onReload, onOverwrite }: { onReload: () => void; onOverwrite: () => void }) {
  return (
    <div class="warned" role="alert">
      <p class="warned-title">Somebody else changed this token while you were editing it.</p>
      <p>Nothing of yours is saved yet. You can begin again from the present settings, or save the fields that you changed over them; the other fields stay as they are now.</p>
      <div class="actions">
        <button type="button" onClick={onReload}>Show the present settings</button>
        <button type="button" onClick={onOverwrite}>Save mine over them</button>
      </div>
    </div>
  );
}
