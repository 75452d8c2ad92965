// Where this machine's secrets, keys and data are: in this folder, unless CLIENT_TOKENS_DIR names another one.
// What a program that imports this makes is for its owner only; setup.sh makes the folders.
import { join, relative } from 'node:path';

process.umask(0o077);

/** Relative where that can be, since the path of a socket has room for a hundred bytes only. */
const HOME = relative('', process.env.CLIENT_TOKENS_DIR || '.');

export const DEV_VARS = join(HOME, '.dev.vars');
/** Where `wrangler dev` and `wrangler d1 execute --local` have their data, too. */
export const STATE = join(HOME, '.wrangler/state/v3');
export const KEY_FILE = join(HOME, '.local/api-key');
export const DEMO_TOKEN_FILE = join(HOME, '.local/demo-token');
export const LOCK_FILE = join(HOME, '.local/database.lock');
export const SQL_SOCKET = join(HOME, '.local/sql.sock');
