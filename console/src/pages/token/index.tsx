// One client token, in sections.
import { useLoad } from '../../api/load';
import type { PageProps } from '../../routes';
import { Loaded } from '../../ui/loaded';
import { Page } from '../../ui/page';
import { Tabs } from '../../ui/tabs';
import { Time, counted } from '../../ui/text';
import { TokenState } from './state';
import { SECTIONS, type SectionProps } from './sections';
import { type Versioned, find } from './versioned';

const BACK = { href: '#/tokens', label: 'Client tokens' };

export function TokenPage({ params: { id = '' }, query }: PageProps) {
  const load = useLoad(() => find(id), [id]);
  return (
    <Page title={load.data?.token.name ?? 'Client token'} back={BACK} about={load.data && <About token={load.data.token} />}>
      <Loaded load={load}>{(found) => <Sections found={found} load={load} tab={query.get('tab')} />}</Loaded>
    </Page>
  );
}

function About({ token }: { token: Versioned['token'] }) {
  const { id, conversationCount, lastUsedAt, createdAt } = token;
  return (
    <span class="about-token">
      <TokenState token={token} />
      <code>{id}</code>
      <span>{counted(conversationCount, 'conversation')}</span>
      <span>Last used: <Time at={lastUsedAt} never="never" /></span>
      <span>Created: <Time at={createdAt} /></span>
    </span>
  );
}

function Sections({ found, load, tab }: SectionProps & { tab: string | null }) {
  const shown = SECTIONS.find(({ name }) => name === tab) ?? SECTIONS[0];
  if (!shown) return null;
  const path = `#/tokens/${found.token.id}`;
  const tabs = SECTIONS.map(({ name, label }, at) => {
    return { href: at === 0 ? path : `${path}?tab=${name}`, label, isCurrent: name === shown.name };
  });
  return (
    <>
      {SECTIONS.length > 1 && <Tabs label="Of this token" tabs={tabs} />}
      <shown.section key={shown.name} found={found} load={load} />
    </>
  );
}
