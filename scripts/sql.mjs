// Brings the schema of the local database up to date and runs the SQL of its standard input in one transaction.
// If the Worker is running, the Worker's process runs the SQL; otherwise this program opens the database itself.
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from './lock.mjs';
import { send } from './sql-socket.mjs';

const PATIENCE_MS = 120_000;

async function run(sql) {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(100)) {
    if (await send(sql)) return;
    const letGo = takeLock();
    if (!letGo) continue; // Another program has the database open, or the Worker does not listen yet.
    const { runAlone } = await import('./database.mjs');
    await runAlone(sql);
    letGo();
    return;
  }
  throw new Error('Another program has the database open and does not let it go.');
}

try {
  await run(await text(process.stdin));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
