// Sends one message through a target's upstream, as it is saved, and shows what came back.
import { useState } from 'preact/hooks';
import { type Schemas, api, ask } from '../../api/client';
import { TextField } from '../../ui/fields';
import { useForm } from '../../ui/form';
import { FormFoot } from '../../ui/form-foot';
import { Section } from '../../ui/page';
import { Badge, count } from '../../ui/text';

type Tried = Schemas['TargetTried'];

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

function Outcome({ tried: { ok, text, isWhole, error, milliseconds } }: { tried: Tried }) {
  return (
    <div class="outcome">
      <p>
        <Badge tone={ok ? 'good' : 'bad'}>{ok ? 'It answers' : 'It failed'}</Badge>{' '}
        <span class="minor">after {count(milliseconds)} ms</span>
      </p>
      {error && <p>{error.message} <code class="minor">{error.code}</code></p>}
      {error && <p class="minor">The service's own words are in the Worker's log.</p>}
      {text && <blockquote>{text}{!isWhole && ' …'}</blockquote>}
    </div>
  );
}
