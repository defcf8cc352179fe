// The whole way, nothing made up: the program measures a small array, writes and serves its site, and the page checks
// the capture with the real WebAssembly module.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fileUrl, launch, settles, withPage } from './browser.mjs';
import { serve } from './serve.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = path.join(root, 'build', 'native', 'chunkmark');
let browser, folder, runs, record;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chunkmark-whole-'));
  runs = path.join(folder, 'runs');
  const options = [
    'copies',
    '--engine',
    'chunkmark',
    '--format',
    'zarr3',
    '--codec',
    'none',
    '--shape',
    '1000,1000',
    '--repeat',
    '1',
    '--store',
    folder,
    '--out',
    runs,
    '--json',
  ];
  record = JSON.parse(
    execFileSync(program, options, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Checks every cell of the page at `url` in WebAssembly; each must equal what the native program wrote. */
async function checkCells(url) {
  await withPage(browser, {}, async (page) => {
    await page.goto(new URL('method.html', url).href);
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

test('the snippets run on the page that shows them, under its policy', async () => {
  const server = await serve(path.join(folder, 'site'), '/a/b/');
  try {
    await withPage(browser, {}, async (page) => {
      await page.goto(`${server.url}embed.html`);
      const output = (name) => page.locator(`#snippet-${name} .snippet-output`);
      const run = (name) => page.click(`#snippet-${name} button:text-is("Run")`);
      await run('report');
      await page.locator('chunkmark-report canvas').first().waitFor();
      await run('study');
      await output('study').getByText('read, zstd: 0 extra copies').waitFor();
      await run('storage');
      await output('storage').getByText('x of r1 is 1, 2, 3').waitFor();
    });
  } finally {
    await server.close();
  }
});

test('the program serves the same site', async () => {
  const child = spawn(program, ['serve', '--port', '0', '--runs', runs, '--site', path.join(folder, 'served')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [url] = await Promise.race([
      createInterface(child.stdout)
        [Symbol.asyncIterator]()
        .next()
        .then(({ value }) => [value]),
      new Promise((_, refuse) => {
        child.on('exit', (status) => refuse(new Error(`serve ended with status ${status}`)));
      }),
    ]);
    assert.equal((await (await fetch(new URL('api/v1/status', url))).json()).engine, 'native');
    await checkCells(url);
  } finally {
    child.kill();
  }
});

test('a whole run is one file whose cells open their captures', async () => {
  const page = path.join(folder, 'run.html');
  const run = path.join(runs, record.id);
  for (const what of [run, path.join(run, 'run.json')]) {
    await rm(page, { force: true });
    execFileSync(program, ['report', what, '-o', page], { cwd: root, stdio: 'pipe' });
  }
  await withPage(browser, {}, async (tab) => {
    await tab.goto(fileUrl(page));
    await tab.waitForSelector('.matrix');
    for (const [i, result] of record.results.entries()) {
      await tab.click(`.matrix a[href="#cell=${i}"]`);
      await tab.waitForSelector('.flame-scroller');
      assert.equal(await tab.textContent('h1'), `Chunkmark ${result.operation}s 4\u00a0MB with no extra copy`);
      await settles(async () => (await tab.textContent('.range-statement')).includes('alive at the heap peak'), true);
      await tab.click('.back a');
      await tab.waitForSelector('.matrix');
    }
  });
});

test('what is no run is refused by name', async () => {
  const other = path.join(folder, 'other.json');
  await writeFile(other, JSON.stringify({ schema: 'chunkmark.run/1', kind: 'speeds', results: [] }));
  const none = path.join(folder, 'none.json');
  await writeFile(none, '[]');
  for (const [what, said] of [
    [other, 'expected a run of the kind copies or versions, found speeds'],
    [none, 'expected the run record to be an object, found []'],
    [folder, 'run.json: No such file or directory'],
  ]) {
    const { status, stderr } = spawnSync(program, ['report', what, '-o', path.join(folder, 'no.html')], {
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.ok(stderr.includes(said), stderr);
  }
});

test('a frame shows its source line unless the file is newer than the capture, and its link holds for the next run', async () => {
  const script = path.join(folder, 'hold.py');
  await writeFile(script, 'def hold():\n    return bytearray(5_000_000)  # the buffer\n\nkept = hold()\n');
  const capture = path.join(folder, 'hold.cmk');
  execFileSync(program, ['trace', '-o', capture, '--', 'python3', script], { stdio: 'pipe' });
  const figures = JSON.parse(execFileSync(program, ['inspect', capture, '--json']));
  const page = path.join(folder, 'hold.html');
  let link;
  const shown = async () => {
    execFileSync(program, ['report', capture, '-o', page], { stdio: 'pipe' });
    let found;
    await withPage(browser, { reducedMotion: 'reduce' }, async (tab) => {
      await tab.goto(fileUrl(page));
      await tab.waitForSelector('.functions tfoot');
      assert.equal(
        await tab.getAttribute('.functions [data-sum]', 'data-sum'),
        String(figures.peak_heap_bytes),
        'the columns give the figure',
      );
      await tab.click('.buffers button >> text=hold');
      // From the allocator up to Python's own line.
      for (let i = 0; i < 20 && (await tab.textContent('.flame-details .flame-name')) !== 'hold'; i++)
        await tab.keyboard.press('ArrowUp');
      assert.equal(await tab.textContent('.flame-details .flame-name'), 'hold');
      await tab.keyboard.press('Enter');
      await tab.waitForFunction(() => location.hash.includes('f='));
      link = new URL(tab.url()).hash;
      found = await tab.locator('.flame-details .flame-source').allTextContents();
    });
    return found;
  };
  assert.deepEqual(await shown(), ['return bytearray(5_000_000)  # the buffer']);
  const later = new Date(Date.now() + 60_000);
  await utimes(script, later, later);
  assert.deepEqual(await shown(), []);

  // Another run of the program, in another place: the link still leads to the frame.
  const moved = path.join(folder, 'elsewhere');
  await mkdir(moved);
  await cp(script, path.join(moved, 'hold.py'));
  execFileSync(program, ['trace', '-o', capture, '--', 'python3', path.join(moved, 'hold.py')], { stdio: 'pipe' });
  execFileSync(program, ['report', capture, '-o', page], { stdio: 'pipe' });
  await withPage(browser, {}, async (tab) => {
    await tab.goto(`${fileUrl(page)}${link}`);
    await tab.waitForSelector('.flame-scroller');
    assert.equal(await tab.textContent('.flame-details .flame-name'), 'hold');
  });
});
