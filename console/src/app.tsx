// The console: signing in, then the frame around its pages.
import { useRef } from 'preact/hooks';
import { match, usePlace } from './router';
import { ROUTES } from './routes';
import { session } from './session';
import { useStore } from './store';
import { Confirmation } from './ui/confirm';
import { Notices } from './ui/notices';
import { Header } from './header';
import { NotFoundPage } from './pages/not-found';
import { SignInPage } from './pages/sign-in';

export function App() {
  const { credential, ended } = useStore(session);
  const main = useRef<HTMLElement>(null);
  if (!credential) {
    return (
      <>
        <main class="entrance"><SignInPage ended={ended} /></main>
        <Notices />
      </>
    );
  }
  const skip = () => main.current?.querySelector('h1')?.focus();
  return (
    <>
      <button type="button" class="skip" onClick={skip}>Skip to the content</button>
      <Header credential={credential} />
      <main ref={main} id="main"><Shown /></main>
      <Notices />
      <Confirmation />
    </>
  );
}

/** The page at the present address. It is made anew when another thing is shown, not when only the query changes. */
function Shown() {
  const { path, query } = usePlace();
  for (const { pattern, page: Page } of ROUTES) {
    const params = match(pattern, path);
    if (params) return <Page key={path} params={params} query={query} />;
  }
  return <NotFoundPage />;
}
