// "Why was this refused?": asks the API what a page with a value would be told, and offers what would change that.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, ask, type Schemas } from '../api/client';
import type { Warning } from '../token/amend';
import { TextField } from '../ui/fields';
import { FormFoot } from '../ui/form-foot';
import { useForm } from '../ui/form';
import { notify } from '../ui/notices';
import { Page } from '../ui/page';
import { Warnings } from '../ui/warnings';
import { VerdictPanel, type Verdict } from '../verify/verdict';
import { originOf } from '../origins/seen.ts';

const EMPTY = { token: '', origin: '', targetId: '', visitor: '' };

/** Fields that are left empty are left out: an empty origin is not the same as none. */
function question({ token, origin, ...others }: typeof EMPTY): Schemas['Verify'] {
  const fields = { origin: originOf(origin), ...others };
  const given = Object.entries(fields).map(([name, text]) => [name, text.trim()]).filter(([, text]) => text);
  return { token: token.trim(), ...Object.fromEntries(given) };
}

export function VerifyPage() {
  const [verdict, setVerdict] = useState<Verdict>();
  const [warnings, setWarnings] = useState<Warning[]>([]);
  const answer = useRef<HTMLDivElement>(null);
  const judge = async (values: typeof EMPTY) => {
    setVerdict(undefined);
    setVerdict(await ask(api.POST('/v1/client-tokens/verify', { body: question(values) })));
  };
  const form = useForm(EMPTY, async (values) => {
    setWarnings([]);
    await judge(values);
  });
  useEffect(() => {
    if (verdict) answer.current?.focus();
  }, [verdict]);
  const amended = async (given: Warning[]) => {
    setWarnings(given);
    notify('Changed.');
    await judge(form.values);
  };
  return (
    <Page title="Why was this refused?" about="What a page would be told if it asked for a session right now. Nothing is counted or changed by asking.">
      <form class="panel" onSubmit={form.submit}>
        <TextField form={form} name="token" label="Token value" isCode isRequired placeholder="ct_live_…" hint="As it stands in the web page." />
        <div class="columns">
          <TextField form={form} name="origin" label="Origin of the page" isCode placeholder="https://shop.example.com"
            hint="The page's address will do. Empty: an app or a server." />
          <TextField form={form} name="targetId" label="Flow or agent" isCode placeholder="flow_support" hint="Empty: the one that the token chooses." />
          <TextField form={form} name="visitor" label="Visitor's IP address" isCode placeholder="203.0.113.7" hint="Empty: limits are not asked about." />
        </div>
        <FormFoot form={form} action="Ask" />
      </form>
      <div ref={answer} tabIndex={-1} role="group" aria-label="The answer">
        <Warnings warnings={warnings} />
        {verdict && <VerdictPanel verdict={verdict} onAmended={amended} />}
      </div>
    </Page>
  );
}
