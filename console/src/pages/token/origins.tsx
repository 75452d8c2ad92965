// The origins that asked for a session lately, admitted or not; one that was refused can be allowed from here.
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client';
import { useLoad } from '../../api/load';
import { refusalOf, type Refusal } from '../../api/refusal';
import { amend, type Warning } from '../../token/amend';
import { Warnings } from '../../ui/warnings';
import { Loaded } from '../../ui/loaded';
import { notify } from '../../ui/notices';
import { Section } from '../../ui/page';
import { Refused } from '../../ui/refused';
import { Table, type Column } from '../../ui/table';
import { Badge, Time, count } from '../../ui/text';
import { entryFor, withEntry, type SeenOrigin } from '../../origins/seen.ts';
import type { SectionProps } from './sections';

export function OriginsSection({ found: { token }, load: { reload: onChange } }: SectionProps) {
  const path = { id: token.id };
  const load = useLoad(() => ask(api.GET('/v1/client-tokens/{id}/observed-origins', { params: { path } })), [token.id]);
  const [warnings, setWarnings] = useState<Warning[]>([]);
  const [refusal, setRefusal] = useState<Refusal>();
  const allow = async (entry: string) => {
    setRefusal(undefined);
    try {
      const made = await amend(token, (present = token) => ({
        allowedOrigins: withEntry(present.allowedOrigins, entry) ?? present.allowedOrigins,
      }));
      if (!made) return;
      setWarnings(made);
      notify(`${entry} is allowed now.`);
      load.reload();
      onChange();
    } catch (thrown) {
      setRefusal(refusalOf(thrown));
    }
  };
  return (
    <Section
      title="Origins seen"
      about={`Where requests came from in the last ${load.data?.windowDays ?? 7} days, and whether the token admits them now. Counts arrive some seconds later.`}
      actions={<button type="button" onClick={load.reload} disabled={load.isLoading}>Refresh</button>}
    >
      <Warnings warnings={warnings} />
      <Refused refusal={refusal} />
      <Loaded load={load}>
        {({ origins }) => (
          <Table
            caption="Origins seen"
            columns={columns(allow)}
            rows={origins}
            keyOf={({ origin }) => origin}
            empty={<p>No request has been seen yet. An origin appears here when a page with this token opens.</p>}
          />
        )}
      </Loaded>
    </Section>
  );
}

function columns(allow: (entry: string) => void): Column<SeenOrigin>[] {
  return [
    { head: 'Origin', cell: ({ origin }) => <Named origin={origin} /> },
    { head: 'State', cell: ({ allowed }) => <Badge tone={allowed ? 'good' : 'bad'}>{allowed ? 'Allowed' : 'Refused'}</Badge> },
    { head: 'Requests', class: 'num', cell: (row) => count(row.count) },
    { head: 'First seen', cell: ({ firstSeenAt }) => <Time at={firstSeenAt} /> },
    { head: 'Last seen', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
    { head: 'Change', cell: (row) => <Change row={row} allow={allow} /> },
  ];
}

function Named({ origin }: Pick<SeenOrigin, 'origin'>) {
  if (origin === 'native') return <span>None <span class="minor">(an app or a server)</span></span>;
  return origin === 'other' ? <span>All others <span class="minor">(too many to list)</span></span> : <bdi class="code">{origin}</bdi>;
}

function Change({ row: { origin, allowed }, allow }: { row: SeenOrigin; allow: (entry: string) => void }) {
  if (allowed || origin === 'other') return <span class="minor">–</span>;
  const entry = entryFor(origin);
  if (entry === null) return <span class="minor">Only the entry * admits it</span>;
  return <button type="button" aria-label={`Allow ${entry}`} onClick={() => allow(entry)}>Allow…</button>;
}
