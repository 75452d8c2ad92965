// Brings the schema of the local database up to date and runs the SQL of its standard input in one transaction.
import { text } from 'node:stream/consumers';
import { runLocally } from './local-sql.mjs';

try {
  await runLocally(await text(process.stdin));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
