// What a list of conversations is narrowed to: exact ids, as the API compares them.
import { useId, useState } from 'preact/hooks';

export interface Wanted {
  flow_id?: string;
  userId?: string;
}

export function Filters({ wanted, onChange }: { wanted: Wanted; onChange: (wanted: Wanted) => void }) {
  const [flow, setFlow] = useState(wanted.flow_id ?? '');
  const [person, setPerson] = useState(wanted.userId ?? '');
  const id = useId();
  const apply = (event: Event) => {
    event.preventDefault();
    onChange({ flow_id: flow.trim() || undefined, userId: person.trim() || undefined });
  };
  const clear = () => {
    setFlow('');
    setPerson('');
    onChange({});
  };
  return (
    <form class="filters" role="search" onSubmit={apply}>
      <div class="field">
        <label for={`${id}-flow`}>Flow or agent</label>
        <input id={`${id}-flow`} class="code" value={flow} placeholder="flow_support" autocomplete="off"
          onInput={(event) => setFlow(event.currentTarget.value)} />
      </div>
      <div class="field">
        <label for={`${id}-person`}>Person</label>
        <input id={`${id}-person`} class="code" value={person} placeholder="user_42" autocomplete="off"
          onInput={(event) => setPerson(event.currentTarget.value)} />
      </div>
      <button>Apply</button>
      <button type="button" class="quiet" onClick={clear}>Clear</button>
    </form>
  );
}
