// The code that puts the chat into a page, and the chat itself to be tried here first.
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client';
import { useLoad } from '../../api/load';
import { refusalOf } from '../../api/refusal';
import { clause } from '../../targets/lack.ts';
import type { Warning } from '../../token/amend';
import { Warnings } from '../../ui/warnings';
import { CopyBlock } from '../../ui/copy';
import { Loaded } from '../../ui/loaded';
import { Section } from '../../ui/page';
import { VerdictPanel, type Verdict } from '../../verify/verdict';
import { PreviewFrame } from '../../embed/frame';
import { html, install, react } from '../../embed/snippets.ts';
import type { SectionProps } from './sections';

/** Of the widget that is served beside the console; set when the console is built. */
declare const WIDGET_VERSION: string;

const NOT_YET = 'This code is right, but no chat opens with it before something answers: see above.';

export function EmbedSection({ found: { token: { tokenValue: value } }, load: { reload: onChange }, lack }: SectionProps) {
  if (value === null) {
    return (
      <Section title="Embed">
        <p>The key that signed this token's value is gone, so there is no value to put into a page. Regenerate the token to get a new one.</p>
      </Section>
    );
  }
  const embedding = { api: location.origin, value, widget: `${location.origin}/persona`, version: WIDGET_VERSION };
  return (
    <>
      <Section title="In a page" about={lack?.isWhole ? NOT_YET : 'Works on the allowed origins only: the value is public, and that is what guards it.'}>
        <CopyBlock label="HTML" text={html(embedding)} />
        <p class="minor">
          The widget comes from this deployment, in the version that it was tried with (@runtypelabs/persona {WIDGET_VERSION}).
        </p>
      </Section>
      <Section title="In a React application">
        <CopyBlock label="Install" text={install(embedding)} />
        <CopyBlock label="Component" text={react(embedding)} />
      </Section>
      <Section title="Preview" about="The chat as visitors get it. What is said here is stored, counted and answered like theirs.">
        {lack?.isWhole
          ? <p>There is no chat to be tried yet: {clause(lack)}.</p>
          : <Preview value={value} onChange={onChange} />}
      </Section>
    </>
  );
}

/** Whether this very page may use the value, asked first; null for a credential that may not ask. */
async function judge(token: string): Promise<Verdict | null> {
  try {
    return await ask(api.POST('/v1/client-tokens/verify', { body: { token, origin: location.origin, consume: false } }));
  } catch (thrown) {
    if (refusalOf(thrown).status === 403) return null;
    throw thrown;
  }
}

function Preview({ value, onChange }: { value: string; onChange: () => void }) {
  const load = useLoad(() => judge(value), [value]);
  const [warnings, setWarnings] = useState<Warning[]>([]);
  const [isOn, setOn] = useState(false);
  const amended = (made: Warning[]) => {
    setWarnings(made);
    load.reload();
    onChange();
  };
  return (
    <>
      <Warnings warnings={warnings} />
      <Loaded load={load}>
        {(verdict) =>
          verdict && !verdict.valid
            ? <><p>The preview is a page at <code>{location.origin}</code>, and this token would refuse it:</p><VerdictPanel verdict={verdict} onAmended={amended} /></>
            : isOn
              ? <PreviewFrame value={value} />
              : <p><button type="button" class="primary" onClick={() => setOn(true)}>Start the preview</button></p>}
      </Loaded>
    </>
  );
}
