// API keys.
import { Page } from '../ui/page';

export function ApiKeysPage() {
  return <Page title="API keys"><p class="empty">Being built.</p></Page>;
}
