// The console's pages. What isn't listed here doesn't exist; what has a `nav` is in the navigation, in this order.
import type { ComponentType } from 'preact';
import { ApiKeysPage } from './pages/api-keys/index';
import { AuditLogPage } from './pages/audit-log';
import { ConversationPage } from './pages/conversation';
import { TargetsPage } from './pages/targets/index';
import { TargetEditPage, TargetNewPage } from './pages/targets/edit';
import { TokenPage } from './pages/token/index';
import { TokenNewPage } from './pages/token-new';
import { TokensPage } from './pages/tokens';
import { VerifyPage } from './pages/verify';

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
  { pattern: '/verify', page: VerifyPage, nav: 'Why refused?' },
  { pattern: '/conversations/:tokenId/:conversationId', page: ConversationPage },
  { pattern: '/targets', page: TargetsPage, nav: 'Targets' },
  { pattern: '/targets/new', page: TargetNewPage },
  { pattern: '/targets/:id', page: TargetEditPage },
  { pattern: '/api-keys', page: ApiKeysPage, nav: 'API keys' },
  { pattern: '/audit-log', page: AuditLogPage, nav: 'Audit log' },
];
