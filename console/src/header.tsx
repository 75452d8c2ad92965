// The console's name, its navigation, and who is signed in. On a phone the navigation is behind a button.
import { useEffect, useState } from 'preact/hooks';
import { HOME, usePlace } from './router';
import { ROUTES } from './routes';
import { hintOf, signOut } from './session';

export function Header({ credential }: { credential: string }) {
  const { path } = usePlace();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  return (
    <header class="bar">
      <a class="brand" href={`#${HOME}`}><img src="/console/icon.svg" alt="" width="28" height="28" />Client Tokens</a>
      <button type="button" class="menu" aria-expanded={isOpen} aria-controls="navigation" onClick={() => setOpen(!isOpen)}>Menu</button>
      <div id="navigation" class={isOpen ? 'bar-rest open' : 'bar-rest'}>
        <nav aria-label="Main">
          <ul>
            {ROUTES.filter(({ nav }) => nav).map(({ pattern, nav }) => (
              <li key={pattern}><a href={`#${pattern}`} aria-current={isWithin(path, pattern) ? 'page' : undefined}>{nav}</a></li>
            ))}
          </ul>
        </nav>
        <div class="who">
          <span title="The credential of this tab"><span class="unseen">Signed in with </span><code>{hintOf(credential)}</code></span>
          <button type="button" onClick={() => signOut()}>Sign out</button>
        </div>
      </div>
    </header>
  );
}

const isWithin = (path: string, pattern: string) => path === pattern || path.startsWith(`${pattern}/`);
