// Exchanges the deployment's secret BOOTSTRAP_KEY for its first API key, shows that once, and signs in with it.
import { useState } from 'preact/hooks';
import { type Schemas, api, ask } from '../api/client';
import { signIn } from '../session';
import { TextField } from '../ui/fields';
import { useForm } from '../ui/form';
import { FormFoot } from '../ui/form-foot';
import { MadeKey } from './api-keys/made';

export function FirstKey() {
  const [made, setMade] = useState<Schemas['ApiKeyMade']>();
  const form = useForm({ bootstrapKey: '', tenant: 'default', name: 'First API key' }, async ({ bootstrapKey, tenant, name }) => {
    const headers = { Authorization: `Bearer ${bootstrapKey.trim()}` };
    setMade(await ask(api.POST('/v1/bootstrap', { headers, body: { tenant, name } })));
  });
  return (
    <form class="form" onSubmit={form.submit}>
      <p class="minor">Its secret <code>BOOTSTRAP_KEY</code> is good for one API key, which may do everything.</p>
      <TextField form={form} name="bootstrapKey" type="password" label="BOOTSTRAP_KEY" isCode isRequired />
      <TextField form={form} name="tenant" label="Tenant" hint="Who owns the tokens: made if it is new." isRequired />
      <TextField form={form} name="name" label="Name of the key" isRequired />
      <FormFoot form={form} action="Make the first API key" />
      {made && <MadeKey made={made} onClose={() => signIn(made.key)} />}
    </form>
  );
}
