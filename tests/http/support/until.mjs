// Waits for what happens after an answer, such as log lines and the last use of a key.
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 10_000;

/** The first truthy thing that `look` finds. */
export async function until(look, patience = PATIENCE_MS) {
  for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(5)) {
    const found = await look();
    if (found) return found;
  }
  throw new Error('it never happened');
}
