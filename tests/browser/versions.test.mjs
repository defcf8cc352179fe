// The transaction study's pages, its self-contained report and the site's: the answer, charts that are drawn of the run's
// numbers, the same numbers in tables, and what is chosen.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { fileUrl, kPatience_ms, launch, withPage } from './browser.mjs';
import { writeReport } from './fixture/page.mjs';
import { writeSite } from './fixture/site.mjs';
import { versionsRecord, versionsReport } from './fixture/versions.mjs';
import { serve } from './serve.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const plain = (text) => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim();
const report = async (options, name) => fileUrl(await writeReport(versionsReport(options), name, 'versions.html'));
const chartOf = (page, figure) => page.locator(`section[aria-labelledby=figure-${figure}] .chart`).first();

/** The texts of a chart, once it is drawn. */
async function texts(page, figure) {
  const chart = chartOf(page, figure);
  await chart.scrollIntoViewIfNeeded();
  await chart.locator('svg text').first().waitFor({ timeout: kPatience_ms });
  return (await chart.locator('svg text').allTextContents()).map(plain);
}

test('a run of one length: the engines are the axis, and published marks have their source and date', async () => {
  const url = await report({}, 'one.html');
  await withPage(browser, { reducedMotion: 'reduce' }, async (page) => {
    await page.goto(url);
    assert.equal(
      plain(await page.textContent('p.answer')),
      'A version takes versioned-hdf5 50 times as long as Chunkmark, and its file is 3.5 times as large, in 4 cells. ' +
        'Keeping every version costs Chunkmark 8 times what the HDF5 library takes to change the same arrays in place.',
    );
    const shown = await texts(page, 'size');
    const names = ['versioned-hdf5, published 2020', 'h5py, published 2020', 'versioned-hdf5', 'ArcticDB (LMDB)'];
    for (const name of [...names, 'Chunkmark', 'Chunkmark, durable', 'HDF5 library, no versions', '4.75 MB', '1.4 MB'])
      assert.ok(shown.includes(name), `${name}: ${shown.join(' | ')}`);
    assert.match(
      plain(await page.textContent('.keys-of')),
      /published by versioned-hdf5 analysis, 2020-07-30: not measured here \(on a laptop that is not named\)/,
    );
    assert.equal(await page.getAttribute('.keys-of a', 'href'), 'https://example.org/analysis');
  });
});

test('the numbers of a chart stand in a table beside it', async () => {
  const url = await report({}, 'numbers.html');
  await withPage(browser, {}, async (page) => {
    await page.goto(url);
    const numbers = page.locator('section[aria-labelledby=figure-creation] .numbers').first();
    await numbers.locator('summary').click();
    assert.deepEqual((await numbers.locator('tbody tr').allTextContents()).map(plain), [
      'versioned-hdf5, published 2020750 ms',
      'h5py, published 202030 ms',
      'versioned-hdf51 s',
      'ArcticDB (LMDB)160 ms',
      'Chunkmark20 ms',
      'Chunkmark, durable105 ms',
      'HDF5 library, no versions2.5 ms',
    ]);
    const figures = await page.locator('h3').allTextContents();
    for (const title of [
      'File size',
      'Creation time',
      'Time per version',
      'Time of every version',
      'Read all versions',
    ])
      assert.ok(figures.includes(title), title);
    assert.equal(
      await page.locator('.all-figures a').first().getAttribute('href'),
      'captures/small_fraction_changes-50.cmk',
    );
    assert.equal(plain(await page.textContent('.failures li')), 'mostly_appends-50-4096-none-tiledb tiledb: no room');
    assert.match(plain(await page.textContent('.promises')), /Chunkmark.*with power_loss it is on the disk/);
  });
});

test('of several lengths a line an engine; the workload and the axis are kept in the address', async () => {
  const url = await report({ lengths: [50, 100, 500] }, 'many.html');
  await withPage(browser, {}, async (page) => {
    await page.goto(url);
    let shown = await texts(page, 'size');
    for (const text of ['50', '100', '500', 'versions, log axis', 'size, log axis', 'Chunkmark'])
      assert.ok(shown.includes(text), `${text}: ${shown.join(' | ')}`);
    await page.click('.choice label:has-text("Mostly appends")');
    await page.click('.choice label:has-text("Linear")');
    assert.equal(await page.evaluate(() => location.hash), '#mostly_appends&linear');
    shown = await texts(page, 'size');
    assert.ok(shown.includes('size'), shown.join(' | '));
    await page.reload();
    assert.equal(plain(await page.textContent('.workload h2')), 'Mostly appends');
    assert.ok(await page.isChecked('input[value=linear]'));
    shown = await texts(page, 'series');
    assert.ok(shown.includes('version') && shown.includes('versioned-hdf5'), shown.join(' | '));
  });
});

test('a chart is drawn in the colours of the theme, and as wide as there is room', async () => {
  const url = await report({}, 'theme.html');
  await withPage(browser, { colorScheme: 'light', viewport: { width: 700, height: 900 } }, async (page) => {
    await page.goto(url);
    await texts(page, 'size');
    const ours = chartOf(page, 'size').locator('svg path[fill="#0b6b67"]');
    assert.ok((await ours.count()) > 0);
    await page.click('button:has-text("Dark")');
    await chartOf(page, 'size').locator('svg path[fill="#56c4b8"]').first().waitFor({ state: 'attached' });
    assert.equal(await ours.count(), 0);
    const width = () =>
      chartOf(page, 'size')
        .locator('svg')
        .evaluate((svg) => svg.getBoundingClientRect().width);
    const before = await width();
    await page.setViewportSize({ width: 500, height: 900 });
    await page.waitForFunction(
      (wide) => document.querySelector('.chart svg')?.getBoundingClientRect().width < wide - 100,
      before,
    );
  });
});

test('the site shows the latest run, names the others, and says where there is none', async () => {
  const older = { ...versionsRecord({ id: 'versions-older' }), created: '2026-01-01T00:00:00Z' };
  for (const [others, check] of [
    [
      [older, versionsRecord()],
      async (page) => {
        await page.waitForSelector('.chart svg');
        assert.equal(plain(await page.textContent('.eyebrow')), 'Run versions-fixture');
        assert.equal(
          await page.locator('section[aria-labelledby=others] a').getAttribute('href'),
          'runs/versions-older/report.html',
        );
        assert.equal(
          await page.locator('.all-figures a').first().getAttribute('href'),
          'runs/versions-fixture/captures/small_fraction_changes-50.cmk',
        );
      },
    ],
    [
      [],
      async (page) => {
        await page.waitForSelector('p.answer:has-text("No run is published here yet.")');
        assert.equal(await page.textContent('code'), 'chunkmark versions');
      },
    ],
  ]) {
    const server = await serve(await writeSite({ others }));
    try {
      await withPage(browser, {}, async (page) => {
        await page.goto(server.url);
        await page.waitForSelector('.matrix'); // a run of versions is not taken for one of copies
        await page.click('nav a:has-text("Versions")');
        await check(page);
      });
    } finally {
      await server.close();
    }
  }
});
