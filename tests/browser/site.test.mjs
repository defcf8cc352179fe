// The overview page as published: results, links, states, and the check against WebAssembly's figures.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { launch, withPage } from './browser.mjs';
import { publishedRows, runRecord, writeSite } from './fixture/site.mjs';
import { serve } from './serve.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());
const plain = (text) => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim();

/** By library, what its cells of the matrix say. */
async function cells(page) {
  const rows = await page.$$eval('.matrix tbody tr:not(.published)', (all) =>
    all.map((row) => [
      row.querySelector('.engine > span').firstChild.textContent,
      [...row.querySelectorAll('td')].map(
        (cell) => cell.querySelector('.cell-number')?.textContent ?? cell.textContent.slice(0, 1),
      ),
    ]),
  );
  return Object.fromEntries(rows);
}

/** A run of nine libraries and four cases. */
function wide(run) {
  const one = run.results[0];
  const engines = [
    'chunkmark',
    'zarr-python-2',
    'zarr-python-3',
    'obstore',
    's3fs',
    'tensorstore',
    'zarrs',
    'zarrista',
    'icechunk',
  ];
  const columns = ['write', 'read'].flatMap((operation) => ['none', 'blosc'].map((codec) => ({ operation, codec })));
  return { ...run, results: engines.flatMap((engine) => columns.map((column) => ({ ...one, engine, ...column }))) };
}

async function withSite(options, body) {
  const { prefix = '/', allow, ...site } = options;
  const server = await serve(await writeSite(site), prefix);
  try {
    await withPage(browser, { allow }, async (page) => {
      await page.goto(server.url);
      await body(page, server);
    });
  } finally {
    await server.close();
  }
}

for (const prefix of ['/', '/a/b/']) {
  test(`asks and answers, served below ${prefix}`, () =>
    withSite({ prefix }, async (page, server) => {
      await page.waitForSelector('.matrix');
      assert.equal(plain(await page.textContent('h1')), 'How many extra copies does it take to store 100 MB?');
      assert.equal(
        plain(await page.textContent('p.answer')),
        'From none to 2, by library. None in all 3 cases: Chunkmark. The most, 2: zarr-python 3 (writing blosc).',
      );
      assert.equal(await page.locator('.matrix').count(), 1);
      assert.deepEqual(await cells(page), {
        Chunkmark: ['0', '0', '0'],
        'zarr-python 3': ['1', '2', '1'],
        obstore: ['0', '–', '–'],
      });
      const peer = page.locator('.matrix a.cell', { hasText: '2' });
      assert.equal(await peer.locator('.extra').count(), 2);
      assert.equal(server.requests.filter((asked) => asked.endsWith('api/v1/status')).length, 1);
      assert.ok(
        !server.requests.some((asked) => asked.includes('wasm') || asked.includes('versions')),
        'neither WebAssembly nor a chart is fetched before it is asked for',
      );
      await peer.click();
      await page.waitForSelector('.verdict');
      assert.equal(plain(await page.textContent('h1')), 'zarr-python 3 writes 100 MB with 2 extra copies');
    }));
}

test('the question, the whole matrix and "Run it here" stand on a first screen', () =>
  withSite({ change: wide }, async (page) => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.waitForSelector('.matrix');
    const bottom = (selector) =>
      page
        .locator(selector)
        .last()
        .evaluate((element) => element.getBoundingClientRect().bottom);
    assert.equal(await page.locator('.matrix tbody tr:visible').count(), 9);
    for (const selector of ['h1', 'a.primary', '.matrix tbody tr:visible'])
      assert.ok((await bottom(selector)) <= 800, selector);
    assert.equal(await page.textContent('a.primary'), 'Run it here');
    const fits = await page.locator('.matrix-view .scroll').evaluate((view) => view.scrollWidth <= view.clientWidth);
    assert.ok(fits, 'the matrix is no wider than the screen');
  }));

test('all that tie are named', () =>
  withSite(
    {
      change: (run) => ({
        ...run,
        results: run.results
          .filter(({ operation, codec }) => operation === 'write' && codec === 'none')
          .map((result) => ({ ...result, extra_copies: 0 })),
      }),
    },
    async (page) => {
      await page.waitForSelector('.matrix');
      assert.equal(
        plain(await page.textContent('p.answer')),
        'None, whichever of these: Chunkmark, zarr-python 3 and obstore.',
      );
    },
  ));

test('format and store are switches, and a link restores what was chosen', () =>
  withSite(
    {
      change: (run) => ({
        ...run,
        results: [
          ...run.results,
          ...run.results.map((result) => ({ ...result, format: 'zarr2', store_filesystem: 'tmpfs', extra_copies: 7 })),
        ],
      }),
    },
    async (page) => {
      await page.waitForSelector('.matrix');
      await page.getByRole('radio', { name: 'in memory' }).check();
      assert.equal(await page.locator('.matrix tbody tr').count(), 0);
      await page.getByRole('radio', { name: 'Zarr 2' }).check();
      assert.deepEqual((await cells(page)).Chunkmark, ['7', '7', '7']);
      await page.getByLabel('Which library').selectOption('obstore');
      await page.getByRole('searchbox').fill('obs');
      await page.locator('.matrix .sort').first().press('Enter');
      assert.deepEqual(Object.keys(await cells(page)), ['obstore']);
      assert.deepEqual([...new URL(page.url()).hash.slice(1).split('&')].sort(), [
        'format=zarr2',
        'library=obstore',
        'query=obs',
        'sort=write-none',
        'store=memory',
      ]);
      await page.reload();
      await page.waitForSelector('.matrix tr.chosen');
      assert.deepEqual(Object.keys(await cells(page)), ['obstore']);
      assert.equal(await page.locator('.matrix [aria-sort=ascending]').count(), 1);
    },
  ));

test('a reader who names a library is told its copies, case by case, each with its page', () =>
  withSite({}, async (page, server) => {
    await page.getByLabel('Which library').selectOption('zarr-python-3');
    const cases = page.locator('.cases a');
    assert.deepEqual((await cases.allTextContents()).map(plain), [
      '1 writing uncompressed',
      '2 writing blosc',
      '1 reading uncompressed',
    ]);
    assert.equal(
      await cases.nth(1).getAttribute('href'),
      `${server.url}answers/zarr-python-3-writes-blosc-zarr3-local.html`,
    );
  }));

test('rows are sorted by a column: copies, then heap', () =>
  withSite({}, async (page) => {
    await page.waitForSelector('.matrix');
    await page.locator('.matrix .sort').first().click();
    assert.deepEqual(Object.keys(await cells(page)), ['Chunkmark', 'obstore', 'zarr-python 3']);
    await page.locator('.matrix .sort').nth(1).click();
    assert.deepEqual(Object.keys(await cells(page)), ['Chunkmark', 'zarr-python 3', 'obstore']);
  }));

test('the command that reproduces a run names the whole case, and what it is pasted into cannot be harmed', () =>
  withSite(
    {
      change: (run) => ({
        ...run,
        settings: {
          ...run.settings,
          shape: [300, 20],
          chunks: [100, 20],
          dtype: 'int16',
          data: 'smooth',
          threads: 3,
          durability: 'process_crash',
          store_filesystem: 'tmpfs',
        },
        results: run.results.slice(0, 2).map((result) => ({ ...result, engine: 'a; rm -rf ~' })),
      }),
    },
    async (page) => {
      await page.waitForSelector('.provenance code');
      assert.equal(
        await page.textContent('.provenance code'),
        "chunkmark copies --engine 'a; rm -rf ~' --format zarr3 --codec none,blosc --operation write " +
          '--shape 300,20 --chunks 100,20 --dtype int16 --data smooth --threads 3 --durability process_crash --repeat 5 --store /dev/shm --slope',
      );
      assert.match(await page.textContent('.provenance'), /Reproduce, in memory \(tmpfs\): /);
    },
  ));

test('memory is not called a disk', () =>
  withSite(
    {
      change: (run) => ({
        ...run,
        results: run.results.map((result, i) => ({ ...result, store_filesystem: ['tmpfs', 'ext4', 'nfs'][i % 3] })),
      }),
    },
    async (page) => {
      await page.waitForSelector('.matrix');
      const stores = await page.locator('.matrix-bar fieldset').first().locator('span').allTextContents();
      assert.deepEqual(stores.sort(), ['in memory', 'on disk']);
      const names = await page.locator('.all-figures th[scope=row]').allTextContents();
      const told = new Set(names.map((name) => name.split(', ')[1]));
      assert.deepEqual([...told].sort(), ['local disk (ext4)', 'memory (tmpfs)', 'nfs']);
    },
  ));

test('what could not be measured is listed, and an engine tells what it is made of', () =>
  withSite(
    {
      change: (run) => ({
        ...run,
        results: run.results.map((result) =>
          result.engine === 'chunkmark' ? result : { ...result, libraries: { zarr: '3.0.8', numcodecs: '0.16.1' } },
        ),
        failures: [
          { case: 'write-local-zarr3-blosc-obstore', message: 'no' },
          { case: 'write-local-zarr3-none-zarrs', message: 'write-local-zarr3-none-zarrs: the process <b>ended</b>' },
          { case: 'read-local-zarr3-none-icechunk', message: 'no room' },
        ],
      }),
    },
    async (page) => {
      await page.locator('.matrix .failed').first().click();
      await page.waitForSelector('.failures:visible');
      assert.deepEqual((await page.locator('.failures li').allTextContents()).map(plain), [
        'write-local-zarr3-blosc-obstore no',
        'write-local-zarr3-none-zarrs the process <b>ended</b>',
        'read-local-zarr3-none-icechunk no room',
      ]);
      const titles = await page.$$eval('.matrix .engine [title]', (all) => all.map((name) => name.title));
      assert.deepEqual([...new Set(titles)], ['zarr 3.0.8, numcodecs 0.16.1']);
      assert.equal(await page.locator('.matrix .own [title]').count(), 0);
    },
  ));

test('a run without failures does not speak of them', () =>
  withSite({ change: (run) => ({ ...run, failures: [] }) }, async (page) => {
    await page.waitForSelector('.matrix');
    assert.equal(await page.locator('.failures').count(), 0);
  }));

test('every cell leads to the page of its answer, and that to the report and the capture', () =>
  withSite({}, async (page, server) => {
    await page.waitForSelector('.matrix');
    const links = await page.$$eval('.matrix a.cell', (all) =>
      all.map((a) => [a.href, a.querySelector('.cell-number').textContent]),
    );
    assert.equal(links.length, runRecord().results.length);
    for (const [href, number] of links) {
      assert.ok(href.startsWith(`${server.url}answers/`));
      await page.goto(href);
      await page.waitForSelector('.figure-value');
      assert.equal(await page.textContent('.figure-value'), number, href);
    }
  }));

test('what others published stands folded under its library, as theirs', () =>
  withSite({ change: (run) => ({ ...run, published: publishedRows() }) }, async (page) => {
    await page.waitForSelector('.matrix');
    const published = page.locator('.matrix tr.published');
    assert.equal(await page.locator('.matrix tr.published:visible').count(), 0);
    const fold = page.getByRole('button', { name: '1 published' }).first();
    await fold.press('Enter');
    assert.equal(await fold.getAttribute('aria-expanded'), 'true');
    assert.equal(await page.locator('.matrix tr.published:visible').count(), 1);
    assert.deepEqual(
      (await published.allTextContents()).map(plain),
      [
        'obstore with zarr-python 3.0.7-devpublished, memray-array 20250heap +0.60– not published– not published',
        'zarr-python 3 3.0.6published, memray-array 20251heap +1.022heap not shown, zstd– not published',
      ].sort((a, b) => (a.startsWith('zarr') ? -1 : 1)),
    );
    assert.equal(await published.locator('a.cell').count(), 2, 'a link leads to the web or nowhere');
    assert.equal(
      await published.locator('.published-by a').first().getAttribute('href'),
      'https://example.org/memray-array',
    );
    assert.deepEqual((await page.locator('.published-note').allTextContents()).map(plain), [
      'Published by memray-array, 2025-03/05; not measured here.',
      'zarr-python 3 3.0.6, Zarr 3, write, local disk, zstd: The linked report ends before the array is written.',
    ]);
    assert.match(
      plain(await page.textContent('p.answer')),
      /The most, 2: zarr-python 3/,
      'the answer is of what was measured',
    );
  }));

test('the badge says what serves the page', async () => {
  await withSite(
    { files: { 'api/v1/status': JSON.stringify({ engine: 'native', api: 1, version: '9.8' }) } },
    async (page) => {
      await page.waitForFunction(() => document.querySelector('#badge').textContent !== '');
      assert.equal(await page.textContent('#badge'), 'Native 9.8');
    },
  );
  await withSite({ files: { 'api/v1/status': '<!doctype html>' } }, async (page) => {
    await page.waitForFunction(() => document.querySelector('#badge').textContent !== '');
    assert.equal(await page.textContent('#badge'), 'Static site');
  });
});

test('no run yet: the page says what to do', () =>
  withSite({ files: { 'answers/index.json': '{"answers":[]}' } }, async (page) => {
    await page.waitForSelector('#answer code');
    assert.match(
      plain(await page.textContent('#answer')),
      /No run is published here yet\. ?Make one: chunkmark copies .* chunkmark site -o public/,
    );
  }));

/** A run of an array of this size, made a day after the fixture's; null: without results. */
const newer = (array_bytes) => {
  const run = runRecord();
  return {
    ...run,
    id: 'newer',
    created: '2026-01-03T03:04:05Z',
    results: array_bytes === null ? [] : run.results.map((result) => ({ ...result, array_bytes, extra_copies: 584 })),
  };
};
const kSmallNote =
  'This run is of an array under 25 MB: at that size buffers that libraries hold anyway count as copies.';

for (const [what, options, size, note] of [
  ['a newer run without results is passed over', { others: [newer(null)] }, '100 MB', []],
  ['a newer run of a small array is passed over', { others: [newer(4)] }, '100 MB', []],
  ['a newer run of the least array that is not small is shown', { others: [newer(25_000_000)] }, '25 MB', []],
  [
    'a small array is shown where there is no other, and said to be small',
    { change: () => newer(4) },
    '4 bytes',
    [kSmallNote],
  ],
]) {
  test(what, () =>
    withSite(options, async (page) => {
      await page.waitForSelector('.matrix');
      assert.equal(plain(await page.textContent('#question-size')), size);
      assert.deepEqual((await page.locator('#answer p:not(.answer)').allTextContents()).map(plain), note);
    }),
  );
}

test('only runs without results: none is published', () =>
  withSite({ change: () => newer(null) }, async (page) => {
    await page.waitForSelector('#answer code');
    assert.match(plain(await page.textContent('#answer')), /No run is published here yet/);
  }));

for (const [what, files, message] of [
  ['missing index', { 'answers/index.json': null }, /answers\/index\.json: expected a file, the server answered 404/],
  ['an index that is no JSON', { 'answers/index.json': '<html>' }, /answers\/index\.json: expected JSON, found <html>/],
  ['a missing run', { 'runs/2026-01-02-fixture/run.json': null }, /run\.json: expected a file/],
]) {
  test(`${what} is said`, () =>
    withSite({ files, allow: /404/ }, async (page) => {
      await page.waitForSelector('[role=alert]');
      assert.match(await page.textContent('[role=alert]'), message);
    }));
}
