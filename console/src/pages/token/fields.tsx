// The fields of a token's settings, for making one and for editing it.
import { api, ask } from '../../api/client';
import { useLoad } from '../../api/load';
import { originFault, originMeaning } from '../../origin';
import { NumberField, SelectField, TextField } from '../../ui/fields';
import type { Form } from '../../ui/form';
import { ListField } from '../../ui/list-field';
import { Group } from '../../ui/page';
import type { TokenValues } from './values';

/** The ids that have an upstream, to choose from; none if the credential may not read them. */
function useTargetIds(): string[] {
  const load = useLoad(() => ask(api.GET('/v1/targets', {})), []);
  return load.data?.targets.map(({ id }) => id) ?? [];
}

export function TokenFields<T extends TokenValues>({ form: given }: { form: Form<T> }) {
  const form = given as unknown as Form<TokenValues>;
  const ids = useTargetIds();
  const flows = ids.filter((id) => id.startsWith('flow_'));
  const agents = ids.filter((id) => id.startsWith('agent_'));
  const defaults = [...new Set([...form.values.flowIds.filter(Boolean), form.values.defaultFlowId].filter(Boolean))];
  return (
    <>
      <Group title="Where it may be used">
        <TextField form={form} name="name" label="Name" hint="For you; visitors don't see it." isRequired />
        <ListField form={form} name="allowedOrigins" label="Allowed origins" one="origin" placeholder="https://app.example.com"
          hint={<>The pages that may use it, by scheme and host. <code>https://*.example.com</code> stands for every subdomain, <code>native</code> for apps.</>}
          check={originFault} explain={originMeaning} />
      </Group>
      <Group title="What it talks to">
        <div class="columns">
          <ListField form={form} name="flowIds" label="Flows" one="flow" placeholder="flow_support" suggestions={flows} />
          <ListField form={form} name="agentIds" label="Agents" one="agent" placeholder="agent_support" suggestions={agents} />
        </div>
        <SelectField form={form} name="defaultFlowId" label="Default flow" hint="What a page talks to that names none."
          options={[{ value: '', label: 'The first one' }, ...defaults.map((id) => ({ value: id, label: id }))]} />
        <details class="more-fields" open={hasVersions(form)}>
          <summary>Versions</summary>
          <div class="columns">
            <TextField form={form} name="pinToVersion" label="Pinned version" hint="latest, or a version of the flow." isCode />
            <TextField form={form} name="targetAlias" label="Target alias" hint="Not together with a version id." isCode />
            <TextField form={form} name="targetVersionId" label="Target version id" hint="Needs exactly one agent." isCode />
          </div>
        </details>
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

function hasVersions({ values, faultsOf }: Form<TokenValues>): boolean {
  const isUsual = ['', 'latest'].includes(values.pinToVersion) && !values.targetAlias && !values.targetVersionId;
  return !isUsual || ['pinToVersion', 'targetAlias', 'targetVersionId'].some((name) => faultsOf(name).length > 0);
}
