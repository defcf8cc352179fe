// The pages beside the overview: the method's check, files that are opened.
import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { fileUrl, launch, settles, withPage } from './browser.mjs';
import { webSide } from './fixture/page.mjs';
import { peerReport } from './fixture/report.mjs';
import { peerReport2 } from './fixture/report2.mjs';
import { publishedRows, runRecord, writeSite } from './fixture/site.mjs';
import { modulesFolder } from './fixture/storage.mjs';
import { skip as studySkip } from './fixture/study.mjs';
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

test('a capture that takes long can be given up, and another one opens at once', () =>
  withSite({}, async (page, server) => {
    await page.goto(`${server.url}open.html`);
    const long = path.join(await webSide(), 'long.cmk');
    await writeFile(long, JSON.stringify({ endless: true }));
    await page.setInputFiles('#open-file', long);
    await page.waitForSelector('#open-result progress');
    await settles(() => page.workers().length, 1);
    await page.click('#open-cancel');
    assert.equal(plain(await page.textContent('#open-result')), 'long.cmk was not opened: cancelled.');
    await settles(() => page.workers().length, 0);
    // A choice ends what is read before it as well.
    await page.setInputFiles('#open-file', long);
    await page.waitForSelector('#open-result progress');
    const file = path.join(await webSide(), 'next.cmk');
    const report = peerReport();
    await writeFile(file, JSON.stringify({ figures: report.figures, report: { ...report, result: null } }));
    await page.setInputFiles('#open-file', file);
    await page.waitForSelector('.opened .flame canvas');
    await settles(() => page.workers().length, 1);
  }));

test('what is opened has an address that survives a reload', () =>
  withSite({}, async (page, server) => {
    await page.goto(`${server.url}open.html`);
    const report = peerReport();
    const file = path.join(await webSide(), 'kept.cmk');
    await writeFile(file, JSON.stringify({ figures: report.figures, report: { ...report, result: null } }));
    await page.setInputFiles('#open-file', file);
    await page.waitForSelector('.opened .flame canvas');
    assert.match(page.url(), /open\.html#file=[0-9a-f-]{36}$/);
    await page.reload();
    await page.waitForSelector('.opened .flame canvas');
    assert.equal(plain(await page.textContent('.opened .verdict h2')), '2 extra copies of 100 MB at the heap peak');
    assert.equal(await page.locator('.recent a').textContent(), 'kept.cmk');
    await page.goBack();
    await page.waitForFunction(() => !document.querySelector('.opened'));
  }));

test('a run record opens as its tables', () =>
  withSite({}, async (page, server) => {
    await page.goto(`${server.url}open.html`);
    const file = path.join(await webSide(), 'run.json');
    await writeFile(file, JSON.stringify(runRecord()));
    await page.setInputFiles('#open-file', file);
    await page.waitForSelector('.opened .matrix');
    assert.equal(await page.locator('.opened .matrix tbody tr').count(), 3);
  }));

const kOwn = '2026-01-02-fixture/0';
const kPeer = '2026-01-02-fixture/3';
const changes = async (page) => (await page.locator('.figures-compared td:last-child').allTextContents()).map(plain);

test('a capture compared with itself changed nothing, and swapping negates', () =>
  withSite({}, async (page, server) => {
    const compare = async (a, b) => {
      await page.goto('about:blank');
      await page.goto(`${server.url}compare.html#${new URLSearchParams({ a, b })}`);
      await page.waitForSelector('.flame canvas');
      return changes(page);
    };
    assert.deepEqual([...new Set(await compare(kPeer, kPeer))], ['0']);
    assert.match(await page.textContent('#comparison'), /No function holds more or less/);
    const there = await compare(kOwn, kPeer);
    assert.ok(there.includes('+201 MB'), String(there));
    assert.match(plain(await page.textContent('.flame-details')), /100 MB before, 301 MB after: \+201 MB/);
    const negated = there.map((text) => text.replace(/[+−]/, (sign) => (sign === '+' ? '−' : '+')));
    await page.click('#swap');
    await settles(() => changes(page), negated);
    const back = new URLSearchParams(new URL(page.url()).hash.slice(1));
    assert.deepEqual([back.get('a'), back.get('b')], [kPeer, kOwn]);
    await page.hover('.overlay svg');
    assert.match(await page.textContent('.overlay + .mono'), /before .*, after /);
  }));

test('a stretch of both captures is compared', () =>
  withSite({}, async (page, server) => {
    await page.goto(`${server.url}compare.html`);
    const report = peerReport2();
    for (const name of ['before.cmk', 'after.cmk']) {
      const file = path.join(await webSide(), name);
      await writeFile(file, JSON.stringify({ figures: report.figures, report: { ...report, result: null } }));
      await page.waitForSelector('#add:enabled', { state: 'attached' });
      await page.setInputFiles('#add', file);
      await page.waitForFunction((of) => document.body.textContent.includes(of), name);
    }
    const said = async () => plain((await page.locator('section > p[aria-live]').allTextContents()).join());
    await settles(said, 'between the marks: heap peak 301 MB before, 301 MB after, 0');
    const end = page.getByRole('slider', { name: 'End of the range' });
    await end.focus();
    await page.keyboard.press('Home');
    await settles(
      async () => (await said()).replace(/ [\d.]+ MB/g, ' # MB').replace(/^.*?: /, ''),
      'heap peak # MB before, # MB after, 0',
    );
    assert.doesNotMatch(await said(), /301 MB|between/);
  }));

test('two whole runs are compared case by case', () => {
  const other = { ...runRecord(), id: 'later', created: '2026-02-03T00:00:00Z' };
  other.results = other.results
    .slice(0, 2)
    .map((row, i) => (i === 0 ? { ...row, extra_copies: 7, extra_heap: 7.1 } : row));
  return withSite({ others: [other] }, async (page, server) => {
    await page.goto(`${server.url}compare.html#${new URLSearchParams({ a: `run:${runRecord().id}`, b: 'run:later' })}`);
    await page.waitForSelector('.runs-compared');
    assert.match(
      plain(await page.textContent('#comparison .answer')),
      /^2 cases in both runs: other extra copies in 1\.$/,
    );
    const rows = await page.locator('.runs-compared tbody tr').allTextContents();
    assert.equal(rows.length, runRecord().results.length);
    assert.match(plain(rows[0]), /0.00 → 7\.10/);
    await page.selectOption('select[name=b]', kPeer);
    await page.waitForSelector('#comparison [role=alert]');
    assert.match(await page.textContent('#comparison'), /expected two of a kind/);
  });
});

test('runs are listed, newest first, and searched by what they measured', () => {
  const other = { ...runRecord(), id: 'later', created: '2026-02-03T00:00:00Z' };
  other.results = other.results.slice(0, 1);
  return withSite({ others: [other] }, async (page, server) => {
    await page.goto(`${server.url}runs.html`);
    const rows = async () => (await page.locator('.runs tbody th').allTextContents()).map(plain);
    await settles(rows, ['2026-02-03 00:00', '2026-01-02 03:04']);
    await page.keyboard.press('/');
    await page.keyboard.type('OBSTORE disk');
    await settles(rows, []);
    await page.fill('#search', 'zarr-python local');
    await settles(rows, ['2026-01-02 03:04']);
    await page.reload();
    await settles(rows, ['2026-01-02 03:04']);
    await page.click('.runs a');
    await page.waitForSelector('.matrix');
    assert.match(plain(await page.textContent('main')), /Example CPU 3000, 2 cores/);
  });
});

test('the history of a case has all its runs', () => {
  const other = { ...runRecord(), id: 'before', created: '2025-02-03T00:00:00Z' };
  other.results = other.results.map((result) => ({ ...result, extra_heap: 3 }));
  return withSite({ others: [other] }, async (page, server) => {
    await page.goto(`${server.url}history.html#case=chunkmark-reads-none-zarr3-local`);
    await page.waitForSelector('.history');
    assert.equal(await page.locator('.history tbody tr').count(), 2);
    assert.equal(await page.locator('.trend circle').count(), 4);
    assert.equal(await page.$eval('#case', (choice) => choice.value), 'chunkmark-reads-none-zarr3-local');
    await page.click('text=The page of this case');
    await page.waitForSelector('.verdict');
    assert.equal(await page.locator('.history tbody tr').count(), 2);
    assert.ok((await page.locator('.neighbours a').count()) > 2);
  });
});

test('opened from a file, a page says what it cannot do there', () =>
  withPage(browser, { allow: /CORS|ERR_FAILED/ }, async (page) => {
    await page.goto(fileUrl(path.join(await webSide(), 'site', 'index.html')));
    assert.match(await page.textContent('.file-word'), /Serve the folder instead/);
  }));

test(
  'run it here: progress, memory, and a result beside the others within 30 s; a cancel ends it',
  { skip: studySkip },
  async () => {
    const folder = await writeSite({ change: (run) => ({ ...run, published: publishedRows() }) });
    for (const name of ['study', 'traced'])
      for (const end of ['mjs', 'wasm']) {
        const file = `chunkmark-${name}.${end}`;
        await cp(path.join(modulesFolder, file), path.join(folder, 'chunkmark', file));
      }
    const server = await serve(folder, '/a/b/');
    try {
      await withPage(browser, {}, async (page) => {
        await page.goto(server.url);
        await page.click('a.primary');
        await page.selectOption('[name=size]', '6.25');
        await page.click('#start');
        await page.waitForSelector('.beside');
        const rows = (await page.locator('section').first().locator('tbody tr').allTextContents()).map(plain);
        assert.match(rows[0], /^Chunkmark .*this browser, in memory ?0/);
        assert.ok(
          rows.some((row) => /zarr-python 3 .*native, on disk/.test(row)),
          rows.join('\n'),
        );
        assert.ok(
          rows.some((row) => /published by memray-array/.test(row)),
          rows.join('\n'),
        );
        assert.equal(await page.locator('.beside').count(), 4);
        assert.match(plain(await page.textContent('#memory')), /Memory of the study: .* at most/);
        assert.equal(await page.$eval('#bar', (bar) => bar.value), 1);
        await page.click('#start');
        await page.click('#cancel');
        await settles(() => page.textContent('#doing'), 'Cancelled');
        assert.equal(await page.isEnabled('#start'), true);
      });
    } finally {
      await server.close();
    }
  },
);
