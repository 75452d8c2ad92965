// The tenant's API keys: made, replaced and revoked. A key's value is shown once.
import { useState } from 'preact/hooks';
import { type Schemas, api, ask } from '../../api/client';
import { every } from '../../api/every';
import { useLoad } from '../../api/load';
import { Loaded } from '../../ui/loaded';
import { Page } from '../../ui/page';
import { type Column, Table } from '../../ui/table';
import { Badge, Time } from '../../ui/text';
import { CreateKey } from './create';
import { EndOldValue } from './end-old';
import { MadeKey } from './made';
import { isInUse } from './own';
import { RegenerateKey } from './regenerate';
import { RevokeKey } from './revoke';
import { isolated } from '../../ui/isolated.ts';
import { Name } from '../../ui/name';

export type ApiKey = Schemas['ApiKey'];

/** The dialog that is open. */
type Step =
  | { name: 'create' }
  | { name: 'regenerate' | 'revoke' | 'end-old'; apiKey: ApiKey }
  | { name: 'made'; made: Schemas['ApiKeyMade'] };

const everyKey = () => every(async (query) => {
  const { apiKeys, pagination } = await ask(api.GET('/v1/api-keys', { params: { query } }));
  return { rows: apiKeys, pagination };
});

export function ApiKeysPage() {
  const load = useLoad(everyKey, []);
  const [step, setStep] = useState<Step>();
  const close = () => setStep(undefined);
  const onMade = (made: Schemas['ApiKeyMade']) => {
    setStep({ name: 'made', made });
    load.reload();
  };
  const onDone = () => {
    close();
    load.reload();
  };
  return (
    <Page title="API keys" about="For servers and operators. A key is a secret: never put one into a web page."
      actions={<button type="button" class="primary" onClick={() => setStep({ name: 'create' })}>New API key</button>}>
      <Loaded load={load}>
        {(apiKeys) => (
          <>
            <div class="panel">
              <Table caption="API keys" columns={columns(setStep)} rows={apiKeys} keyOf={({ id }) => id} empty={<p>There is no API key.</p>} />
            </div>
            {step?.name === 'revoke' && <RevokeKey apiKey={step.apiKey} all={apiKeys} onDone={onDone} onClose={close} />}
          </>
        )}
      </Loaded>
      {step?.name === 'create' && <CreateKey onMade={onMade} onClose={close} />}
      {step?.name === 'regenerate' && <RegenerateKey apiKey={step.apiKey} onMade={onMade} onClose={close} />}
      {step?.name === 'end-old' && <EndOldValue apiKey={step.apiKey} onDone={onDone} onClose={close} />}
      {step?.name === 'made' && <MadeKey made={step.made} onClose={close} />}
    </Page>
  );
}

function columns(open: (step: Step) => void): Column<ApiKey>[] {
  return [
    {
      head: 'Name',
      cell: (key) => <><strong><Name of={key.name} /></strong>{isInUse(key) && <> <Badge tone="good">Yours</Badge></>}<br /><code class="minor">{key.keyPrefix}_…{key.keyHint}</code></>,
    },
    { head: 'State', cell: (key) => <KeyState apiKey={key} /> },
    { head: 'May', cell: ({ permissions }) => <span class="permissions">{permissions.map((one) => <code key={one}>{one}</code>)}</span> },
    { head: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
    { head: 'Expires', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    {
      head: 'Change',
      cell: (apiKey) => apiKey.isActive && (
        <div class="actions">
          <button type="button" aria-label={`Regenerate ${isolated(apiKey.name)}`} onClick={() => open({ name: 'regenerate', apiKey })}>Regenerate…</button>
          {apiKey.previousKeyExpiresAt && (
            <button type="button" aria-label={`End the old value of ${isolated(apiKey.name)}`} onClick={() => open({ name: 'end-old', apiKey })}>End the old value…</button>
          )}
          <button type="button" class="danger" aria-label={`Revoke ${isolated(apiKey.name)}`} onClick={() => open({ name: 'revoke', apiKey })}>Revoke…</button>
        </div>
      ),
    },
  ];
}

function KeyState({ apiKey: { isActive, environment, previousKeyExpiresAt, previousKeyLastUsedAt } }: { apiKey: ApiKey }) {
  return (
    <>
      <span class="badges">
        <Badge tone={isActive ? 'good' : 'bad'}>{isActive ? 'Active' : 'Ended'}</Badge>
        {environment === 'test' && <Badge>Test</Badge>}
      </span>
      {previousKeyExpiresAt && (
        <span class="minor"><br />Old value until <Time at={previousKeyExpiresAt} />; last used: <Time at={previousKeyLastUsedAt} never="not since" /></span>
      )}
    </>
  );
}
