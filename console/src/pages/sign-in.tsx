// Asks for an API key or a session token and tries it before it is kept.
import { useEffect, useRef } from 'preact/hooks';
import { ask, api } from '../api/client';
import { Refusal } from '../api/refusal';
import { signIn } from '../session';
import { TextField } from '../ui/fields';
import { FormFoot } from '../ui/form-foot';
import { useForm } from '../ui/form';
import { FirstKey } from './first-key';

/** A credential that may not read tokens is still one: only a 401 says that it is none. */
async function attempt(credential: string): Promise<void> {
  const headers = { Authorization: `Bearer ${credential}` };
  try {
    await ask(api.GET('/v1/client-tokens', { params: { query: { limit: 1 } }, headers }));
  } catch (thrown) {
    if (!(thrown instanceof Refusal && thrown.status === 403)) throw thrown;
  }
}

export function SignInPage({ ended }: { ended?: string }) {
  const box = useRef<HTMLDivElement>(null);
  const form = useForm({ credential: '' }, async ({ credential }) => {
    const text = credential.trim();
    await attempt(text);
    signIn(text);
  });
  useEffect(() => {
    document.title = 'Sign in · Client Tokens';
    box.current?.querySelector('input')?.focus();
  }, []);
  return (
    <div class="sign-in" ref={box}>
      <p class="brand"><img src="/console/icon.svg" alt="" width="40" height="40" />Client Tokens</p>
      <div class="panel">
        <h1>Sign in</h1>
        {ended && <p class="refused" role="alert">{ended}</p>}
        <form class="form" onSubmit={form.submit}>
          <TextField form={form} name="credential" type="password" label="API key" isCode isRequired
            hint={<>Begins with <code>rt_live_</code> or <code>rt_test_</code>. It stays in this tab and is gone when you close it or sign out.</>} />
          <FormFoot form={form} action="Sign in" />
        </form>
        <details class="more-fields">
          <summary>This deployment is new</summary>
          <FirstKey />
        </details>
        <details class="more-fields">
          <summary>I use Clerk</summary>
          <p class="minor">
            Where the deployment accepts Clerk's session tokens, paste one in the place of an API key, from your own
            dashboard: <code>await Clerk.session.getToken()</code>. It is good until it expires, by default after a
            minute; a JWT template of yours can make it last longer.
          </p>
        </details>
      </div>
    </div>
  );
}
