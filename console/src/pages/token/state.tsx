// Whether a token is in use, and for which environment.
import type { Schemas } from '../../api/client';
import { Badge } from '../../ui/text';

export function TokenState({ token: { isActive, environment } }: { token: Schemas['ClientToken'] }) {
  return (
    <span class="badges">
      <Badge tone={isActive ? 'good' : 'bad'}>{isActive ? 'Active' : 'Inactive'}</Badge>
      {environment === 'test' && <Badge>Test</Badge>}
    </span>
  );
}
