// For an address that has no page.
import { HOME } from '../router';
import { Page } from '../ui/page';

export function NotFoundPage() {
  return (
    <Page title="There is no such page">
      <p>The address may be mistyped, or what it showed is gone. <a href={`#${HOME}`}>To the client tokens</a></p>
    </Page>
  );
}
