// The lock of the local database. SQLite refuses a second process that writes, so only one may have the database open.
// The lock is one of SQLite's own, which ends with its process, however that ends, on every system.
import { DatabaseSync } from 'node:sqlite';
import { LOCK_FILE } from './home.mjs';

const SQLITE_BUSY = 5;

/** Takes the lock and returns a function that releases it, or nothing if another process has it. */
export function takeLock() {
  const lock = new DatabaseSync(LOCK_FILE);
  try {
    lock.exec('begin exclusive');
    return () => lock.close();
  } catch (error) {
    lock.close();
    if (error.errcode !== SQLITE_BUSY) throw error;
    return undefined;
  }
}
