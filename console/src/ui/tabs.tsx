// The sections of a page as links, one of which is current: each has an address of its own.
interface Props {
  label: string;
  tabs: { href: string; label: string; isCurrent: boolean }[];
}

export function Tabs({ label, tabs }: Props) {
  return (
    <nav class="tabs" aria-label={label}>
      <ul>
        {tabs.map(({ href, label: text, isCurrent }) => (
          <li key={href}><a href={href} aria-current={isCurrent ? 'page' : undefined}>{text}</a></li>
        ))}
      </ul>
    </nav>
  );
}
