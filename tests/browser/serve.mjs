// A static file server for the tests: a folder, optionally below a prefix, on a free port of this machine.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';

const kTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '': 'application/json',
};

/** Answers {url, requests, moved, close}: the paths that were asked for, and the bytes of ranges. */
export async function serve(folder, prefix = '/') {
  const requests = [];
  const moved = { bytes: 0 };
  const server = http.createServer(async (request, response) => {
    const asked = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    requests.push(asked);
    const inside = asked.startsWith(prefix) ? asked.slice(prefix.length) : null;
    const file =
      inside === null
        ? null
        : path.join(folder, inside.endsWith('/') || inside === '' ? `${inside}index.html` : inside);
    const found = file && file.startsWith(folder) ? await stat(file).catch(() => null) : null;
    if (!found?.isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
      return;
    }
    const type = { 'content-type': kTypes[path.extname(file)] ?? 'application/octet-stream' };
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (range) {
      const [start, end] = [Number(range[1]), Math.min(Number(range[2]), found.size - 1)];
      if (start >= found.size) {
        response.writeHead(416, { 'content-range': `bytes */${found.size}` }).end();
        return;
      }
      moved.bytes += end + 1 - start;
      const sent = { 'content-length': end + 1 - start, 'content-range': `bytes ${start}-${end}/${found.size}` };
      response.writeHead(206, { ...type, ...sent, etag: `"${found.mtimeMs}-${found.size}"` });
      createReadStream(file, { start, end }).pipe(response);
      return;
    }
    response.writeHead(200, { ...type, 'content-length': found.size });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}`,
    requests,
    moved,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
