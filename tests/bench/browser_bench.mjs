// Arrays in Chromium: node tests/bench/browser_bench.mjs [ROUNDS]. Needs ./dev npm.
//
// A 64 MB array (float32, 4000 x 4000, chunks of 500 x 500) on a web server of this machine, read whole by this engine in its
// worker and by zarrita.js in the page, in turn, the first round warms up; medians with the least and the most. Memory: the
// page's and its workers' (performance.measureUserAgentSpecificMemory: JavaScript, array buffers and WebAssembly), the most
// of samples taken while it reads, in a page of its own. A benchmark, never a test.
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, packageRoot } from '../../web/packages.mjs';
import { launch } from '../browser/browser.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const program = path.join(root, 'build', 'native', 'chunkmark');
const kRounds = Number(process.argv[2] ?? 5);

/** Isolated, so that the page may ask for its memory. */
function serveIsolated(folder) {
  const types = { '.mjs': 'text/javascript', '.html': 'text/html', '.wasm': 'application/wasm' };
  const server = http.createServer(async (request, response) => {
    const file = path.join(folder, decodeURIComponent(new URL(request.url, 'http://x').pathname));
    const found = await stat(file).catch(() => null);
    const headers = {
      'content-type': types[path.extname(file)] ?? 'application/octet-stream',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cache-control': 'no-store',
    };
    if (!found?.isFile()) return response.writeHead(404, headers).end();
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (!range) {
      response.writeHead(200, { ...headers, 'content-length': found.size });
      return createReadStream(file).pipe(response);
    }
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), found.size - 1)];
    const sent = { 'content-length': end + 1 - start, 'content-range': `bytes ${start}-${end}/${found.size}` };
    response.writeHead(206, { ...headers, ...sent });
    createReadStream(file, { start, end }).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'chunkmark-browser-bench-'));
await cp(path.join(root, 'build', 'web', 'npm'), path.join(folder, 'chunkmark'), { recursive: true });
await load('esbuild').build({
  stdin: { contents: `export * from 'zarrita';`, resolveDir: packageRoot },
  bundle: true,
  format: 'esm',
  outfile: path.join(folder, 'zarrita.mjs'),
  logLevel: 'error',
});
await writeFile(
  path.join(folder, 'page.html'),
  `<!doctype html><title>bench</title><script type="module">
   import { Storage } from './chunkmark/index.mjs';
   import * as zarr from './zarrita.mjs';
   const engines = {
     async chunkmark(url) {
       const storage = await Storage.start();
       const array = await (await storage.openZarr(url)).array();
       return { read: async () => (await array.read()).data, close: () => storage.close() };
     },
     async zarrita(url) {
       const array = await zarr.open(new zarr.FetchStore(url), { kind: 'array' });
       return { read: async () => (await zarr.get(array)).data, close: () => {} };
     },
   };
   window.opened = {};
   window.open_ = async (name, url) => { window.opened[name] = await engines[name](url); };
   window.time = async (name) => {
     const start = performance.now();
     const data = await window.opened[name].read();
     const ms = performance.now() - start;
     if (data.length !== 16000000) throw new Error(name + ': ' + data.length);
     return [ms, data[0], data[15999999]];
   };
   window.memory = async (name) => {
     const before = (await performance.measureUserAgentSpecificMemory()).bytes;
     let most = 0, done = false;
     const sampling = (async () => {
       while (!done) most = Math.max(most, (await performance.measureUserAgentSpecificMemory()).bytes);
     })();
     const data = await window.opened[name].read();
     most = Math.max(most, (await performance.measureUserAgentSpecificMemory()).bytes);
     done = true;
     await sampling;
     return (most - before) / data.byteLength;
   };
   window.ready = true;
   </script>`,
);
const server = await serveIsolated(folder);
const url = `http://127.0.0.1:${server.address().port}`;
const browser = await launch();
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
for (const codec of ['none', 'blosc', 'zstd', 'gzip']) {
  const store = path.join(folder, codec);
  const task = { operation: 'write', filesystem: 'local', engine: 'chunkmark', format: 'zarr3', codec, data: 'smooth' };
  const shape = { dtype: 'float32', shape: [4000, 4000], chunks: [500, 500], store, threads: 2, durability: 'none' };
  execFileSync(program, ['copy-case', JSON.stringify({ ...task, ...shape })], { stdio: 'pipe' });
  const times = { chunkmark: [], zarrita: [] };
  const memory = {};
  const page = await browser.newPage();
  await page.goto(`${url}/page.html`);
  await page.waitForFunction(() => window.ready);
  for (const name of Object.keys(times))
    await page.evaluate(([n, u]) => window.open_(n, u), [name, `${url}/${codec}/array`]);
  let expected = null;
  for (let round = 0; round <= kRounds; ++round) {
    for (const name of Object.keys(times)) {
      const [ms, ...ends] = await page.evaluate((n) => window.time(n), name);
      expected ??= String(ends);
      if (String(ends) !== expected) throw new Error(`${name}: ${ends}, expected ${expected}`);
      if (round > 0) times[name].push(ms);
    }
  }
  await page.close();
  for (const name of Object.keys(times)) {
    const alone = await browser.newPage();
    await alone.goto(`${url}/page.html`);
    await alone.waitForFunction(() => window.ready);
    await alone.evaluate(([n, u]) => window.open_(n, u), [name, `${url}/${codec}/array`]);
    memory[name] = await alone.evaluate((n) => window.memory(n), name);
    await alone.close();
  }
  const best = Math.min(...Object.values(times).map(median));
  console.log(`${codec}, 64 MB in 64 chunks`);
  for (const [name, all] of Object.entries(times)) {
    const text = [median(all), Math.min(...all), Math.max(...all)].map((ms) => ms.toFixed(0));
    console.log(
      `  ${name.padEnd(10)} ${text[0].padStart(5)} ms (${text[1]} to ${text[2]})  ${(best / median(all)).toFixed(2)} of the best` +
        `  memory ${memory[name].toFixed(2)} arrays`,
    );
  }
}
await browser.close();
server.close();
await rm(folder, { recursive: true, force: true });
process.exit(0);
