// A whole run in one self-contained file: its tables, and the report of the cell that the reader chooses.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { fileUrl, launch, withPage } from './browser.mjs';
import { writeReport } from './fixture/page.mjs';
import { ownReport, peerReport } from './fixture/report.mjs';
import { runRecord } from './fixture/site.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const plain = (text) => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim();

test('a whole run in one file: tables, and the report of each cell', () =>
  withPage(browser, { reducedMotion: 'reduce' }, async (page) => {
    const run = runRecord();
    const reports = run.results.map((result) => ({
      ...(result.engine === 'chunkmark' ? ownReport() : peerReport()),
      result: null,
    }));
    reports[1] = null;
    await page.goto(fileUrl(await writeReport({ schema: 'chunkmark.run-report/1', run, reports }, 'run.html')));
    await page.waitForSelector('.matrix');
    assert.equal(
      await page.locator('.matrix a.cell').count(),
      run.results.length - 1,
      'a cell without a capture leads nowhere',
    );
    await page.click('.matrix a.cell[href="#cell=3"]');
    await page.waitForSelector('.flame-scroller');
    assert.equal(plain(await page.textContent('h1')), 'zarr-python 3 writes 100 MB with 2 extra copies');
    await page.click('.choice label:has-text("Left-heavy")');
    await page.waitForFunction(() => location.hash === '#cell=3&v=heavy');
    await page.reload();
    await page.waitForSelector('.flame-scroller');
    assert.ok(await page.isChecked('.choice input[value=heavy]'));
    await page.click('.back a');
    await page.waitForSelector('.matrix');
    assert.equal(await page.locator('.flame-scroller').count(), 0);
    await page.click('summary >> text=All figures');
    await page.click('.all-figures a[href="#cell=0"]');
    await page.waitForSelector('.flame-scroller');
    assert.equal(plain(await page.textContent('h1')), 'Chunkmark writes 100 MB with no extra copy');
    await page.goBack();
    await page.waitForSelector('.matrix');
  }));

test('the report of a run lists what could not be measured', () =>
  withPage(browser, {}, async (page) => {
    const run = { ...runRecord(), failures: [{ case: 'write-local-zarr3-none-zarrs', message: 'no room' }] };
    const reports = run.results.map(() => null);
    await page.goto(fileUrl(await writeReport({ schema: 'chunkmark.run-report/1', run, reports }, 'failed.html')));
    await page.waitForSelector('.matrix');
    assert.deepEqual((await page.locator('.failures li').allTextContents()).map(plain), [
      'write-local-zarr3-none-zarrs no room',
    ]);
  }));
