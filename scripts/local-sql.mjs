// Runs SQL on the local database, whether or not the Worker is running.
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from './lock.mjs';
import { send } from './sql-socket.mjs';

const PATIENCE_MS = 120_000;

/**
 * Brings the schema up to date, runs `sql` in one transaction and gives the rows of each statement. If the Worker is
 * running, the Worker's process runs the SQL; otherwise this program opens the database itself.
 */
export async function runLocally(sql) {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(100)) {
    const rows = await send(sql);
    if (rows) return rows;
    const letGo = takeLock();
    if (!letGo) continue; // Another program has the database open, or the Worker does not listen yet.
    try {
      const { runAlone } = await import('./database.mjs');
      return await runAlone(sql);
    } finally {
      letGo();
    }
  }
  throw new Error('Another program has the database open and does not let it go.');
}
