// An edge in front of the Worker that compresses every answer and so weakens its entity tag, as nginx does; `heeds` makes
// it one that leaves alone what says `no-transform`, as Cloudflare does.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Hands a stream on to its end. Either side may go away meanwhile, or be gone already. */
const hand = (...streams) => pipeline(...streams).catch(() => {});

export async function compressing(worker, { heeds = false } = {}) {
  const { hostname, port } = new URL(worker);
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ agent: false, hostname, port, method, path, headers }, (answer) => {
      const { 'content-length': length, ...told } = answer.headers;
      const isLeft = heeds && told['cache-control']?.includes('no-transform');
      const isWhole = method === 'HEAD' || [204, 304].includes(answer.statusCode) || told['content-encoding'] !== undefined;
      if (isLeft || isWhole || !headers['accept-encoding']?.includes('gzip')) {
        outgoing.writeHead(answer.statusCode, answer.headers);
        return hand(answer, outgoing);
      }
      if (told.etag) told.etag = told.etag.replace(/^(?!W\/)/, 'W/');
      outgoing.writeHead(answer.statusCode, { ...told, 'content-encoding': 'gzip' });
      return hand(answer, createGzip(), outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    hand(incoming, onward);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
}
