// The sections of a token's page, each at `#/tokens/:id?tab=NAME`; the first is shown without `tab`.
import type { ComponentType } from 'preact';
import type { Load } from '../../api/load';
import type { Lack } from '../../targets/lack.ts';
import type { Targets } from '../../targets/read';
import type { Versioned } from './versioned';
import { ConversationsSection } from './conversations';
import { EmbedSection } from './embed';
import { OriginsSection } from './origins';
import { SettingsSection } from './settings';
import { UsageSection } from './usage';

export interface SectionProps {
  /** The token, as last read, with the ETag for the `If-Match` of an edit. */
  found: Versioned;
  load: Load<Versioned>;
  /** What is set up. */
  targets: Targets;
  /** What the token lacks before a page can chat with it. */
  lack?: Lack;
}

export interface TokenSection {
  name: string;
  label: string;
  section: ComponentType<SectionProps>;
}

export const SECTIONS: TokenSection[] = [
  { name: 'settings', label: 'Settings', section: SettingsSection },
  { name: 'origins', label: 'Origins seen', section: OriginsSection },
  { name: 'usage', label: 'Usage', section: UsageSection },
  { name: 'conversations', label: 'Conversations', section: ConversationsSection },
  { name: 'embed', label: 'Embed', section: EmbedSection },
];
