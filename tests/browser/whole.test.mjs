// The whole way, nothing made up: the program measures a small array, writes and serves its site, and the page checks
// the capture with the real WebAssembly module.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, withPage } from './browser.mjs';
import { serve } from './serve.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = path.join(root, 'build', 'native', 'chunkmark');
let browser, folder, runs, record;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chunkmark-whole-'));
  runs = path.join(folder, 'runs');
  const options = ['copies', '--engine', 'chunkmark', '--format', 'zarr3', '--codec', 'none', '--shape', '1000,1000', '--repeat', '1', '--store', folder, '--out', runs, '--json'];
  record = JSON.parse(execFileSync(program, options, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Checks every cell of the page at `url` in WebAssembly; each must equal what the native program wrote. */
async function checkCells(url) {
  await withPage(browser, {}, async (page) => {
    await page.goto(url);
    await page.waitForSelector('#check-start:enabled');
    const cells = await page.$$eval('#check-cell option', (all) => all.map((option) => option.value));
    assert.equal(cells.length, record.results.length);
    for (const cell of cells) {
      await page.selectOption('#check-cell', cell);
      await page.click('#check-start');
      await page.waitForFunction(() => document.querySelector('.check-verdict, #check-result [role=alert]'));
      assert.match(await page.textContent('#check-result'), /Equal: all \d+ figures agree to the last bit\./, cell);
    }
  });
}

test('storing without a codec makes no extra copy, as the capture tells', () => {
  const found = record.results.filter((result) => result.engine === 'chunkmark' && result.codec === 'none');
  assert.ok(found.length > 0);
  for (const result of found) assert.equal(result.extra_copies, 0, result.operation);
});

test('the static site and its WebAssembly agree with the native figures', async () => {
  const site = path.join(folder, 'site');
  execFileSync(program, ['site', '--runs', runs, '-o', site], { cwd: root });
  assert.equal(JSON.parse(await readFile(path.join(site, 'api', 'v1', 'status'), 'utf8')).engine, 'static');
  const server = await serve(site);
  try {
    await checkCells(server.url);
  } finally {
    await server.close();
  }
});

test('the program serves the same site', async () => {
  const child = spawn(program, ['serve', '--port', '0', '--runs', runs, '--site', path.join(folder, 'served')],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [url] = await Promise.race([
      createInterface(child.stdout)[Symbol.asyncIterator]().next().then(({ value }) => [value]),
      new Promise((_, refuse) => { child.on('exit', (status) => refuse(new Error(`serve ended with status ${status}`))); }),
    ]);
    assert.equal((await (await fetch(new URL('api/v1/status', url))).json()).engine, 'native');
    await checkCells(url);
  } finally {
    child.kill();
  }
});
