// The conversations held through a token: found by flow and by person, exported, and erased for one person.
import { useState } from 'preact/hooks';
import { api, ask, type Schemas } from '../../api/client';
import { useRows } from '../../api/load';
import { setQuery, usePlace } from '../../router';
import { LoadedRows } from '../../ui/loaded';
import { Section } from '../../ui/page';
import { Table, type Column } from '../../ui/table';
import { Time, count } from '../../ui/text';
import { EraseDialog } from '../../conversations/erase';
import { ExportDialog } from '../../conversations/export';
import { titleOf } from '../../conversations/title.ts';
import { Filters, type Wanted } from '../../conversations/filters';
import type { SectionProps } from './sections';

type Conversation = Schemas['Conversation'];

const LIMIT = 50;

export function ConversationsSection({ found: { token: { id: tokenId } } }: SectionProps) {
  const { query: chosen } = usePlace();
  const [flow, person] = [chosen.get('flow') ?? '', chosen.get('person') ?? ''];
  const wanted: Wanted = { flow_id: flow || undefined, userId: person || undefined };
  const [open, setOpen] = useState<'export' | 'erase'>();
  const rows = useRows<Conversation>(async (from = '0') => {
    const query = { limit: LIMIT, offset: Number(from), ...wanted };
    const call = api.GET('/v1/client-tokens/{id}/conversations', { params: { path: { id: tokenId }, query } });
    const { conversations, pagination } = await ask(call);
    return { rows: conversations, next: pagination.hasMore ? String(Number(from) + conversations.length) : undefined };
  }, [tokenId, flow, person]);
  const isFiltered = Object.values(wanted).some(Boolean);
  return (
    <Section
      title="Conversations"
      actions={
        <>
          <button type="button" onClick={() => setOpen('export')}>Export…</button>
          <button type="button" onClick={() => setOpen('erase')}>Erase a person…</button>
        </>
      }
    >
      <Filters key={`${flow} ${person}`} wanted={wanted} onChange={({ flow_id = null, userId = null }) => setQuery({ flow: flow_id, person: userId })} />
      <LoadedRows rows={rows}>
        {(found) => (
          <Table
            caption="Conversations, the latest first"
            columns={columns(tokenId, found.some(({ userId }) => userId))}
            rows={found}
            keyOf={({ id }) => id}
            empty={<p>{isFiltered ? 'No conversation fits.' : 'No visitor has written yet.'}</p>}
          />
        )}
      </LoadedRows>
      {open === 'export' && <ExportDialog tokenId={tokenId} wanted={wanted} onClose={() => setOpen(undefined)} />}
      {open === 'erase' && <EraseDialog tokenId={tokenId} onErased={rows.reload} onClose={() => setOpen(undefined)} />}
    </Section>
  );
}

/** Nobody is named where no page signs its visitors in: then there is no column for it. */
function columns(tokenId: string, hasPeople: boolean): Column<Conversation>[] {
  const person: Column<Conversation> = { head: 'Person', cell: ({ userId }) => (userId ? <bdi class="code">{userId}</bdi> : <span class="minor">–</span>) };
  return [
    { head: 'Conversation', cell: (row) => <Named tokenId={tokenId} row={row} /> },
    { head: 'Messages', class: 'num', cell: ({ messageCount }) => count(messageCount) },
    { head: 'Last message', cell: ({ updatedAt }) => <Time at={updatedAt} /> },
    { head: 'Target', cell: ({ flowId }) => (flowId ? <code>{flowId}</code> : <span class="minor">None</span>) },
    ...(hasPeople ? [person] : []),
  ];
}

function Named({ tokenId, row }: { tokenId: string; row: Conversation }) {
  return (
    <>
      <a href={`#/conversations/${tokenId}/${row.id}`}><bdi>{titleOf(row)}</bdi></a>
      <p class="minor"><bdi>{row.origin ?? 'No origin'}</bdi></p>
    </>
  );
}
