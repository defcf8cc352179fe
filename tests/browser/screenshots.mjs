// Writes pictures of every page to build/screenshots (or to the folder given): light and dark, 375 and 1280 pixels wide.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileUrl, launch } from './browser.mjs';
import { ownReport, peerReport } from './fixture/report.mjs';
import { peerReport2 } from './fixture/report2.mjs';
import { writeReport } from './fixture/page.mjs';
import { publishedRows, runRecord, writeSite } from './fixture/site.mjs';
import { versionsRecord, versionsReport } from './fixture/versions.mjs';
import { serve } from './serve.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const outdir = path.resolve(process.argv[2] ?? path.join(root, 'build', 'screenshots'));
await mkdir(outdir, { recursive: true });
const browser = await launch();
const server = await serve(
  await writeSite({ change: (run) => ({ ...run, published: publishedRows() }), others: [versionsRecord()] }),
);
const run = { ...runRecord(), published: publishedRows() };
const pages = {
  'report-ranges': fileUrl(await writeReport(peerReport2(), 'ranges.html')),
  'report-peer': fileUrl(await writeReport(peerReport(), 'peer.html')),
  'report-own': fileUrl(await writeReport(ownReport(), 'own.html')),
  'report-run': fileUrl(
    await writeReport(
      { schema: 'chunkmark.run-report/1', run, reports: run.results.map(() => ({ ...peerReport2(), result: null })) },
      'run.html',
    ),
  ),
  'report-versions': fileUrl(
    await writeReport(versionsReport({ lengths: [50, 100, 500] }), 'versions.html', 'versions.html'),
  ),
  overview: `${server.url}#library=zarr-python-3`,
  answer: `${server.url}answers/zarr-python-3-writes-blosc-zarr3-local.html`,
  compare: `${server.url}compare.html#a=${run.id}/0&b=${run.id}/3`,
  run: `${server.url}run.html#id=${run.id}`,
  ...Object.fromEntries(
    ['here', 'open', 'runs', 'history', 'method', 'embed'].map((name) => [name, `${server.url}${name}.html`]),
  ),
  versions: `${server.url}versions.html`,
};
const act = {
  'report-ranges': async (page) => {
    await page.click('.buffers button >> nth=1');
    await page.evaluate(() => window.scrollTo(0, 0));
  },
  method: async (page) => {
    await page.click('#check-start');
    await page.waitForSelector('.comparison');
    await page.evaluate(() => window.scrollTo(0, 0));
  },
};
for (const [name, url] of Object.entries(pages)) {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [375, 1280]) {
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme,
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      await page.goto(url, { waitUntil: 'networkidle' });
      await act[name]?.(page);
      await page.waitForTimeout(400);
      await page.screenshot({ path: path.join(outdir, `${name}-${colorScheme}-${width}.png`), fullPage: true });
      await context.close();
    }
  }
}
await browser.close();
await server.close();
console.log(`${4 * Object.keys(pages).length} pictures in ${path.relative(process.cwd(), outdir) || '.'}`);
