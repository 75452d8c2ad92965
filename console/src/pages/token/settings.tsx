// A token's settings.
import type { SectionProps } from './sections';
import { Section } from '../../ui/page';

export function SettingsSection({ found }: SectionProps) {
  return <Section title="Settings"><p>{found.token.name}</p></Section>;
}
