// Sends one message through a target's upstream, as it is saved, and shows what was sent and what came back.
import { useState } from 'preact/hooks';
import { type Schemas, api, ask } from '../../api/client';
import { CopyBlock } from '../../ui/copy';
import { TextField } from '../../ui/fields';
import { useForm } from '../../ui/form';
import { FormFoot } from '../../ui/form-foot';
import { Section } from '../../ui/page';
import { Badge, count, counted } from '../../ui/text';

type Tried = Schemas['TargetTried'];

const REASONS: Record<string, string> = {
  dns: 'The name of its host leads nowhere.',
  tls: "Its certificate isn't accepted.",
  refused: 'It takes no connection.',
  timeout: "It doesn't answer in time.",
};

const LEFT_OUT: Record<string, string> = {
  stream_options: 'the question for the usage',
  pictures: 'pictures',
  files: 'files',
};

export function TryTarget({ id, isChanged }: { id: string; isChanged: boolean }) {
  const [tried, setTried] = useState<Tried>();
  const form = useForm({ message: 'Hello! Who are you?' }, async ({ message }) => {
    setTried(undefined);
    setTried(await ask(api.POST('/v1/targets/{id}/try', { params: { path: { id } }, body: { message } })));
  });
  return (
    <Section title="Try it" about={isChanged ? 'Your changes count once they are saved.' : 'One message, as if a visitor sent it. Nothing is stored.'}>
      <form class="form" onSubmit={form.submit}>
        <TextField form={form} name="message" label="Message" lines={2} isRequired />
        <FormFoot form={form} action={form.isBusy ? 'Waiting for the answer…' : 'Send'} />
      </form>
      <div role="status">{tried && <Outcome tried={tried} />}</div>
    </Section>
  );
}

function Outcome({ tried: { ok, text, isWhole, error, milliseconds, usage, remembered, sent } }: { tried: Tried }) {
  return (
    <div class="outcome">
      <p>
        <Badge tone={ok ? 'good' : 'bad'}>{ok ? 'It answers' : 'It failed'}</Badge>{' '}
        <span class="minor">
          after {count(milliseconds)} ms
          {usage && <>, with {counted(usage.tokensIn, 'token')} in and {counted(usage.tokensOut, 'token')} out</>}
        </span>
      </p>
      {error && <Failure error={error} />}
      {text && <blockquote>{text}{!isWhole && ' …'}</blockquote>}
      {remembered && (
        <p class="minor">
          For an hour this is left out, since the service refused it and answered without: {remembered.map((word) => LEFT_OUT[word] ?? word).join(', ')}.
        </p>
      )}
      {sent && <Sent sent={sent} />}
    </div>
  );
}

function Failure({ error: { code, message, reason, status, answer } }: { error: NonNullable<Tried['error']> }) {
  return (
    <>
      <p>{message} <code class="minor">{code}</code></p>
      {reason && <p>{REASONS[reason] ?? reason}</p>}
      {status && <p>The service answered with status {status}{answer ? ':' : '.'}</p>}
      {answer && <pre tabIndex={0} aria-label="The service's answer">{answer}</pre>}
    </>
  );
}

function Sent({ sent: { url, headers, body } }: { sent: NonNullable<Tried['sent']> }) {
  return (
    <details class="more-fields">
      <summary>What was sent</summary>
      <div class="stack">
        <dl class="facts">
          <dt>URL</dt><dd><code>{url}</code></dd>
          <dt>Headers</dt><dd><code>{headers.join(', ')}</code></dd>
        </dl>
        <CopyBlock label="Body" text={JSON.stringify(body, null, 2)} />
      </div>
    </details>
  );
}
