// Runs the README's commands for session tokens, as printed, against the built Worker.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { clerk, inOrganisation } from '#support/clerk.mjs';
import { createToken } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const { token, pem } = clerk();
const README = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
const [, SNIPPET] = /^```sh\n(CLERK_SESSION=[\s\S]*?)^```$/m.exec(README);
const worker = await start({ bindings: { CLERK_JWT_KEY: pem } });
after(() => worker.stop());

test('a user of an organisation lists its tokens as the README says', async () => {
  const session = token(inOrganisation('org_readme', 'admin'));
  const { id } = await createToken(worker.api, session);
  const script = `API=$TEST_API\n${SNIPPET.replace(/^CLERK_SESSION=.*$/m, 'CLERK_SESSION=$TEST_SESSION')}`;
  const env = { ...process.env, TEST_API: worker.origin.replace(/\/$/, ''), TEST_SESSION: session };
  const { stdout } = await promisify(execFile)('bash', ['-eu', '-o', 'pipefail', '-c', script], { env });
  assert.deepEqual(JSON.parse(stdout).clientTokens.map((one) => one.id), [id]);
});
