// The console's pages. What isn't listed here doesn't exist; what has a `nav` is in the navigation, in this order.
import type { ComponentType } from 'preact';
import { ApiKeysPage } from './pages/api-keys';
import { AuditLogPage } from './pages/audit-log';
import { TargetsPage } from './pages/targets';
import { TokenPage } from './pages/token';
import { TokenNewPage } from './pages/token-new';
import { TokensPage } from './pages/tokens';

export interface PageProps {
  params: Record<string, string>;
  query: URLSearchParams;
}

export interface Route {
  pattern: string;
  page: ComponentType<PageProps>;
  nav?: string;
}

export const ROUTES: Route[] = [
  { pattern: '/tokens', page: TokensPage, nav: 'Client tokens' },
  { pattern: '/tokens/new', page: TokenNewPage },
  { pattern: '/tokens/:id', page: TokenPage },
  { pattern: '/targets', page: TargetsPage, nav: 'Targets' },
  { pattern: '/api-keys', page: ApiKeysPage, nav: 'API keys' },
  { pattern: '/audit-log', page: AuditLogPage, nav: 'Audit log' },
];
