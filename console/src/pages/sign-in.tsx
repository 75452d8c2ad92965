// Asks for an API key or a session token and tries it before it is kept.
import { useEffect, useRef } from 'preact/hooks';
import { ask, api } from '../api/client';
import { Refusal } from '../api/refusal';
import { signIn } from '../session';
import { TextField } from '../ui/fields';
import { FormFoot } from '../ui/form-foot';
import { useForm } from '../ui/form';

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
      <form class="panel" onSubmit={form.submit}>
        <h1>Sign in</h1>
        {ended && <p class="refused" role="alert">{ended}</p>}
        <TextField form={form} name="credential" type="password" label="API key" isCode isRequired
          hint={<>Begins with <code>rt_live_</code> or <code>rt_test_</code>.</>} />
        <FormFoot form={form} action="Sign in" />
        <p class="minor">The key stays in this tab and is gone when you close it or sign out.</p>
        <details class="minor">
          <summary>Signing in without an API key</summary>
          <p>
            Where the deployment accepts Clerk's session tokens, one can be pasted here instead, from your own
            dashboard: <code>await Clerk.session.getToken()</code>. It is good until it expires, by default after a
            minute; a JWT template of yours can make it last longer.
          </p>
        </details>
      </form>
    </div>
  );
}
