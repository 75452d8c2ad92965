// The tenant's client tokens: found by name, id or origin, with their state, last use and conversations.
import { useState } from 'preact/hooks';
import { type Schemas, api, ask } from '../api/client';
import { every } from '../api/every';
import { useLoad } from '../api/load';
import { setQuery } from '../router';
import type { PageProps } from '../routes';
import { type Known, lackOf } from '../targets/lack.ts';
import { readTargets } from '../targets/read';
import { Loaded } from '../ui/loaded';
import { Page } from '../ui/page';
import { type Column, Table } from '../ui/table';
import { Time, count, counted } from '../ui/text';
import { TokenState } from './token/state';
import { Name } from '../ui/name';

type Token = Schemas['CountedClientToken'];

/** The most rows drawn at first, and added by each "Show more". */
const SHOWN = 50;

/** Every token, newest first: the search is over all of them. */
const all = (): Promise<Token[]> => every(async (query) => {
  const { clientTokens, pagination } = await ask(api.GET('/v1/client-tokens', { params: { query } }));
  return { rows: clientTokens, pagination };
});

function isFound({ name, id, allowedOrigins, tokenHint, isActive }: Token, search: string, state: string): boolean {
  if (state && isActive !== (state === 'active')) return false;
  const text = [name, id, tokenHint, ...allowedOrigins].join('\n').toLowerCase();
  return text.includes(search.trim().toLowerCase());
}

const columns = (known?: Known): Column<Token>[] => [
  { head: 'Name', class: 'wide', cell: ({ id, name }) => <><a class="row-link" href={`#/tokens/${id}`}><Name of={name} /></a><br /><code class="minor">{id}</code></> },
  { head: 'State', cell: (token) => <TokenState token={token} lack={lackOf(token, known)} /> },
  { head: 'Origins', cell: ({ allowedOrigins }) => <Origins list={allowedOrigins} /> },
  { head: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
  { head: 'Conversations', class: 'num', cell: ({ conversationCount }) => count(conversationCount) },
];

export function TokensPage({ query }: PageProps) {
  const load = useLoad(async () => {
    // A list whose tokens can't be called ready is better than none.
    const [tokens, known] = await Promise.all([all(), readTargets().catch(() => null)]);
    return { tokens, known };
  }, []);
  return (
    <Page title="Client tokens" about="Each lets the pages of its origins chat with its flows and agents."
      actions={<a class="button primary" href="#/tokens/new">New token</a>}>
      <Loaded load={load}>{({ tokens, known }) => <List tokens={tokens} known={known ?? undefined} search={query.get('search') ?? ''} state={query.get('state') ?? ''} />}</Loaded>
    </Page>
  );
}

function List({ tokens, known, search, state }: { tokens: Token[]; known?: Known; search: string; state: string }) {
  const [shown, setShown] = useState(SHOWN);
  if (tokens.length === 0) {
    return (
      <div class="panel empty">
        <p>There is no client token yet.</p>
        <p><a class="button primary" href="#/tokens/new">Make the first one</a></p>
      </div>
    );
  }
  const found = tokens.filter((token) => isFound(token, search, state));
  return (
    <div class="panel">
      <search class="filters">
        <div class="field">
          <label for="search">Search</label>
          <input id="search" type="search" placeholder="Name, id or origin" value={search} onInput={(event) => setQuery({ search: event.currentTarget.value })} />
        </div>
        <div class="field narrow">
          <label for="state">State</label>
          <select id="state" value={state} onChange={(event) => setQuery({ state: event.currentTarget.value })}>
            <option value="">All</option>
            <option value="active">Active</option>
            <option value="inactive">Inactive</option>
          </select>
        </div>
        <p class="minor total" role="status">{counted(found.length, 'token')}</p>
      </search>
      <Table caption="Client tokens" columns={columns(known)} rows={found.slice(0, shown)} keyOf={({ id }) => id} empty={<p>No token fits.</p>} />
      {found.length > shown && <p class="more"><button type="button" onClick={() => setShown(shown + SHOWN)}>Show more</button></p>}
    </div>
  );
}

function Origins({ list }: { list: string[] }) {
  const [first, ...others] = list;
  return <><code>{first}</code>{others.length > 0 && <span class="minor"> and {counted(others.length, 'other')}</span>}</>;
}
