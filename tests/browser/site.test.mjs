// The overview page as published: results, links, states, and the check against WebAssembly's figures.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { launch, withPage } from './browser.mjs';
import { webSide } from './fixture/page.mjs';
import { peerReport } from './fixture/report.mjs';
import { publishedRows, runRecord, writeSite } from './fixture/site.mjs';
import { serve } from './serve.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());
const plain = (text) => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim();

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
        'None. Chunkmark holds no extra copy in any of its 3 cells: writing and ' +
          'reading, Zarr 3, uncompressed and blosc. The most here is 2, by zarr-python 3 writing a blosc-compressed Zarr 3 array on local disk.',
      );
      assert.equal(await page.locator('.matrix').count(), 2);
      const first = page.locator('.matrix').first();
      assert.deepEqual(await first.locator('.cell-number').allTextContents(), ['0', '0', '1', '2', '0']);
      const peer = first.locator('a.cell', { hasText: '2' });
      assert.equal(await peer.locator('.extra').count(), 2);
      assert.equal(server.requests.filter((asked) => asked.endsWith('api/v1/status')).length, 1);
      assert.ok(
        !server.requests.some((asked) => asked.includes('wasm')),
        'WebAssembly is not fetched before it is asked for',
      );
      await peer.click();
      await page.waitForSelector('.verdict');
      assert.equal(plain(await page.textContent('h1')), 'zarr-python 3 writes 100 MB with 2 extra copies');
    }));
}

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
      await page.waitForSelector('#provenance code');
      assert.equal(
        await page.textContent('#provenance code'),
        "chunkmark copies --engine 'a; rm -rf ~' --format zarr3 --codec none,blosc --operation write " +
          '--shape 300,20 --chunks 100,20 --dtype int16 --data smooth --threads 3 --durability process_crash --repeat 5 --store /dev/shm --slope',
      );
      assert.match(await page.textContent('#provenance'), /Reproduce, in memory \(tmpfs\): /);
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
      const stores = await page.$$eval('.matrix td.wide-only:nth-of-type(1)', (all) =>
        all.map((cell) => cell.textContent),
      );
      assert.deepEqual([...new Set(stores)].sort(), ['local disk (ext4)', 'memory (tmpfs)', 'nfs']);
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
          { case: 'write-local-zarr3-none-zarrs', message: 'write-local-zarr3-none-zarrs: the process <b>ended</b>' },
          { case: 'read-local-zarr3-none-icechunk', message: 'no room' },
        ],
      }),
    },
    async (page) => {
      await page.waitForSelector('.failures');
      assert.deepEqual((await page.locator('.failures li').allTextContents()).map(plain), [
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

test('every cell leads to the report of that cell', () =>
  withSite({}, async (page, server) => {
    await page.waitForSelector('.matrix');
    const links = await page.$$eval('.matrix a.cell', (all) =>
      all.map((a) => [a.href, a.querySelector('.cell-number').textContent]),
    );
    assert.equal(links.length, runRecord().results.length);
    for (const [href, number] of links) {
      assert.ok(href.startsWith(server.url));
      await page.goto(href);
      assert.equal(await page.textContent('.figure-value'), number, href);
    }
  }));

test('what others published stands beside, as theirs', () =>
  withSite({ change: (run) => ({ ...run, published: publishedRows() }) }, async (page) => {
    await page.waitForSelector('.matrix');
    const writes = page.locator('.matrix').first();
    const rows = (await writes.locator('tbody tr').allTextContents()).map((row) =>
      plain(row).replace(/local disk.*?Zarr 3/g, '|'),
    );
    assert.deepEqual(rows.slice(3), [
      'zarr-python 3 3.0.6published, memray-array 2025||1heap +1.022heap not shown, zstd',
      'obstore with zarr-python 3.0.7-devpublished, memray-array 2025||0heap +0.60not published',
    ]);
    assert.deepEqual(await writes.locator('tbody tr').evaluateAll((all) => all.map((row) => row.className)), [
      'own',
      'peer',
      'peer',
      'published',
      'published',
    ]);
    assert.equal(await writes.locator('.published a.cell').count(), 2, 'a link leads to the web or nowhere');
    assert.equal(
      await writes.locator('.published .published-by a').first().getAttribute('href'),
      'https://example.org/memray-array',
    );
    assert.deepEqual(
      (await page.locator('#results section').first().locator('.published-note').allTextContents()).map(plain),
      [
        'Published by memray-array, 2025-03/05; not measured here.',
        'zarr-python 3 3.0.6, local disk, zstd: The linked report ends before the array is written.',
      ],
    );
    assert.match(
      plain(await page.textContent('p.answer')),
      /The most here is 2, by zarr-python 3 writing a blosc/,
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
  withSite({ files: { 'runs/index.json': '{"runs":[]}' } }, async (page) => {
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
  ['missing index', { 'runs/index.json': null }, /runs\/index\.json: expected a file, the server answered 404/],
  ['an index that is no JSON', { 'runs/index.json': '<html>' }, /runs\/index\.json: expected JSON, found <html>/],
  ['a missing run', { 'runs/2026-01-02-fixture/run.json': null }, /run\.json: expected a file/],
]) {
  test(`${what} is said`, () =>
    withSite({ files, allow: /404/ }, async (page) => {
      await page.waitForSelector('[role=alert]');
      assert.match(await page.textContent('[role=alert]'), message);
    }));
}

test('a cell checked here equals the native figures', () =>
  withSite({}, async (page) => {
    await page.waitForSelector('#check-start:enabled');
    await page.click('button[aria-label="Check write, local disk, zarr-python 3, Zarr 3, blosc in your browser"]');
    await page.waitForSelector('.comparison');
    assert.equal(await page.textContent('.check-verdict'), 'Equal: all 6 figures agree to the last bit.');
    assert.deepEqual([...new Set(await page.locator('.comparison td:last-child').allTextContents())], ['equal']);
    assert.equal(
      await page.$eval('#check-cell', (s) => s.selectedOptions[0].textContent),
      'write, local disk, zarr-python 3, Zarr 3, blosc',
    );
  }));

test('a figure that differs is named', () =>
  withSite(
    {
      change: (run) => {
        run.results.find((r) => r.capture?.includes('own')).bytes_moved.out += 1e-12;
        return run;
      },
    },
    async (page) => {
      await page.click('#check-start');
      await page.waitForSelector('.comparison');
      assert.equal(await page.textContent('.check-verdict'), '1 figure differs of 6.');
      assert.match(await page.textContent('.comparison tr:has(.differs)'), /^Kernel out/);
    },
  ));

test('a capture that is not there, and a module that is not there', async () => {
  await withSite({ files: { 'runs/2026-01-02-fixture/captures/own.cmk': null }, allow: /404/ }, async (page) => {
    await page.click('#check-start');
    await page.waitForSelector('#check-result [role=alert]');
    assert.match(await page.textContent('#check-result'), /own\.cmk: expected a capture, the server answered 404/);
  });
  await withSite({ files: { 'wasm/chunkmark-core.mjs': null }, allow: /404/ }, async (page) => {
    await page.click('#check-start');
    await page.waitForSelector('#check-result [role=alert]');
    assert.ok(await page.locator('#check-start').isEnabled());
  });
});

test('a local capture is shown as a whole report', () =>
  withSite({}, async (page) => {
    const file = path.join(await webSide(), 'local.cmk');
    const report = peerReport();
    await writeFile(file, JSON.stringify({ figures: report.figures, report: { ...report, result: null } }));
    await page.setInputFiles('#open-file', file);
    await page.waitForSelector('.opened .flame canvas');
    assert.equal(plain(await page.textContent('.opened .verdict h3')), '2 extra copies of 100 MB at the heap peak');
  }));

test('a file that is no capture is refused with the reason', () =>
  withSite({}, async (page) => {
    const file = path.join(await webSide(), 'zeros.cmk');
    await writeFile(file, Buffer.alloc(64));
    await page.setInputFiles('#open-file', file);
    await page.waitForSelector('#open-result [role=alert]');
    assert.match(await page.textContent('#open-result'), /expected a header, found 64 bytes of something else/);
  }));
