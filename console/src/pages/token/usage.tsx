// How much a token is used: sessions, chats, refusals by reason, and the upstream's tokens, plotted and in a table.
import { useId, useMemo, useState } from 'preact/hooks';
import { api, ask } from '../../api/client';
import { useLoad } from '../../api/load';
import { Loaded } from '../../ui/loaded';
import { Section } from '../../ui/page';
import { count } from '../../ui/text';
import { MAX_LINES, Plot, type Line } from '../../usage/plot';
import { DAYS, MAX_DAYS_BY_HOUR, lastDays, type Range, type Step } from '../../usage/range.ts';
import { series, sum, type Series, type Slot } from '../../usage/series.ts';
import { UsageTable } from '../../usage/table';
import { COUNTS, reasonName } from '../../usage/words.ts';
import type { SectionProps } from './sections';

const TIMES: [string, string][] = DAYS.map((days) => [String(days), days === 1 ? 'Last 24 hours' : `Last ${days} days`]);
const STEPS: [string, string][] = [['hour', 'Hour'], ['day', 'Day']];

export function UsageSection({ found: { token: { id: tokenId } } }: SectionProps) {
  const [days, setDays] = useState<number>(7);
  const [step, setStep] = useState<Step>('day');
  const isLong = days > MAX_DAYS_BY_HOUR;
  const load = useLoad(async () => {
    const range = lastDays(days, step, new Date());
    const query = { from: range.from.toISOString(), to: range.to.toISOString(), by: range.by };
    const call = api.GET('/v1/client-tokens/{id}/usage', { params: { path: { id: tokenId }, query } });
    return { range, usage: (await ask(call)).usage as Slot[] };
  }, [tokenId, days, step]);
  return (
    <Section
      title="Usage"
      about="Counted by the hour in UTC. The latest requests may be missing for some seconds."
      actions={<button type="button" onClick={load.reload} disabled={load.isLoading}>Refresh</button>}
    >
      <div class="filters">
        <Choice label="Time" value={String(days)} options={TIMES} onChange={(text) => setDays(Number(text))} />
        <Choice label="By" value={isLong ? 'day' : step} options={STEPS} isDisabled={isLong} onChange={(text) => setStep(text as Step)} />
      </div>
      <Loaded load={load}>{(data) => <Figures {...data} />}</Loaded>
    </Section>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: [value: string, label: string][];
  isDisabled?: boolean;
  onChange: (value: string) => void;
}

function Choice({ label, value, options, isDisabled, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} disabled={isDisabled} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, text]) => <option key={option} value={option}>{text}</option>)}
      </select>
    </div>
  );
}

function Figures({ usage, range }: { usage: Slot[]; range: Range }) {
  const shown = useMemo(() => series(usage, range), [usage, range]);
  const plots = useMemo(() => lines(shown), [shown]);
  const { times, counts, refused } = shown;
  const refusals = refused.reduce((total, [, column]) => total + sum(column), 0);
  return (
    <>
      <dl class="totals">
        {Object.entries(counts).map(([name, column]) => (
          <div key={name}><dt>{COUNTS[name as keyof Series['counts']]}</dt><dd>{count(sum(column))}</dd></div>
        ))}
        <div><dt>Refused</dt><dd>{count(refusals)}</dd></div>
      </dl>
      <Plot title="Sessions and chats" by={range.by} times={times} lines={plots.requests} />
      {refused.length > 0 ? <Plot title="Refused, by reason" by={range.by} times={times} lines={plots.refused} /> : <p class="minor">Nothing was refused.</p>}
      {plots.tokens && <Plot title="Tokens of the upstream" by={range.by} times={times} lines={plots.tokens} />}
      <details>
        <summary>The same in a table</summary>
        <UsageTable series={shown} by={range.by} />
      </details>
    </>
  );
}

/** What each plot shows. Reasons beyond the colours there are go into one line; the table has them all. */
function lines({ counts, refused }: Series): { requests: Line[]; refused: Line[]; tokens?: Line[] } {
  const line = (name: keyof Series['counts']): Line => ({ label: COUNTS[name], counts: counts[name] });
  const [first, rest] = [refused.slice(0, MAX_LINES - 1), refused.slice(MAX_LINES - 1)];
  const others = rest.length > 0 && { label: 'All others', counts: counts.inits.map((_, at) => sum(rest.map(([, column]) => column[at] ?? 0))) };
  const hasTokens = sum(counts.tokensIn) + sum(counts.tokensOut) > 0;
  return {
    requests: [line('inits'), line('chats')],
    refused: [...first.map(([reason, column]) => ({ label: reasonName(reason), counts: column })), ...(others ? [others] : [])],
    tokens: hasTokens ? [line('tokensIn'), line('tokensOut')] : undefined,
  };
}
