// The tenant's client tokens: found by name or id, with their state, last use and conversations.
import { api, ask } from '../api/client';
import { useLoad } from '../api/load';
import { Loaded } from '../ui/loaded';
import { Page } from '../ui/page';

export function TokensPage() {
  const load = useLoad(() => ask(api.GET('/v1/client-tokens', {})), []);
  return <Page title="Client tokens"><Loaded load={load}>{({ clientTokens }) => <ul>{clientTokens.map(({ id, name }) => <li key={id}><a href={`#/tokens/${id}`}>{name}</a></li>)}</ul>}</Loaded></Page>;
}
