// What those are told who are turned away in a crowd. The platform counts by the minute of the clock.
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scene } from '#support/golden/scene.mjs';
import { ADDRESS, user } from '#support/page.mjs';

const MINUTE = 60_000;

test('crowds', async () => {
  const left = MINUTE - (Date.now() % MINUTE);
  if (left < 10_000) await sleep(left);
  const s = await scene('crowds', 'What those are told who are turned away in a crowd: API keys, networks, tokens.', {
    hasShedding: true, bindings: { TOKEN_CEILING_PER_MINUTE: '20' },
  });
  const { ask, page, flood } = s;
  const { key } = await s.key();
  const { key: crowded } = await s.key();
  await s.target(key, 'flow_a');
  const { tokenValue: token } = await s.token(key, { flowIds: ['flow_a'] });
  const { json: { sessionId } } = await page(null, 'init', { token });

  await flood(600, 'GET', '/v1/targets', { key: crowded });
  await ask('an API key', 'GET', '/v1/targets', { key: crowded });
  await ask('an API key, as a problem document', 'GET', '/v1/targets', { key: crowded, headers: { Accept: 'application/problem+json' } });
  await flood(21, 'POST', '/v1/client/init', { ip: '198.51.100.1', body: { token } });
  await page('a token: init', 'init', { token });
  await page('a token: chat', 'chat', { sessionId, messages: [user('Hello', 'u1')] });
  await page('a token: resume', 'resume', { sessionId, executionId: 'exec_1' });
  await page('a token: feedback', 'feedback', { token, sessionId, type: 'nps', rating: 9 });
  const { tokenValue: another } = await s.token(key, { flowIds: ['flow_a'] });
  await flood(300, 'POST', '/v1/client/init', { ip: ADDRESS, body: { token } });
  await page('a network: init', 'init', { token: another });
  s.close();
});
