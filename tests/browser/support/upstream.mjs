// An assistant that answers by a script: as a backend of one's own, or as an OpenAI-compatible service.
// Page tools need an upstream that calls them, which the built-in echo never does.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

/**
 * `script({ path, body })` gives what is streamed, in pieces, or a status other than 200; resolves to
 * `{ url, asked, close }`.
 */
export async function upstream(script) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const question = { path: request.url, body: await json(request) };
    asked.push(question);
    const said = script(question);
    if (typeof said === 'number') return response.writeHead(said).end();
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for await (const piece of said) {
      if (response.destroyed) break;
      response.write(piece);
    }
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Frames of the event stream (contract section 7): each is `[type, members]`. */
export function frames(executionId, list) {
  return list.map(([type, members], at) => {
    const data = JSON.stringify({ type, executionId, seq: at + 1, ...members });
    return `event: ${type}\ndata: ${data}\n\n`;
  });
}

/** Chunks of a streamed chat completion: each is what its one choice adds. */
export function chunks(deltas, reason) {
  const choices = [...deltas.map((delta) => ({ delta })), { delta: {}, finish_reason: reason }];
  const list = choices.map((choice) => JSON.stringify({ id: 'chatcmpl-1', choices: [{ index: 0, ...choice }] }));
  return [...list, '[DONE]'].map((data) => `data: ${data}\n\n`);
}
