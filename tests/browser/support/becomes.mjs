// Waits for what a page comes to show. A slow or busy machine shows it late; only a page that never does is a failure.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long anything is waited for. Only what fails takes so long. */
export const PATIENCE_MS = 60_000;
/** More than any test takes, waits that end in a failure included. */
export const TIMEOUT_MS = 300_000;
const PAUSE_MS = 50;

/**
 * Reads until what is read equals `expected`, matches it if that is an expression, or makes it true if that is a function;
 * gives what was read. `what` names it if that never happens.
 */
export async function becomes(read, expected, what) {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(PAUSE_MS)) {
    const value = await read();
    const fault = faultOf(value, expected);
    if (!fault) return value;
    if (Date.now() < deadline) continue;
    if (what) fault.message = `${what}: ${fault.message}`;
    throw fault;
  }
}

function faultOf(value, expected) {
  try {
    if (typeof expected === 'function') assert.ok(expected(value), `${JSON.stringify(value)} is not ${expected}`);
    else if (expected instanceof RegExp) assert.match(value, expected);
    else assert.deepEqual(value, expected);
  } catch (fault) {
    return fault;
  }
}
