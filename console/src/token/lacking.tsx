// What a token lacks before a page can chat with it, and what to do about it.
import { go } from '../router';
import { isTestKey } from '../session';
import { type Lack, canBeSetUp, said } from '../targets/lack.ts';

/** The part of a token's form that says what answers. */
export const ANSWERS_ID = 'answers';

export function Lacking({ lack, tokenId }: { lack: Lack; tokenId: string }) {
  const [title, about] = said(lack);
  const others = lack.ids.filter((id) => !canBeSetUp(id));
  const open = lack.ids.filter(canBeSetUp);
  return (
    <section class="warned lacking" aria-label="What is missing">
      <p class="warned-title">{title}</p>
      <p>{about}</p>
      {others.length > 0 && <p>An id that can be set up begins with flow_ or agent_: take {others.join(', ')} off the token.</p>}
      {isTestKey() && open.length > 0 && <p>Sign in with a live key to set it up: a test key can't.</p>}
      <div class="actions">
        {!isTestKey() && open.map((id) => <a key={id} class="button" href={`#/targets/new?id=${id}`}>Set up {id}</a>)}
        <button type="button" onClick={() => reach(tokenId)}>Choose what answers</button>
      </div>
    </section>
  );
}

/** To that part of the form: where it is on the page already, nothing that was typed is lost. */
function reach(tokenId: string): void {
  const shown = document.getElementById(ANSWERS_ID);
  if (shown) shown.focus();
  else go(`/tokens/${tokenId}?at=${ANSWERS_ID}`);
}
