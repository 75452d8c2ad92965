// Making a client token; afterwards its value and what the API warns of.
import { useState } from 'preact/hooks';
import { type Schemas, api, ask } from '../api/client';
import { useOnce } from '../api/once';
import { session } from '../session';
import { CopyField } from '../ui/copy';
import { SelectField, TextField } from '../ui/fields';
import { useForm } from '../ui/form';
import { FormFoot } from '../ui/form-foot';
import { Group, Page, Section } from '../ui/page';
import { useUnsaved } from '../ui/unsaved';
import { Warnings } from '../ui/warnings';
import { TokenFields } from './token/fields';
import { NEW_TOKEN, bodyOf } from './token/values';

const BACK = { href: '#/tokens', label: 'Client tokens' };
const ENVIRONMENTS = [{ value: 'live', label: 'Live' }, { value: 'test', label: 'Test' }];

export function TokenNewPage() {
  const [made, setMade] = useState<Schemas['ClientTokenCreated']>();
  return made
    ? <Made made={made} />
    : <Page title="New client token" back={BACK}><NewForm onMade={setMade} /></Page>;
}

function NewForm({ onMade }: { onMade: (made: Schemas['ClientTokenCreated']) => void }) {
  const keyFor = useOnce();
  const environment = session.value.credential?.startsWith('rt_test_') ? 'test' : 'live';
  const form = useForm({ ...NEW_TOKEN, environment, productSurfaceId: '' }, async (values) => {
    const { environment: wanted, productSurfaceId, ...settings } = values;
    const body = { ...bodyOf(settings), environment: wanted as Schemas['Environment'], productSurfaceId: productSurfaceId || null };
    const header = { 'Idempotency-Key': keyFor(body) };
    onMade(await ask(api.POST('/v1/client-tokens', { body, params: { header } })));
  });
  useUnsaved(form.isChanged);
  return (
    <form class="form wide" onSubmit={form.submit}>
      <TokenFields form={form} />
      <Group title="What never changes">
        <div class="columns">
          <SelectField form={form} name="environment" label="Environment" hint="A test key makes and sees test tokens only." options={ENVIRONMENTS} />
          <TextField form={form} name="productSurfaceId" label="Product surface id" hint="Stored as given." isCode />
        </div>
      </Group>
      <FormFoot form={form} action="Create token"><a class="button" href="#/tokens">Cancel</a></FormFoot>
    </form>
  );
}

function Made({ made: { clientToken, token, warnings } }: { made: Schemas['ClientTokenCreated'] }) {
  return (
    <Page title={`${clientToken.name} is ready`} back={BACK}>
      <Section title="Its value" about="What goes into your page. It is public there: the origins and limits guard it.">
        <CopyField label="Token value" text={token} />
        <Warnings warnings={warnings} />
        <div class="actions"><a class="button primary" href={`#/tokens/${clientToken.id}`}>Open the token</a></div>
      </Section>
    </Page>
  );
}
