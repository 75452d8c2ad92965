// Targets.
import { Page } from '../ui/page';

export function TargetsPage() {
  return <Page title="Targets"><p class="empty">Being built.</p></Page>;
}
