// Serves one page, the files beside it that it names, the chat widget's, and the page's settings, on this machine only.
// The widget finds its parts next to its own script: they must be in one folder, under their own names.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, extname, join } from 'node:path';

const WIDGET = join(import.meta.dirname, '../node_modules/@runtypelabs/persona/dist');
const TYPES = { '.css': 'text/css', '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json' };

/**
 * Serves `page`, a file, at `/`, `settings` at `/settings.json`, and the `files` of the page's folder under their names;
 * resolves to `{ origin, close }`.
 */
export async function serve({ page, files = [], settings = {}, port = 0 }) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    const [, part] = /^\/persona\/([\w-][\w.-]*)$/.exec(pathname) ?? [];
    try {
      if (pathname === '/') send(response, '.html', await readFile(page));
      else if (pathname === '/settings.json') send(response, '.json', JSON.stringify(settings));
      else if (files.includes(pathname.slice(1))) send(response, extname(pathname), await readFile(join(dirname(page), pathname)));
      else if (part) send(response, extname(part), await readFile(join(WIDGET, part)));
      else response.writeHead(404).end();
    } catch (error) {
      response.writeHead(error.code === 'ENOENT' ? 404 : 500).end();
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function send(response, extension, body) {
  const type = TYPES[extension] ?? 'application/octet-stream';
  response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff' }).end(body);
}
