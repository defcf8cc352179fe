// The real chunkmark-core in a real browser against the native program: the same capture, the same figures. Needs the native and the
// WebAssembly build (build/, or the folder that CHUNKMARK_BUILD names); without them it is skipped, and says so.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { launch, withPage } from './browser.mjs';
import { module } from './fixture/module.mjs';
import { webSide } from './fixture/page.mjs';
import { ownReport } from './fixture/report.mjs';
import { writeSite } from './fixture/site.mjs';
import { serve } from './serve.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const build = path.resolve(process.env.CHUNKMARK_BUILD ?? path.join(root, 'build'));
const program = path.join(build, 'native', 'chunkmark');
const modulePath = path.join(build, 'wasm', 'chunkmark-core.mjs');
const missing = [program, modulePath].filter((file) => !existsSync(file));
const skip = missing.length > 0 && `not built: ${missing.join(', ')}`;
const kArray = 8 << 20;

let browser;
let server;
let capture;
let native;
before(async () => {
  if (skip) return;
  capture = path.join(await webSide(), 'dd.cmk');
  execFileSync(
    program,
    ['trace', '-o', capture, '--', 'dd', 'if=/dev/zero', 'of=/dev/null', `bs=${kArray}`, 'count=2'],
    { stdio: 'pipe' },
  );
  native = JSON.parse(execFileSync(program, ['inspect', capture, '--array-bytes', String(kArray), '--json']));
  browser = await launch();
  const base = 'runs/2026-01-02-fixture';
  server = await serve(
    await writeSite({
      change: (run) => ({
        ...run,
        results: [
          {
            ...ownReport().result,
            array_bytes: kArray,
            extra_copies: native.extra_copies,
            extra_heap: native.extra_heap,
            bytes_moved: native.bytes_moved,
            capture: 'captures/dd.cmk',
            report: null,
          },
        ],
      }),
      files: {
        [`${base}/captures/dd.cmk`]: await readFile(capture),
        'chunkmark/chunkmark-core.mjs': await readFile(modulePath),
        'chunkmark/chunkmark-core.wasm': await readFile(modulePath.replace(/mjs$/, 'wasm')),
      },
    }),
  );
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('WebAssembly gives the native figures', { skip }, () =>
  withPage(browser, {}, async (page) => {
    assert.ok(native.peak_heap_bytes >= kArray, 'the capture holds the buffer that dd allocates');
    await page.goto(`${server.url}method.html`);
    await page.click('#check-start');
    await page.waitForSelector('.check-verdict');
    assert.equal(await page.textContent('.check-verdict'), 'Equal: all 6 figures agree to the last bit.');
    const whole = await page.evaluate(
      async ({ array_bytes, path }) => {
        const data = await (await fetch(path)).arrayBuffer();
        const worker = new Worker('assets/core_worker.js', { type: 'module' });
        const moduleUrl = new URL('chunkmark/chunkmark-core.mjs', document.baseURI).href;
        const reply = new Promise((resolve) => worker.addEventListener('message', ({ data }) => resolve(data)));
        worker.postMessage({ id: 1, moduleUrl, method: 'profile.inspect', params: { array_bytes }, data });
        return reply;
      },
      { array_bytes: kArray, path: 'runs/2026-01-02-fixture/captures/dd.cmk' },
    );
    assert.deepEqual(whole, { id: 1, result: native }); // all that inspect tells, not only what a record keeps
  }),
);

/** Files of other tools: small ones of the project, and the published reports where they are. */
async function filesOfOthers() {
  const seeds = path.join(root, 'tests', 'fuzz', 'seeds');
  const files = [];
  for (const folder of (await readdir(seeds)).filter((name) => name.startsWith('import_')))
    for (const name of await readdir(path.join(seeds, folder))) files.push(path.join(seeds, folder, name));
  const reports = path.join(process.env.CHUNKMARK_DATA ?? path.join(root, '..', 'shared', 'data'), 'memray-reports');
  if (existsSync(reports))
    files.push(
      ...(await readdir(reports)).filter((name) => name.endsWith('.html')).map((name) => path.join(reports, name)),
    );
  return files;
}

/** What the program, the module in node and the module in a worker of the page answer: text by text the same. */
async function sameEverywhere(page, core, file, method) {
  const params = { array_bytes: 100_000_000, name: 'file' };
  const bytes = await readFile(file);
  const input = openSync(file, 'r');
  const stdio = [input, 'pipe', 'inherit'];
  const said = execFileSync(program, ['answer-request', JSON.stringify({ method, params })], {
    stdio,
    maxBuffer: 1 << 28,
  });
  closeSync(input);
  const native = JSON.parse(said);
  const expected = JSON.stringify(native.result ?? native.error);
  let inNode;
  try {
    inNode = core.call(method, params, bytes);
  } catch ({ code, message }) {
    inNode = { code, message };
  }
  assert.equal(JSON.stringify(inNode), expected, `${file}, ${method}, in node`);
  const inPage = await page.evaluate(
    async ({ base64, method, params }) => {
      const worker = new Worker('assets/core_worker.js', { type: 'module' });
      const moduleUrl = new URL('chunkmark/chunkmark-core.mjs', document.baseURI).href;
      const reply = new Promise((resolve) => worker.addEventListener('message', ({ data }) => resolve(data)));
      const data = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer;
      worker.postMessage({ id: 1, moduleUrl, method, params, data });
      const { result, error } = await reply;
      worker.terminate();
      return JSON.stringify(result ?? error);
    },
    { base64: bytes.toString('base64'), method, params },
  );
  assert.equal(inPage, expected, `${file}, ${method}, in the page`);
}

test('files of other tools are told alike by the program, in node and in the page', { skip }, () =>
  withPage(browser, {}, async (page) => {
    const { ChunkmarkCore } = await module();
    const { default: factory } = await import(pathToFileURL(modulePath).href);
    const wasmBinary = await readFile(modulePath.replace(/mjs$/, 'wasm'));
    const core = await ChunkmarkCore.create(factory, { wasmBinary });
    const files = await filesOfOthers();
    assert.ok(files.length >= 10, `${files.length} files`);
    await page.goto(`${server.url}method.html`);
    for (const file of files)
      for (const method of ['profile.inspect', 'profile.report']) await sameEverywhere(page, core, file, method);
  }),
);

test('how far a file was read is told while it is read', { skip }, async () => {
  const { ChunkmarkCore } = await module();
  const { default: factory } = await import(pathToFileURL(modulePath).href);
  const core = await ChunkmarkCore.create(factory, { wasmBinary: await readFile(modulePath.replace(/mjs$/, 'wasm')) });
  const shares = [];
  core.call('profile.report', { array_bytes: null }, await readFile(capture), (share) => shares.push(share));
  assert.ok(shares.length >= 2, `${shares.length} times`);
  assert.deepEqual([...shares].sort(), shares);
  assert.ok(shares[0] > 0 && shares.at(-1) <= 1, `${shares}`);
  core.call('profile.inspect', { array_bytes: null }, await readFile(capture)); // told to nobody
});

test('a memray report that is dropped opens with its flame graph', { skip }, () =>
  withPage(browser, {}, async (page) => {
    await page.goto(`${server.url}open.html`);
    await page.setInputFiles('#open-file', path.join(root, 'tests/fuzz/seeds/import_memray_html/temporal.html'));
    await page.waitForSelector('.opened .flame-scroller');
    assert.match(await page.textContent('.opened .flame-details'), /alive at the heap peak/);
  }),
);

test('a local capture is opened by the real module', { skip }, () =>
  withPage(browser, {}, async (page) => {
    await page.goto(`${server.url}open.html`);
    await page.fill('#open-array', String(kArray));
    await page.setInputFiles('#open-file', capture);
    await page.waitForSelector('.opened .flame-scroller');
    const { bytes } = await module();
    const said = await page.textContent('.opened .flame-details');
    assert.ok(
      said.includes(`${bytes(native.peak_heap_bytes)} alive at the heap peak, 100\u00a0%`),
      `${said} and ${native.peak_heap_bytes}`,
    );
  }),
);

test('what is no capture is refused by the real module', { skip }, () =>
  withPage(browser, {}, async (page) => {
    await page.goto(`${server.url}open.html`);
    await page.setInputFiles('#open-file', { name: 'no.cmk', mimeType: '', buffer: Buffer.from('this is no capture') });
    await page.waitForSelector('#open-result [role=alert]');
    assert.match(await page.textContent('#open-result'), /expected|not a/);
  }),
);
