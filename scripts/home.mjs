// Paths of this machine's secrets, keys and data: in this folder, unless CLIENT_TOKENS_DIR names another one.
// Whatever a program that imports this writes is readable by its owner only. setup.sh makes the folders.
import { join, relative } from 'node:path';

process.umask(0o077);

/** Relative, since the path of a socket may have about a hundred bytes only. */
const HOME = relative('', process.env.CLIENT_TOKENS_DIR || '.');

/** The Worker that `build.sh quick` makes. */
export const QUICK_MAIN = 'target/quick-build/index.js';

export const DEV_VARS = join(HOME, '.dev.vars');
/** The same folder that `wrangler dev` and `wrangler d1 execute --local` use. */
export const STATE = join(HOME, '.wrangler/state/v3');
export const KEY_FILE = join(HOME, '.local/api-key');
export const DEMO_TOKEN_FILE = join(HOME, '.local/demo-token');
export const LOCK_FILE = join(HOME, '.local/database.lock');
export const SQL_SOCKET = join(HOME, '.local/sql.sock');
