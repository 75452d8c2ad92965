// One client token, in sections.
import { useLoad } from '../../api/load';
import type { PageProps } from '../../routes';
import { type Lack, lackOf } from '../../targets/lack.ts';
import { useTargets } from '../../targets/read';
import { Lacking } from '../../token/lacking';
import { Loaded, Waiting } from '../../ui/loaded';
import { Page } from '../../ui/page';
import { Tabs } from '../../ui/tabs';
import { Time, counted } from '../../ui/text';
import { TokenState } from './state';
import { SECTIONS, type SectionProps } from './sections';
import { type Versioned, find } from './versioned';
import { isolated } from '../../ui/isolated.ts';

const BACK = { href: '#/tokens', label: 'Client tokens' };

export function TokenPage({ params: { id = '' }, query }: PageProps) {
  const load = useLoad(() => find(id), [id]);
  const targets = useTargets();
  // Not before it is known what the token lacks, if that can be known: what is shown first must not take it for ready.
  const isKnown = targets.data !== undefined || targets.refusal !== undefined;
  const lack = load.data && lackOf(load.data.token, targets.data ?? undefined);
  return (
    <Page title={load.data ? isolated(load.data.token.name) : 'Client token'} back={BACK} about={load.data && isKnown && <About token={load.data.token} lack={lack} />}>
      {isKnown
        ? <Loaded load={load}>{(found) => <Sections found={found} load={load} targets={targets} lack={lack} tab={query.get('tab')} />}</Loaded>
        : <Waiting />}
    </Page>
  );
}

function About({ token, lack }: { token: Versioned['token']; lack?: Lack }) {
  const { id, conversationCount, lastUsedAt, createdAt } = token;
  return (
    <span class="about-token">
      <TokenState token={token} lack={lack} />
      <code>{id}</code>
      <span>{counted(conversationCount, 'conversation')}</span>
      <span>Last used: <Time at={lastUsedAt} never="never" /></span>
      <span>Created: <Time at={createdAt} /></span>
    </span>
  );
}

function Sections({ tab, ...props }: SectionProps & { tab: string | null }) {
  const { found, lack } = props;
  const shown = SECTIONS.find(({ name }) => name === tab) ?? SECTIONS[0];
  if (!shown) return null;
  const path = `#/tokens/${found.token.id}`;
  const tabs = SECTIONS.map(({ name, label }, at) => {
    return { href: at === 0 ? path : `${path}?tab=${name}`, label, isCurrent: name === shown.name };
  });
  return (
    <>
      {SECTIONS.length > 1 && <Tabs label="Of this token" tabs={tabs} />}
      {lack && <Lacking lack={lack} tokenId={found.token.id} />}
      <shown.section key={shown.name} {...props} />
    </>
  );
}
