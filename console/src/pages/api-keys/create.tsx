// Making an API key.
import { type Schemas, api, ask } from '../../api/client';
import { useOnce } from '../../api/once';
import { isTestKey } from '../../session';
import { Dialog } from '../../ui/dialog';
import { ChoicesField, SelectField, TextField } from '../../ui/fields';
import { useForm } from '../../ui/form';
import { FormFoot } from '../../ui/form-foot';

const PERMISSIONS: { value: Schemas['Permission']; label: string }[] = [
  { value: '*', label: 'Everything' },
  { value: 'CLIENT_TOKENS:READ', label: 'Read client tokens and conversations' },
  { value: 'CLIENT_TOKENS:WRITE', label: 'Make and change client tokens' },
  { value: 'CLIENT_TOKENS:DELETE', label: 'Delete client tokens' },
  { value: 'CLIENT_TOKENS:MINT', label: 'Mint short-lived values' },
  { value: 'CLIENT_TOKENS:VERIFY', label: 'Verify token values' },
  { value: 'TARGETS:READ', label: 'Read targets' },
  { value: 'TARGETS:WRITE', label: 'Set up targets' },
  { value: 'API_KEYS:READ', label: 'Read API keys' },
  { value: 'API_KEYS:WRITE', label: 'Make and revoke API keys' },
  { value: 'AUDIT:READ', label: 'Read the audit log' },
];

const TEST = { value: 'test', label: 'Test' };
const ENVIRONMENTS = [{ value: 'live', label: 'Live' }, TEST];

interface Props {
  onMade: (made: Schemas['ApiKeyMade']) => void;
  onClose: () => void;
}

export function CreateKey({ onMade, onClose }: Props) {
  const keyFor = useOnce();
  const environment = isTestKey() ? 'test' : 'live';
  const first = { name: '', environment, permissions: ['CLIENT_TOKENS:READ'], expiresAt: '' };
  const form = useForm(first, async (values) => {
    const body = {
      name: values.name,
      environment: values.environment as Schemas['Environment'],
      permissions: values.permissions as Schemas['Permission'][],
      // The field gives a time of the reader's own zone.
      expiresAt: values.expiresAt ? new Date(values.expiresAt).toISOString() : null,
    };
    onMade(await ask(api.POST('/v1/api-keys', { body, params: { header: { 'Idempotency-Key': keyFor(body) } } })));
  });
  return (
    <Dialog title="New API key" onClose={onClose} isBusy={form.isBusy}>
      <form class="form" onSubmit={form.submit}>
        <TextField form={form} name="name" label="Name" hint="What uses it." isRequired />
        <ChoicesField form={form} name="permissions" label="What it may do" hint="At most what your own key may." options={PERMISSIONS} />
        <SelectField form={form} name="environment" label="Environment" hint="A test key sees and makes only what is for tests." options={isTestKey() ? [TEST] : ENVIRONMENTS} />
        <TextField form={form} name="expiresAt" type="datetime-local" label="Expires" hint="Empty: never." />
        <FormFoot form={form} action="Create API key"><button type="button" onClick={onClose}>Cancel</button></FormFoot>
      </form>
    </Dialog>
  );
}
