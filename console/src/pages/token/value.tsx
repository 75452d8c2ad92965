// A token's value: shown and copied when asked for, which the audit log notes, and replaced by a new one.
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client';
import { type Refusal, refusalOf } from '../../api/refusal';
import { confirm } from '../../ui/confirm';
import { CopyField } from '../../ui/copy';
import { notify } from '../../ui/notices';
import { Section } from '../../ui/page';
import { Refused } from '../../ui/refused';
import type { SectionProps } from './sections';
import { find } from './versioned';

export function TokenValue({ found: { token }, load }: SectionProps) {
  const [value, setValue] = useState<string>();
  const [refusal, setRefusal] = useState<Refusal>();
  const path = { id: token.id };
  const tried = (action: () => Promise<void>) => async () => {
    setRefusal(undefined);
    await action().catch((thrown) => setRefusal(refusalOf(thrown)));
  };
  const read = async () => (await ask(api.GET('/v1/client-tokens/{id}/token', { params: { path } }))).token;
  const reveal = tried(async () => setValue(await read()));
  const copy = tried(async () => {
    await navigator.clipboard.writeText(value ?? (await read()));
    notify('The value is copied.');
  });
  const regenerate = () => confirm({
    title: 'Give this token a new value?',
    body: (
      <>
        <p>The present value stops working at once, and every chat that was opened with it ends. This can't be taken back.</p>
        <p>Put the new value into every page and app that uses this token. Its id, settings and conversations stay.</p>
      </>
    ),
    action: 'Regenerate the value',
    isDanger: true,
    run: async () => {
      const data = await ask(api.POST('/v1/client-tokens/{id}/regenerate', { params: { path } }));
      setValue(data.token);
      setRefusal(undefined);
      load.set(await find(token.id));
      notify('The token has a new value.');
    },
  });
  return (
    <Section title="Value" about="What goes into your page. It is public there: the origins and limits guard it."
      actions={
        <>
          {!value && <button type="button" onClick={reveal}>Reveal</button>}
          <button type="button" onClick={copy}>Copy value</button>
          <button type="button" class="danger" onClick={regenerate}>Regenerate…</button>
        </>
      }>
      {value
        ? <CopyField label="Token value" text={value} />
        : <p><code>{token.tokenPrefix}_…{token.tokenHint}</code></p>}
      <Refused refusal={refusal} />
    </Section>
  );
}
