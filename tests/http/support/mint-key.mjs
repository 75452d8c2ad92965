// Mints API keys with the real program.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
/** The program; another one can be named to go with another build of the Worker. */
const PROGRAM = process.env.MINT_KEY ?? 'target/debug/mint-key';

let isBuilt = PROGRAM === process.env.MINT_KEY;

/** `{ id, key, tenant, sql }`; `wish` has the options of mint-key, `tokenKeys` signs. */
export function mintKey({ tenant = 'acme', ...wish }, tokenKeys) {
  if (!isBuilt) execFileSync('cargo', ['build', '--quiet', '--bin', 'mint-key'], { cwd: ROOT, stdio: 'pipe' });
  isBuilt = true;
  const wanted = Object.entries({ tenant, ...wish }).filter(([, value]) => value !== undefined);
  const options = wanted.flatMap(([name, value]) => [`--${name}`, String(value)]);
  const line = execFileSync(PROGRAM, options, { cwd: ROOT, env: { TOKEN_KEYS: tokenKeys }, encoding: 'utf8', stdio: 'pipe' });
  return JSON.parse(line);
}
