// The tenant's targets: which service executes each flow and agent.
import { type Schemas, api, ask } from '../../api/client';
import { useLoad } from '../../api/load';
import { isTestKey } from '../../session';
import type { Known } from '../../targets/lack.ts';
import { everyTarget } from '../../targets/read';
import { confirm } from '../../ui/confirm';
import { Loaded } from '../../ui/loaded';
import { notify } from '../../ui/notices';
import { Page } from '../../ui/page';
import { type Column, Table } from '../../ui/table';
import { Badge, Time } from '../../ui/text';
import { NotWithTestKey } from './test-key';
import { KINDS } from './values';
import { Name } from '../../ui/name';

type Target = Schemas['ListedTarget'];

export function TargetsPage() {
  const load = useLoad(everyTarget, []);
  const remove = ({ id }: Target) => confirm({
    title: `Delete ${id}?`,
    body: (
      <>
        <p>Chats with {id} are answered by the deployment's default from now on, or refused if there is none.</p>
        <p>Tokens that list it keep it, and conversations stay. This can't be taken back.</p>
      </>
    ),
    action: 'Delete target',
    isDanger: true,
    run: async () => {
      await ask(api.DELETE('/v1/targets/{id}', { params: { path: { id } } }));
      notify(`${id} is deleted.`);
      load.reload();
    },
  });
  return (
    <Page title="Targets" about="Which service answers for each flow and agent."
      actions={!isTestKey() && <a class="button primary" href="#/targets/new">New target</a>}>
      {isTestKey() && <NotWithTestKey />}
      <Loaded load={load}>
        {({ targets, defaultUpstream }) => (
          <div class="panel">
            <Table caption="Targets" columns={isTestKey() ? COLUMNS : [...COLUMNS, change(remove)]} rows={targets} keyOf={({ id }) => id}
              empty={<><p>No target is set up yet.</p>{!isTestKey() && <p><a class="button primary" href="#/targets/new">Set up the first one</a></p>}</>} />
            <p class="minor">{others(defaultUpstream)}</p>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

/** What happens to chats with ids that aren't in the list. */
function others(kind: Known['defaultUpstream']): string {
  if (!kind) return 'Nothing answers for other ids: this deployment has no default, and chats with them are refused.';
  const name = KINDS.find(({ value }) => value === kind.kind)?.short ?? kind.kind;
  return `Other ids are answered by this deployment's default: ${name}.`;
}

const COLUMNS: Column<Target>[] = [
  {
    head: 'Target',
    cell: ({ id, name }) => <><a class="row-link" href={`#/targets/${encodeURIComponent(id)}`}><Name of={name ?? id} /></a>{name && <><br /><code class="minor">{id}</code></>}</>,
  },
  { head: 'Answered by', cell: ({ upstream }) => <Badge>{KINDS.find(({ value }) => value === upstream.kind)?.short ?? upstream.kind}</Badge> },
  { head: 'Where', cell: ({ upstream: { baseUrl, model } }) => <>{baseUrl && <code>{baseUrl}</code>}{model && <><br /><code class="minor">{model}</code></>}</> },
  { head: 'Changed', cell: ({ updatedAt }) => <Time at={updatedAt} /> },
];

const change = (remove: (target: Target) => void): Column<Target> => ({
  head: 'Change',
  cell: (target) => <div class="actions"><button type="button" class="danger" aria-label={`Delete ${target.id}`} onClick={() => remove(target)}>Delete…</button></div>,
});
