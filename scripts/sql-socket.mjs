// SQL over a socket that only its owner can open: how a second program writes while the Worker has the database.
import { rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SQL_SOCKET } from './home.mjs';

/** Takes SQL and gives it to `run`. Wants the lock: what is left of an earlier socket is removed. */
export async function listen(run) {
  const server = createServer(async (incoming, response) => {
    try {
      await run(await text(incoming));
      response.writeHead(204).end();
    } catch (error) {
      response.writeHead(500).end(error.message);
    }
  });
  rmSync(SQL_SOCKET, { force: true });
  server.listen(SQL_SOCKET);
  await once(server, 'listening');
}

/** Has SQL run by the program that listens. False if there is none, and an error if the SQL failed. */
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
  if (answer.statusCode !== 204) throw new Error(said);
  return true;
}
