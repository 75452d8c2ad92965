// Saves conversations as a file. The API wants its credential in a header, which a plain link can't send: the answer is
// read here and handed to the browser as a file once it is whole.
import { useRef, useState } from 'preact/hooks';
import { open } from '../api/raw';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/fields';
import { FormFoot } from '../ui/form-foot';
import { useForm } from '../ui/form';
import { notify } from '../ui/notices';
import { query, size, whole } from './exported.ts';
import type { Wanted } from './filters';

interface Props {
  tokenId: string;
  wanted: Wanted;
  onClose: () => void;
}

export function ExportDialog({ tokenId, wanted, onClose }: Props) {
  const [bytes, setBytes] = useState<number>();
  const abort = useRef(new AbortController());
  const initial = { from: '', to: '', flow_id: wanted.flow_id ?? '', userId: wanted.userId ?? '' };
  const form = useForm(initial, async (values) => {
    abort.current = new AbortController();
    const path = `/v1/client-tokens/${tokenId}/conversations/export${query(values)}`;
    try {
      const file = await whole(await open(path, abort.current.signal), setBytes);
      save(file, `conversations-${tokenId}.ndjson`);
      notify(`${size(file.size)} saved.`);
      onClose();
    } finally {
      setBytes(undefined);
    }
  });
  const close = () => {
    abort.current.abort();
    onClose();
  };
  return (
    <Dialog title="Export conversations" onClose={close}>
      <form class="form" onSubmit={form.submit}>
        <p>A file with a conversation and all its messages in each line (JSON), the oldest first.</p>
        <div class="columns">
          <TextField form={form} name="from" type="date" label="Begun from" hint="This day included, in UTC." />
          <TextField form={form} name="to" type="date" label="Begun until" hint="This day included, in UTC." />
          <TextField form={form} name="flow_id" label="Flow or agent" isCode />
          <TextField form={form} name="userId" label="Person" isCode />
        </div>
        {bytes !== undefined && <p role="status">{size(bytes)} so far…</p>}
        <FormFoot form={form} action="Export">
          <button type="button" onClick={close}>Cancel</button>
        </FormFoot>
      </form>
    </Dialog>
  );
}

function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
