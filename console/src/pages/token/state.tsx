// Whether a token is in use, whether something answers for it, and for which environment.
import type { Schemas } from '../../api/client';
import type { Lack } from '../../targets/lack.ts';
import { Badge } from '../../ui/text';

export function TokenState({ token: { isActive, environment }, lack }: { token: Schemas['ClientToken']; lack?: Lack }) {
  return (
    <span class="badges">
      {isActive ? <Badge tone={lack?.isWhole ? 'plain' : 'good'}>Active</Badge> : <Badge tone="bad">Inactive</Badge>}
      {lack && <Badge tone={lack.isWhole ? 'bad' : 'warn'}>{wordFor(lack)}</Badge>}
      {environment === 'test' && <Badge>Test</Badge>}
    </span>
  );
}

function wordFor({ type, isWhole }: Lack): string {
  if (type === 'no_target') return 'No target';
  return isWhole ? 'Nothing answers' : 'Answers in part';
}
