// Takes a token out of use: for a while, or for good.
import { answer, api, ask } from '../../api/client';
import { etagOf } from '../../api/etag';
import { go } from '../../router';
import { clause } from '../../targets/lack.ts';
import { confirm } from '../../ui/confirm';
import { notify } from '../../ui/notices';
import { Section } from '../../ui/page';
import { counted } from '../../ui/text';
import type { SectionProps } from './sections';
import { isolated } from '../../ui/isolated.ts';

export function TokenEnd({ found: { token }, load, lack }: SectionProps) {
  const path = { id: token.id };
  const set = async (isActive: boolean) => {
    const { data, headers } = await answer(api.PUT('/v1/client-tokens/{id}', { params: { path }, body: { isActive } }));
    load.set({ token: { ...data.clientToken, conversationCount: token.conversationCount }, etag: etagOf(headers) });
    notify(isActive ? 'The token is active.' : 'The token is inactive.');
  };
  const deactivate = () => confirm({
    title: `Deactivate ${isolated(token.name)}?`,
    body: <p>Pages that use it can neither open nor continue a chat from now on: they are told that the token is inactive. Nothing is lost, and activating it brings everything back with the same value.</p>,
    action: 'Deactivate',
    isDanger: true,
    run: () => set(false),
  });
  const activate = () => confirm({
    title: `Activate ${isolated(token.name)}?`,
    body: lack?.isWhole
      ? <p>Pages that hold its value are still refused afterwards: {clause(lack)}. Nothing is lost by activating it first.</p>
      : <p>Pages that hold its value can chat again at once, within its origins and limits.</p>,
    action: 'Activate',
    run: () => set(true),
  });
  const remove = async () => {
    const isDone = await confirm({
      title: `Delete ${isolated(token.name)}?`,
      body: (
        <>
          <p>Its value stops working at once, and chats that are open end.</p>
          <p>{counted(token.conversationCount, 'conversation')} can't be read any more, and {token.conversationCount === 1 ? 'is' : 'are'} erased for good after 30 days. This can't be taken back: to pause a token, deactivate it.</p>
        </>
      ),
      action: 'Delete token',
      isDanger: true,
      run: () => ask(api.DELETE('/v1/client-tokens/{id}', { params: { path } })),
    });
    if (!isDone) return;
    notify(`${isolated(token.name)} is deleted.`);
    go('/tokens');
  };
  return (
    <Section title="Out of use">
      <div class="actions">
        {token.isActive
          ? <button type="button" class="danger" onClick={deactivate}>Deactivate…</button>
          : <button type="button" onClick={activate}>Activate…</button>}
        <button type="button" class="danger" onClick={remove}>Delete…</button>
      </div>
    </Section>
  );
}
