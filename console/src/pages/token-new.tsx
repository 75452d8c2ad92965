// New client token.
import { Page } from '../ui/page';

export function TokenNewPage() {
  return <Page title="New client token"><p class="empty">Being built.</p></Page>;
}
