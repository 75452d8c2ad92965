// Making a client token; afterwards its value and what the API warns of.
import { useState } from 'preact/hooks';
import { type Schemas, api, ask } from '../api/client';
import { useOnce } from '../api/once';
import { isTestKey } from '../session';
import { lackToldBy } from '../targets/lack.ts';
import { type Targets, useTargets } from '../targets/read';
import { Lacking } from '../token/lacking';
import { CopyField } from '../ui/copy';
import { SelectField, TextField } from '../ui/fields';
import { useForm } from '../ui/form';
import { FormFoot } from '../ui/form-foot';
import { Group, Page, Section } from '../ui/page';
import { useUnsaved } from '../ui/unsaved';
import { Warnings } from '../ui/warnings';
import { TargetDialog } from './targets/dialog';
import { TokenFields } from './token/fields';
import { useSetUp } from './token/set-up';
import { NEW_TOKEN, bodyOf } from './token/values';
import { isolated } from '../ui/isolated.ts';

const BACK = { href: '#/tokens', label: 'Client tokens' };
const TEST = { value: 'test', label: 'Test' };
const ENVIRONMENTS = [{ value: 'live', label: 'Live' }, TEST];

export function TokenNewPage() {
  const targets = useTargets();
  const [made, setMade] = useState<Schemas['ClientTokenCreated']>();
  return made
    ? <Made made={made} targets={targets} />
    : <Page title="New client token" back={BACK}><NewForm targets={targets} onMade={setMade} /></Page>;
}

function NewForm({ targets, onMade }: { targets: Targets; onMade: (made: Schemas['ClientTokenCreated']) => void }) {
  const keyFor = useOnce();
  const environment = isTestKey() ? 'test' : 'live';
  const form = useForm({ ...NEW_TOKEN, environment, productSurfaceId: '' }, async (values) => {
    const { environment: wanted, productSurfaceId, ...settings } = values;
    const body = { ...bodyOf(settings), environment: wanted as Schemas['Environment'], productSurfaceId: productSurfaceId || null };
    const header = { 'Idempotency-Key': keyFor(body) };
    onMade(await ask(api.POST('/v1/client-tokens', { body, params: { header } })));
  });
  const setUp = useSetUp(form, targets);
  useUnsaved(form.isChanged);
  return (
    <>
      <form class="form wide" onSubmit={form.submit}>
        <TokenFields form={form} targets={targets} onSetUp={setUp.open} />
        <Group title="What never changes">
          <div class="columns">
            <SelectField form={form} name="environment" label="Environment" hint="A test key makes and sees test tokens only." options={isTestKey() ? [TEST] : ENVIRONMENTS} />
            <TextField form={form} name="productSurfaceId" label="Product surface id" hint="Stored as given." isCode />
          </div>
        </Group>
        <FormFoot form={form} action="Create token"><a class="button" href="#/tokens">Cancel</a></FormFoot>
      </form>
      <TargetDialog {...setUp.dialog} />
    </>
  );
}

/** A token is ready only if the API doesn't warn that nothing answers for it. */
function Made({ made: { clientToken, token, warnings }, targets }: { made: Schemas['ClientTokenCreated']; targets: Targets }) {
  const lack = lackToldBy(warnings, clientToken, targets.data ?? undefined);
  return (
    <Page title={lack ? `${isolated(clientToken.name)} is made, but not ready` : `${isolated(clientToken.name)} is ready`} back={BACK}>
      {lack && <Lacking lack={lack} tokenId={clientToken.id} />}
      <Section title="Its value" about="What goes into your page. It is public there: the origins and limits guard it.">
        <CopyField label="Token value" text={token} />
        <Warnings warnings={warnings.filter(({ type }) => type !== lack?.type)} />
        <div class="actions"><a class={lack ? 'button' : 'button primary'} href={`#/tokens/${clientToken.id}`}>Open the token</a></div>
      </Section>
    </Page>
  );
}
