// What the API warns of after a change that it made.
import type { Warning } from './amend';

export function Warnings({ warnings }: { warnings: Warning[] }) {
  if (warnings.length === 0) return null;
  return (
    <div class="warned" role="status">
      <p class="warned-title">Done, with a warning</p>
      <ul>{warnings.map(({ type, message }) => <li key={type}>{message}</li>)}</ul>
    </div>
  );
}
