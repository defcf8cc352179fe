// axe-core on every page, in both themes, narrow and wide: no serious or critical finding.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';
import { locate } from '../../web/packages.mjs';
import { fileUrl, launch } from './browser.mjs';
import { writeReport } from './fixture/page.mjs';
import { peerReport2 } from './fixture/report2.mjs';
import { ownReport, peerReport } from './fixture/report.mjs';
import { publishedRows, runRecord, writeSite } from './fixture/site.mjs';
import { versionsRecord, versionsReport } from './fixture/versions.mjs';
import { serve } from './serve.mjs';

let browser;
let server;
let pages;
before(async () => {
  browser = await launch();
  const run = { ...runRecord(), published: publishedRows() };
  server = await serve(await writeSite({ change: () => run, others: [versionsRecord()] }));
  pages = [
    [
      'report with copies',
      fileUrl(await writeReport(peerReport(), 'access.html')),
      async (page) => {
        await page.locator('.flame canvas').click({ position: { x: 100, y: 88 } });
      },
    ],
    [
      'report with ranges',
      fileUrl(await writeReport(peerReport2(), 'access-ranges.html')),
      async (page) => {
        await page.waitForSelector('.functions tfoot');
        await page.click('.buffers button >> nth=1');
        await page.click('.threads summary');
        await page.click('.keys summary');
        await page.keyboard.press('?');
        await page.keyboard.press('Escape');
      },
    ],
    ['report without copies', fileUrl(await writeReport(ownReport(), 'access-own.html')), async () => {}],
    [
      'report of a run',
      fileUrl(
        await writeReport(
          { schema: 'chunkmark.run-report/1', run, reports: run.results.map(() => null) },
          'access-run.html',
        ),
      ),
      async (page) => {
        await page.waitForSelector('.matrix');
      },
    ],
    [
      'report of versions',
      fileUrl(await writeReport(versionsReport({ lengths: [50, 100] }), 'access-versions.html', 'versions.html')),
      async (page) => {
        await page.waitForSelector('.chart svg');
        await page.locator('.numbers summary').first().click();
      },
    ],
    [
      'site of versions',
      `${server.url}versions.html`,
      async (page) => {
        await page.waitForSelector('.chart svg');
      },
    ],
    [
      'overview',
      `${server.url}#library=zarr-python-3`,
      async (page) => {
        await page.getByRole('button', { name: '1 published' }).first().click();
        await page.locator('summary').first().click();
      },
    ],
    [
      'an answer',
      `${server.url}answers/zarr-python-3-writes-blosc-zarr3-local.html`,
      async (page) => {
        await page.waitForSelector('.flame canvas');
      },
    ],
    [
      'method with a check',
      `${server.url}method.html`,
      async (page) => {
        await page.click('#check-start');
        await page.waitForSelector('.comparison');
      },
    ],
    ['history', `${server.url}history.html`, (page) => page.waitForSelector('.history')],
    ['run', `${server.url}run.html#id=${run.id}`, (page) => page.waitForSelector('.matrix')],
    ...['here', 'open', 'runs', 'compare', 'embed'].map((name) => [name, `${server.url}${name}.html`, async () => {}]),
  ];
});
after(async () => {
  await browser?.close();
  await server?.close();
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [375, 1280]) {
    test(`no serious finding, ${colorScheme}, ${width} pixels`, async () => {
      const axe = await readFile(locate('axe-core/axe.min.js'), 'utf8');
      for (const [name, url, act] of pages) {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
        const page = await context.newPage();
        await page.goto(url, { waitUntil: 'networkidle' });
        await act(page);
        await page.evaluate(axe);
        const found = await page.evaluate(() => window.axe.run(document));
        const serious = found.violations
          .filter((v) => ['serious', 'critical'].includes(v.impact))
          .map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join('; ')}`);
        assert.deepEqual(serious, [], name);
        assert.ok(found.passes.length > 10, 'axe-core looked at the page');
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${name}: the page is ${wide} pixels wide on a screen of ${width}`);
        await context.close();
      }
    });
  }
}

test('without its script no page offers a control that would do nothing', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const dead = 'button:not([disabled]), input[type=file]:not([disabled])';
  let waiting = 0;
  for (const [name, url] of pages) {
    if (!url.startsWith(server.url)) continue;
    await page.goto(url);
    assert.deepEqual(await page.locator(dead).evaluateAll((found) => found.map((e) => e.outerHTML)), [], name);
    waiting += await page.locator('button[disabled], input[type=file][disabled]').count();
  }
  assert.ok(waiting > 10, 'the pages have controls');
  await context.close();
});
