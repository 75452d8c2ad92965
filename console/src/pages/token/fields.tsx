// The fields of a token's settings, for making one and for editing it.
import { originFault, originMeaning } from '../../origin';
import type { Targets } from '../../targets/read';
import { NumberField, TextField } from '../../ui/fields';
import type { Form } from '../../ui/form';
import { ListField } from '../../ui/list-field';
import { Group } from '../../ui/page';
import { Answers } from './answers';
import type { TokenValues } from './values';

interface Props<T> {
  form: Form<T>;
  targets: Targets;
  /** Opens what sets up a new target. */
  onSetUp: () => void;
}

export function TokenFields<T extends TokenValues>({ form: given, targets, onSetUp }: Props<T>) {
  const form = given as unknown as Form<TokenValues>;
  return (
    <>
      <Answers form={form} targets={targets} onSetUp={onSetUp} />
      <Group title="Where it may be used">
        <TextField form={form} name="name" label="Name" hint="For you; visitors don't see it." isRequired />
        <ListField form={form} name="allowedOrigins" label="Allowed origins" one="origin" placeholder="https://app.example.com"
          hint={<>The pages that may use it, by scheme and host. <code>https://*.example.com</code> stands for every subdomain, <code>native</code> for apps.</>}
          check={originFault} explain={originMeaning} />
      </Group>
      <Group title="How much a visitor may ask">
        <div class="columns">
          <NumberField form={form} name="rateLimitPerMinute" label="Requests a minute" min={1} max={1000} blank="No limit" />
          <NumberField form={form} name="rateLimitPerHour" label="Requests an hour" min={1} max={10000} blank="No limit" />
          <NumberField form={form} name="maxMessagesPerSession" label="Messages a session" min={1} max={1000} blank="No limit" />
          <NumberField form={form} name="sessionIdleTimeoutMinutes" label="Minutes until an idle session ends" min={1} max={1440} blank="1440" />
        </div>
      </Group>
      <Group title="What the widget shows">
        <TextField form={form} name="config.welcomeMessage" label="Welcome message" lines={3} />
        <TextField form={form} name="config.placeholder" label="Placeholder of the input" placeholder="Type your message..." />
        <TextField form={form} name="config.failureMessage" label="When an answer fails" lines={2}
          placeholder="The answer could not be completed. Please try again." hint="Before its first word. At most 500 characters." />
        <TextField form={form} name="config.brokenMessage" label="When an answer breaks off" lines={2}
          placeholder="The answer broke off here. Please ask again." hint="Behind what was said. At most 500 characters." />
        <TextField form={ofTheRest(form)} name="config" label="Other configuration" lines={5} isCode
          hint={<>A JSON object that the page receives, such as <code>theme</code>. At most 16 KiB.</>} />
      </Group>
    </>
  );
}

/** The faults of `config` itself and of members without a field of their own. */
function ofTheRest(form: Form<TokenValues>): Form<TokenValues> {
  const isTold = (path = '') => path !== 'config' && path in form.values;
  return { ...form, faultsOf: (name) => form.faultsOf(name).filter(({ path }) => !isTold(path)) };
}
