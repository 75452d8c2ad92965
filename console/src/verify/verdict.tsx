// A verdict of verify: what it means, why, and the change of the token that would turn it.
import { type Schemas } from '../api/client';
import { refusalOf, type Refusal } from '../api/refusal';
import { amend, type Update, type Warning } from '../token/amend';
import { Refused } from '../ui/refused';
import { Badge, Time, count } from '../ui/text';
import { useState } from 'preact/hooks';
import { told, verdict as words, type Edit } from './advice.ts';
import { Name } from '../ui/name';

export type Verdict = Schemas['Verdict'];

interface Props {
  verdict: Verdict;
  /** Called after a change, with the API's warnings about it: time to ask again. */
  onAmended: (warnings: Warning[]) => void;
}

export function VerdictPanel({ verdict, onAmended }: Props) {
  const [headline, advice] = words(verdict.code);
  const tone = verdict.valid ? 'good' : 'bad';
  return (
    <section class={`panel verdict ${tone}`}>
      <h2><Badge tone={tone}>{verdict.valid ? 'Admitted' : 'Refused'}</Badge> {headline}</h2>
      <p>{advice}</p>
      {verdict.reasons.map(({ message, edit }) => (
        <div key={message}>
          <p class="minor">The API says: {message}</p>
          {edit && <Mend verdict={verdict} edit={edit as Update} onAmended={onAmended} />}
        </div>
      ))}
      <TokenFacts verdict={verdict} />
    </section>
  );
}

function Mend({ verdict: { clientToken }, edit, onAmended }: Props & { edit: Update }) {
  const [refusal, setRefusal] = useState<Refusal>();
  if (!clientToken) return null;
  const mend = async () => {
    setRefusal(undefined);
    try {
      const warnings = await amend(clientToken, edit);
      if (warnings) onAmended(warnings);
    } catch (thrown) {
      setRefusal(refusalOf(thrown));
    }
  };
  return (
    <div class="mend">
      <p><strong>What would mend it:</strong> {told(edit as Edit).join(' ')}</p>
      <button type="button" class="primary" onClick={mend}>Make this change…</button>
      <Refused refusal={refusal} />
    </div>
  );
}

function TokenFacts({ verdict: { clientToken, limits, user, expiresAt } }: { verdict: Verdict }) {
  if (!clientToken) return null;
  const limit = (value: number | null) => (value === null ? 'No limit' : count(value));
  return (
    <dl class="facts">
      <dt>Token</dt><dd><a href={`#/tokens/${clientToken.id}`}><Name of={clientToken.name} /></a> ({clientToken.environment})</dd>
      {user && <><dt>Minted for</dt><dd><Name of={user.name ?? user.id} /> <code>{user.id}</code></dd></>}
      {expiresAt && <><dt>Good until</dt><dd><Time at={expiresAt} /></dd></>}
      {limits && (
        <>
          <dt>Requests a minute</dt><dd>{limit(limits.rateLimitPerMinute)}</dd>
          <dt>Requests an hour</dt><dd>{limit(limits.rateLimitPerHour)}</dd>
          <dt>Messages a session</dt><dd>{limit(limits.maxMessagesPerSession)}</dd>
        </>
      )}
    </dl>
  );
}
