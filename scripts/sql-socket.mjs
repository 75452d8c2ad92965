// SQL over a socket that only its owner can open: a second program writes so while the Worker has the database open.
import { rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SQL_SOCKET } from './home.mjs';

/** Passes the SQL that comes in to `run`, and answers with the rows that it gives for each statement. The caller holds the lock, since an earlier socket is removed. */
export async function listen(run) {
  const server = createServer(async (incoming, response) => {
    try {
      const rows = await run(await text(incoming));
      response.writeHead(200).end(JSON.stringify(rows));
    } catch (error) {
      response.writeHead(500).end(error.message);
    }
  });
  rmSync(SQL_SOCKET, { force: true });
  server.listen(SQL_SOCKET);
  await once(server, 'listening');
}

/**
 * Has the listening program run SQL. Resolves to the rows of each statement, or to false if no program listens; rejects
 * if the SQL failed.
 */
export async function send(sql) {
  const asked = request({ socketPath: SQL_SOCKET, method: 'POST' });
  asked.end(sql);
  let answer;
  try {
    [answer] = await once(asked, 'response');
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED'].includes(error.code)) return false;
    throw error;
  }
  const said = await text(answer);
  if (answer.statusCode !== 200) throw new Error(said);
  return JSON.parse(said);
}
