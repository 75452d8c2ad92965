// What the API accepted, but warns of.
import type { Schemas } from '../api/client';

export function Warnings({ warnings }: { warnings: Schemas['Warning'][] }) {
  if (warnings.length === 0) return null;
  return (
    <div class="warned" role="status">
      <p class="warned-title">Saved, but consider:</p>
      <ul>{warnings.map(({ type, message }) => <li key={type}>{message}</li>)}</ul>
    </div>
  );
}
