// What is shown while data comes, when it doesn't, and once it is there.
import type { ComponentChildren } from 'preact';
import type { Load, Rows } from '../api/load';
import { Refused } from './refused';

export function Waiting({ label = 'Loading…' }: { label?: string }) {
  return <p class="waiting" role="status">{label}</p>;
}

/** Draws `children(data)` once the data is there. */
export function Loaded<T>({ load, children }: { load: Load<T>; children: (data: T) => ComponentChildren }) {
  if (load.data !== undefined) return <>{children(load.data)}</>;
  if (load.refusal) return <Refused refusal={load.refusal} onRetry={load.reload} />;
  return <Waiting />;
}

/** The same for a list in batches, with a button for the next one. */
export function LoadedRows<Row>({ rows, children }: { rows: Rows<Row>; children: (rows: Row[]) => ComponentChildren }) {
  return (
    <Loaded load={rows}>
      {(data) => (
        <>
          {children(data)}
          <Refused refusal={rows.refusal} />
          {rows.more && (
            <p class="more">
              <button type="button" onClick={rows.more} disabled={rows.isLoading} aria-busy={rows.isLoading}>Show more</button>
            </p>
          )}
        </>
      )}
    </Loaded>
  );
}
