// A new API key's value, this once. The dialog closes by its button only, so that no slip loses the value.
import type { Schemas } from '../../api/client';
import { CopyField } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Time } from '../../ui/text';
import { isolated } from '../../ui/isolated.ts';

export function MadeKey({ made: { apiKey, key, previousKeyExpiresAt }, onClose }: { made: Schemas['ApiKeyMade']; onClose: () => void }) {
  return (
    <Dialog title={`The value of ${isolated(apiKey.name)}`} isBusy onClose={onClose}>
      <p>Put it where it is needed now: it is shown this once and can't be read again.</p>
      <CopyField label="API key" text={key} />
      {previousKeyExpiresAt && <p>The old value works until <Time at={previousKeyExpiresAt} />.</p>}
      <div class="actions"><button type="button" class="primary" onClick={onClose}>I have stored it</button></div>
    </Dialog>
  );
}
