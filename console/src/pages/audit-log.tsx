// Audit log.
import { Page } from '../ui/page';

export function AuditLogPage() {
  return <Page title="Audit log"><p class="empty">Being built.</p></Page>;
}
