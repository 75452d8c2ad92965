// Starts a Chromium that reaches this machine and nothing else.
import { chromium } from 'playwright-core';
import { PATIENCE_MS } from './becomes.mjs';

/** scripts/env.sh names it; without that it is where Debian puts it. */
const PROGRAM = process.env.CHROMIUM || '/usr/bin/chromium';

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

export function launch() {
  return chromium.launch({ executablePath: PROGRAM, args: FLAGS, timeout: PATIENCE_MS });
}
