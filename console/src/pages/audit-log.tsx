// The audit log: who changed or revealed what, newest first, and what it was before and after.
import { Fragment } from 'preact';
import { type Schemas, api, ask } from '../api/client';
import { useRows } from '../api/load';
import { setQuery } from '../router';
import type { PageProps } from '../routes';
import { SelectField, TextField } from '../ui/fields';
import { useForm } from '../ui/form';
import { LoadedRows } from '../ui/loaded';
import { Name } from '../ui/name';
import { Page } from '../ui/page';
import { type Column, Table } from '../ui/table';
import { Time, count, counted } from '../ui/text';

type Entry = Schemas['AuditEntry'];

const BATCH = 50;

const ACTIONS: Record<Schemas['AuditAction'], string> = {
  'client_token.create': 'Made a client token',
  'client_token.update': 'Changed a client token',
  'client_token.delete': 'Deleted a client token',
  'client_token.regenerate': 'Gave a client token a new value',
  'client_token.reveal': "Revealed a client token's value",
  'conversation.delete': 'Deleted conversations',
  'feedback.delete': 'Deleted feedback',
  'api_key.create': 'Made an API key',
  'api_key.revoke': 'Revoked an API key',
  'api_key.regenerate': 'Gave an API key a new value',
  'api_key.end_grace': "Ended an API key's old value",
  'target.put': 'Set up a target',
  'target.delete': 'Deleted a target',
};

interface Filters {
  action: string;
  objectId: string;
  actor: string;
}

export function AuditLogPage({ query }: PageProps) {
  const filters = { action: query.get('action') ?? '', objectId: query.get('objectId') ?? '', actor: query.get('actor') ?? '' };
  const rows = useRows(async (cursor) => {
    const wanted = Object.fromEntries(Object.entries(filters).filter(([, value]) => value));
    const { auditLog, pagination } = await ask(api.GET('/v1/audit-log', { params: { query: { ...wanted, limit: BATCH, cursor } } }));
    return { rows: auditLog, next: pagination.nextCursor ?? undefined };
  }, [filters.action, filters.objectId, filters.actor]);
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <Page title="Audit log" about="Every change, and every reveal of a value. No credential is in it.">
      <div class="panel">
        <FilterForm key={JSON.stringify(filters)} filters={filters} />
        <LoadedRows rows={rows}>
          {(entries) => <Table caption="Audit log" columns={COLUMNS} rows={entries} keyOf={({ position }) => String(position)}
            empty={<p>{isFiltered ? 'No entry fits.' : 'Nothing has been changed yet.'}</p>} />}
        </LoadedRows>
      </div>
    </Page>
  );
}

function FilterForm({ filters }: { filters: Filters }) {
  const form = useForm(filters, async ({ action, objectId, actor }) => setQuery({ action, objectId: objectId.trim(), actor: actor.trim() }));
  const options = [{ value: '', label: 'Everything' }, ...Object.entries(ACTIONS).map(([value, label]) => ({ value, label }))];
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <form class="filters" role="search" onSubmit={form.submit}>
      <SelectField form={form} name="action" label="What was done" options={options} />
      <TextField form={form} name="objectId" label="To" placeholder="Id of a token, key or target" isCode />
      <TextField form={form} name="actor" label="By" placeholder="Id of a key or user" isCode />
      <div class="actions">
        <button>Filter</button>
        {isFiltered && <button type="button" onClick={() => setQuery({ action: null, objectId: null, actor: null })}>Show all</button>}
      </div>
    </form>
  );
}

const COLUMNS: Column<Entry>[] = [
  { head: 'When', cell: ({ at }) => <Time at={at} /> },
  { head: 'What', cell: (entry) => <>{ACTIONS[entry.action] ?? entry.action}<br /><ObjectLink entry={entry} /></> },
  { head: 'By', cell: ({ actor, address }) => <>{actor ? <code class="minor">{actor}</code> : 'The command line'}{address && <><br /><span class="minor">from {address}</span></>}</> },
  { head: 'Details', class: 'wide', cell: (entry) => <Change entry={entry} /> },
];

function ObjectLink({ entry: { objectKind, objectId } }: { entry: Entry }) {
  const id = <code class="minor">{objectId}</code>;
  if (objectKind === 'client_token') return <a href={`#/tokens/${objectId}`}>{id}</a>;
  if (objectKind === 'target') return <a href={`#/targets/${encodeURIComponent(objectId)}`}>{id}</a>;
  return id;
}

/** The fields that changed, each as it was and as it is. */
function Change({ entry: { before, after, requestId } }: { entry: Entry }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (names.length === 0) return requestId ? <span class="minor">Request {requestId}</span> : null;
  return (
    <details class="change">
      <summary>{counted(names.length, 'field')}</summary>
      <dl class="facts">
        {names.map((name) => (
          <Fragment key={name}>
            <dt><code>{name}</code></dt>
            <dd>
              {before && name in before && <del><code><Name of={written(before[name])} /></code></del>}
              {' '}
              {after && name in after && <ins><code><Name of={written(after[name])} /></code></ins>}
            </dd>
          </Fragment>
        ))}
        {requestId && <><dt>Request</dt><dd><code>{requestId}</code></dd></>}
      </dl>
    </details>
  );
}

/** A value as the log has it; of a large one that is its digest. */
function written(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isDigest(value)) return JSON.stringify(value);
  const { sha256, bytes } = value;
  return `${count(bytes)} bytes${sha256 ? `, SHA-256 ${sha256}` : ''}`;
}

const isDigest = (value: unknown): value is Schemas['ValueDigest'] => typeof value === 'object' && value !== null && 'sha256' in value;
