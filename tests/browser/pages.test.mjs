// The pages beside the overview: the method's check, files that are opened.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { launch, withPage } from './browser.mjs';
import { webSide } from './fixture/page.mjs';
import { peerReport } from './fixture/report.mjs';
import { writeSite } from './fixture/site.mjs';
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
    await withPage(browser, { allow }, (page) => body(page, server));
  } finally {
    await server.close();
  }
}

test('a cell checked here equals the native figures', () =>
  withSite({}, async (page, server) => {
    await page.goto(`${server.url}method.html`);
    await page.waitForSelector('#check-start:enabled');
    await page.selectOption('#check-cell', { label: 'write, local disk, zarr-python 3, Zarr 3, blosc' });
    await page.click('#check-start');
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
    async (page, server) => {
      await page.goto(`${server.url}method.html`);
      await page.click('#check-start');
      await page.waitForSelector('.comparison');
      assert.equal(await page.textContent('.check-verdict'), '1 figure differs of 6.');
      assert.match(await page.textContent('.comparison tr:has(.differs)'), /^Kernel out/);
    },
  ));

test('a capture that is not there, and a module that is not there', async () => {
  await withSite(
    { files: { 'runs/2026-01-02-fixture/captures/own.cmk': null }, allow: /404/ },
    async (page, server) => {
      await page.goto(`${server.url}method.html`);
      await page.click('#check-start');
      await page.waitForSelector('#check-result [role=alert]');
      assert.match(await page.textContent('#check-result'), /own\.cmk: expected a capture, the server answered 404/);
    },
  );
  await withSite({ files: { 'chunkmark/chunkmark-core.mjs': null }, allow: /404/ }, async (page, server) => {
    await page.goto(`${server.url}method.html`);
    await page.click('#check-start');
    await page.waitForSelector('#check-result [role=alert]');
    assert.ok(await page.locator('#check-start').isEnabled());
  });
});

test('a local capture is shown as a whole report', () =>
  withSite({}, async (page, server) => {
    await page.goto(`${server.url}open.html`);
    const file = path.join(await webSide(), 'local.cmk');
    const report = peerReport();
    await writeFile(file, JSON.stringify({ figures: report.figures, report: { ...report, result: null } }));
    await page.setInputFiles('#open-file', file);
    await page.waitForSelector('.opened .flame canvas');
    assert.equal(plain(await page.textContent('.opened .verdict h2')), '2 extra copies of 100 MB at the heap peak');
  }));

test('a file that is no capture is refused with the reason', () =>
  withSite({}, async (page, server) => {
    await page.goto(`${server.url}open.html`);
    const file = path.join(await webSide(), 'zeros.cmk');
    await writeFile(file, Buffer.alloc(64));
    await page.setInputFiles('#open-file', file);
    await page.waitForSelector('#open-result [role=alert]');
    assert.match(await page.textContent('#open-result'), /expected a header, found 64 bytes of something else/);
  }));
