// What answers for a token: the targets that are set up, the deployment's default, one that is set up from here, or, only
// if that is said, nothing yet.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { usePlace } from '../../router';
import { isTestKey } from '../../session';
import { ANSWERS_ID } from '../../token/lacking';
import { DEFAULT_IDS, type Known, lackOf } from '../../targets/lack.ts';
import type { Targets } from '../../targets/read';
import { Faults, SelectField, TextField } from '../../ui/fields';
import type { Form } from '../../ui/form';
import { ListField } from '../../ui/list-field';
import { Waiting } from '../../ui/loaded';
import { Refused } from '../../ui/refused';
import { Badge } from '../../ui/text';
import { KINDS } from '../targets/values';
import { type TokenValues, isListed, toggled } from './values';

interface Props {
  form: Form<TokenValues>;
  targets: Targets;
  /** Opens what sets up a new target. */
  onSetUp: () => void;
}

export function Answers({ form, targets, onSetUp }: Props) {
  const group = useRef<HTMLFieldSetElement>(null);
  const { query } = usePlace();
  const isWanted = query.get('at') === ANSWERS_ID;
  useEffect(() => {
    if (isWanted) group.current?.focus();
  }, [isWanted]);
  const known = targets.data;
  return (
    <fieldset class="panel group answers" id={ANSWERS_ID} ref={group} tabIndex={-1}>
      <legend class="unseen">What answers?</legend>
      <div>
        <h2 aria-hidden="true">What answers?</h2>
        <p class="hint">Who chats with the visitors of a page that uses this token. Of several, a page that names none gets the first flow, else the first agent.</p>
      </div>
      {targets.isLoading && !known && <Waiting />}
      {targets.refusal && <Refused refusal={targets.refusal} onRetry={targets.reload} />}
      {known === null && <p class="note">Your key may not read what is set up. Write the ids of the flows and agents below.</p>}
      <Options form={form} known={known ?? undefined}>
        {isTestKey()
          ? <p class="note">With a test key you can choose a target, but not set one up: targets serve live tokens, too. Sign in with a live key for that.</p>
          : <p><button type="button" onClick={onSetUp}>Set up a new one…</button></p>}
      </Options>
      <ById form={form} known={known ?? undefined} isUnread={known === null} />
      <details class="more-fields" open={hasVersions(form)}>
        <summary>Versions</summary>
        <div class="columns">
          <TextField form={form} name="pinToVersion" label="Pinned version" hint="latest, or a version of the flow." isCode />
          <TextField form={form} name="targetAlias" label="Target alias" hint="Not together with a version id." isCode />
          <TextField form={form} name="targetVersionId" label="Target version id" hint="Needs exactly one agent." isCode />
        </div>
      </details>
    </fieldset>
  );
}

/** `children` stand between what can be chosen and choosing nothing. */
function Options({ form, known, children }: { form: Form<TokenValues>; known?: Known; children: ComponentChildren }) {
  const id = useId();
  const faults = form.faultsOf('answers');
  const { values } = form;
  const option = { faultsId: faults.length > 0 ? `${id}-faults` : undefined };
  const toggle = (target: string) => {
    const next = toggled(values, target);
    form.set('flowIds', next.flowIds);
    form.set('agentIds', next.agentIds);
    form.set('defaultFlowId', next.defaultFlowId);
    form.set('answers', '');
  };
  const renounce = () => {
    form.set('answers', values.answers ? '' : 'none');
    form.set('flowIds', []);
    form.set('agentIds', []);
    form.set('defaultFlowId', '');
  };
  return (
    <>
      <div class="options" hidden={!known || (known.targets.length === 0 && !known.defaultUpstream)}>
        {known?.targets.map(({ id: target, name, upstream }) => (
          <Option key={target} {...option} isChosen={isListed(values, target)} onChange={() => toggle(target)} label={name ?? target}
            about={<>{name && <code>{target}</code>} <Badge>{KINDS.find(({ value }) => value === upstream.kind)?.short ?? upstream.kind}</Badge> {upstream.model && <code>{upstream.model}</code>}</>} />
        ))}
        {known && <DefaultOption {...option} known={known} values={values} onChange={toggle} />}
      </div>
      {children}
      <div class="options">
        <Option {...option} isChosen={values.answers === 'none'} onChange={renounce} label="Nothing yet"
          about="The token is made, but every page that uses it is refused until you come back and choose what answers." />
      </div>
      <Faults id={id} faults={faults} />
    </>
  );
}

const DEFAULTS = {
  echo: ['The built-in echo', 'Says back what it hears: good for a first try.'],
  openai: ["The deployment's model", 'Chosen by whoever runs this deployment.'],
  events: ["The deployment's backend", 'Chosen by whoever runs this deployment.'],
} as const;

/** What this deployment has for targets that nobody set up, under an id that it can be listed by. */
function DefaultOption({ known, values, onChange, faultsId }: { known: Known; values: TokenValues; onChange: (id: string) => void; faultsId?: string }) {
  const kind = known.defaultUpstream?.kind;
  const id = kind && DEFAULT_IDS[kind];
  if (!kind || !id || known.targets.some((target) => target.id === id)) return null;
  const [label, about] = DEFAULTS[kind];
  return <Option faultsId={faultsId} isChosen={isListed(values, id)} onChange={() => onChange(id)} label={label} about={<><code>{id}</code> {about}</>} />;
}

interface OptionProps {
  label: string;
  about: ComponentChildren;
  isChosen: boolean;
  onChange: () => void;
  /** What is wrong with the choice as a whole. */
  faultsId?: string;
}

function Option({ label, about, isChosen, onChange, faultsId }: OptionProps) {
  const id = useId();
  return (
    <div class={isChosen ? 'option chosen' : 'option'}>
      <input type="checkbox" id={id} checked={isChosen} onChange={onChange} aria-invalid={faultsId !== undefined}
        aria-describedby={[`${id}-about`, faultsId].filter(Boolean).join(' ')} />
      <label for={id}>{label}</label>
      <div class="minor" id={`${id}-about`}>{about}</div>
    </div>
  );
}

/** Every id that the token lists, in its order: those that aren't set up, too. */
function ById({ form, known, isUnread }: { form: Form<TokenValues>; known?: Known; isUnread: boolean }) {
  const { flowIds, agentIds, defaultFlowId } = form.values;
  const setUp = known?.targets.map(({ id }) => id) ?? [];
  const offered: string[] = [...setUp, ...(known?.defaultUpstream ? [DEFAULT_IDS[known.defaultUpstream.kind]] : [])];
  const hasOthers = isUnread || (known !== undefined && [...flowIds, ...agentIds].some((id) => !offered.includes(id)));
  const isFaulty = ['flowIds', 'agentIds', 'defaultFlowId'].some((name) => form.faultsOf(name).length > 0);
  const [isOpen, setOpen] = useState(hasOthers);
  useEffect(() => {
    if (hasOthers) setOpen(true);
  }, [hasOthers]);
  const explain = (id: string) => {
    const lack = lackOf({ flowIds: [id.trim()], defaultFlowId: null, agentIds: [] }, known);
    return lack ? 'Nothing answers for it yet: a page that asks for it is refused.' : undefined;
  };
  const set = <K extends keyof TokenValues>(name: K, value: TokenValues[K]) => {
    form.set(name, value);
    form.set('answers', '');
  };
  const listed: Form<TokenValues> = { ...form, set };
  const defaults = [...new Set([...flowIds, defaultFlowId].filter(Boolean))];
  return (
    <details class="more-fields" open={isOpen || isFaulty} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>By id, and which is first</summary>
      <div class="stack">
        <div class="columns">
          <ListField form={listed} name="flowIds" label="Flows" one="flow" placeholder="flow_support" explain={explain} suggestions={setUp.filter((id) => id.startsWith('flow_'))} />
          <ListField form={listed} name="agentIds" label="Agents" one="agent" placeholder="agent_support" explain={explain} suggestions={setUp.filter((id) => id.startsWith('agent_'))} />
        </div>
        <SelectField form={form} name="defaultFlowId" label="Default flow" hint="What a page talks to that names none."
          options={[{ value: '', label: 'The first one' }, ...defaults.map((id) => ({ value: id, label: id }))]} />
      </div>
    </details>
  );
}

function hasVersions({ values, faultsOf }: Form<TokenValues>): boolean {
  const isUsual = ['', 'latest'].includes(values.pinToVersion) && !values.targetAlias && !values.targetVersionId;
  return !isUsual || ['pinToVersion', 'targetAlias', 'targetVersionId'].some((name) => faultsOf(name).length > 0);
}
