// The self-contained report in Chromium, opened from a file: what it says, and that it needs nothing but itself.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';
import { fileUrl, launch, settles, withPage } from './browser.mjs';
import { module } from './fixture/module.mjs';
import { writeReport } from './fixture/page.mjs';
import { ownReport, peerReport } from './fixture/report.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const plain = (text) => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim();
async function open(page, data, name) {
  await page.goto(fileUrl(await writeReport(data, name)));
  await page.waitForSelector('.flame canvas');
}

test('the verdict comes first and holds the four figures', () =>
  withPage(browser, {}, async (page) => {
    await open(page, peerReport(), 'verdict.html');
    assert.equal(plain(await page.textContent('h1')), 'zarr-python 3 writes 100 MB with 2 extra copies');
    const figures = Object.fromEntries(
      await page.$$eval('.figure', (all) =>
        all.map((figure) => [
          figure.querySelector('dt').textContent,
          figure.querySelector('.figure-value').textContent,
        ]),
      ),
    );
    const data = peerReport();
    assert.deepEqual(Object.fromEntries(Object.entries(figures).map(([k, v]) => [k, plain(v)])), {
      'Extra copies': '2',
      'Extra heap': data.figures.extra_heap.toFixed(2),
      'Bytes moved': '1.78',
      Resident: '301 MB',
    });
    const facts = plain(await page.textContent('.facts'));
    for (const part of [
      'array 100 MB',
      'heap peak 301 MB',
      'scratch 191 MB',
      '6,426 allocations',
      '214 ms untraced (median of 5)',
    ]) {
      assert.ok(facts.includes(part), `${part} in ${facts}`);
    }
    assert.equal(await page.locator('.verdict-glyph .array').count(), 1);
    assert.equal(await page.locator('.verdict-glyph .extra').count(), 2);
    const verdictTop = (await page.locator('.verdict').boundingBox()).y;
    assert.ok(verdictTop < (await page.locator('.timeline').boundingBox()).y);
  }));

test('the report of a cell says how to measure it anew', () =>
  withPage(browser, {}, async (page) => {
    const data = peerReport();
    Object.assign(data.result, {
      shape: [300, 20],
      chunks: [100, 20],
      dtype: 'int16',
      data: 'smooth',
      threads: 3,
      durability: 'none',
      slope: 0.5,
      store_filesystem: 'ext4',
    });
    await open(page, data, 'reproduce.html');
    assert.equal(
      plain(await page.textContent('.reproduce')),
      'Reproduce, in a folder on ext4: chunkmark copies --engine zarr-python-3 --format zarr3 ' +
        '--codec blosc --operation write --shape 300,20 --chunks 100,20 --dtype int16 --data smooth --threads 3 --durability none --repeat 5 --store . --slope',
    );
    assert.ok(plain(await page.textContent('.eyebrow')).includes('local disk (ext4)'));
  }));

test('a glyph shows what is left of the extra heap as a level', () =>
  withPage(browser, {}, async (page) => {
    const data = peerReport();
    data.result.extra_copies = 0;
    data.result.extra_heap = 0.6;
    await open(page, data, 'level.html');
    assert.equal(await page.locator('.verdict-glyph .extra').count(), 0);
    const level = await page.locator('.verdict-glyph .level').getAttribute('height');
    assert.ok(Math.abs(Number(level) - 7.2) < 1e-9, level);
    assert.equal(
      await page.locator('.verdict-glyph svg').getAttribute('aria-label'),
      'no extra copy, extra heap 0.60 of the array',
    );
  }));

test('a capture without array size or run record is still a report', () =>
  withPage(browser, {}, async (page) => {
    const data = ownReport();
    data.result = null;
    data.title = 'server.cmk';
    Object.assign(data.figures, { array_bytes: null, extra_copies: null, extra_heap: null });
    data.resident = null;
    await open(page, data, 'bare.html');
    assert.equal(plain(await page.textContent('h1')), '100 MB at the heap peak, 100 % from operator new');
    assert.equal(await page.textContent('.eyebrow'), 'server.cmk');
    const terms = await page.locator('.figure dt').allTextContents();
    assert.deepEqual(terms, ['Heap peak', 'Allocations', 'Bytes moved', 'Traced']);
    assert.ok(!(await page.locator('.figures').textContent()).includes('unknown'));
    assert.match(await page.locator('.verdict').textContent(), /the size of the array is not known/);
  }));

test('a file of another tool shows what it has, and no lines of what it has not', () =>
  withPage(browser, {}, async (page) => {
    const data = ownReport();
    data.result = null;
    for (const absent of [
      'array_bytes',
      'extra_copies',
      'extra_heap',
      'bytes_copied',
      'bytes_in',
      'bytes_out',
      'resident',
    ])
      delete data.figures[absent];
    data.resident = { t_ms: [], anonymous: [], file: [] };
    await open(page, data, 'foreign.html');
    assert.deepEqual(await page.locator('.figure dt').allTextContents(), ['Heap peak', 'Allocations', 'Traced']);
    assert.equal(await page.locator('.timeline-legend li').count(), 1);
    assert.equal(await page.locator('section:has(#timeline-title) header p').textContent(), 'Heap as allocated.');
  }));

test('what a cut capture leaves unknown is called so, and what is known so far at least that', () =>
  withPage(browser, {}, async (page) => {
    const data = ownReport();
    data.result = null;
    Object.assign(data.figures, {
      known_until_ms: 41.5,
      duration_seconds: null,
      live_at_end_bytes: null,
      bytes_copied: null,
      extra_copies: null,
      extra_heap: null,
      peak_heap_bytes: 103_000_000,
      allocations: 1234,
      bytes_in: 5,
      bytes_out: 7,
      scratch_bytes: null,
      resident: { anonymous_bytes: null, file_bytes: null },
    });
    await open(page, data, 'cut.html');
    assert.deepEqual(await page.locator('.figure-value').allTextContents(), [
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
    assert.deepEqual(await page.locator('.figure-unit').count(), 0);
    const facts = (await page.locator('.facts').first().textContent()).replaceAll('\u00a0', ' ');
    assert.match(facts, /heap peak at least 103 MB · at least 1,234 allocations · traced time unknown/);
    assert.match(
      await page.locator('.figures').textContent(),
      /kernel in unknown, out unknown, realloc unknown.*file-backed unknown/,
    );
    assert.equal(await page.textContent('#buffers-title'), 'Buffers at the heap peak so far');
    Object.assign(data.figures, { known_until_ms: null, peak_heap_bytes: null, allocations: null });
    await open(page, data, 'nothing.html');
    assert.match(
      await page.locator('.facts').first().textContent(),
      /heap peak unknown · allocations unknown · traced time unknown/,
    );
  }));

test('unreadable data are said, not thrown', () =>
  withPage(browser, {}, async (page) => {
    const data = peerReport();
    data.flame.parent[3] = 77;
    await page.goto(fileUrl(await writeReport(data, 'broken.html')));
    const said = await page.textContent('[role=alert]');
    assert.match(said, /expected the parent of node 3 before it, found 77/);
  }));

test('text of a capture never becomes markup', () =>
  withPage(browser, {}, async (page) => {
    const data = peerReport();
    const evil = '</script><img src=x onerror="window.hurt=1"><!-- $& ';
    data.title = evil;
    data.figures.command = evil;
    data.frames[3].function = evil;
    data.result = null;
    data.figures.findings = [evil];
    await open(page, data, 'evil.html');
    await page.locator('.flame canvas').hover({ position: { x: 300, y: 50 } });
    assert.equal(plain(await page.textContent('.flame-tip .flame-name')), plain(evil));
    assert.equal(await page.evaluate(() => window.hurt), undefined);
    assert.equal(await page.locator('img').count(), 0);
  }));

test('the timeline names the heap peak and draws every series', () =>
  withPage(browser, {}, async (page) => {
    await open(page, peerReport(), 'timeline.html');
    await page.waitForSelector('.timeline-chart');
    assert.equal(plain(await page.textContent('.peak-label')), 'heap peak 301 MB');
    assert.equal(await page.locator('.timeline-chart .line').count(), 3);
    assert.deepEqual(await page.locator('.mark-label').allTextContents(), ['begin', 'end']);
    const box = await page.locator('.timeline-chart').boundingBox();
    // 300 of 612 ms: between the array's allocation and the first copy.
    await page.mouse.move(box.x + 58 + (300 / 612) * (box.width - 66), box.y + 120);
    assert.match(plain(await page.textContent('.timeline-readout')), /^300 ms heap 110 MB|^299 ms heap 110 MB/);
  }));

test('the heap peak is the one that the figures speak of', () =>
  withPage(browser, {}, async (page) => {
    const data = peerReport();
    // A higher point outside the window is drawn, but it is not the peak that is reported.
    data.timeline.heap[1] = 500e6;
    data.figures.peak_ms = 520.5;
    await open(page, data, 'peak.html');
    assert.equal(plain(await page.textContent('.peak-label')), 'heap peak 301 MB');
  }));

test('the verdict names the buffers that are counted', () =>
  withPage(browser, {}, async (page) => {
    await open(page, peerReport(), 'named.html');
    assert.equal(
      plain(await page.textContent('.named p')),
      'At the heap peak stood 3 buffers of about the array’s size, the array among them:',
    );
    assert.deepEqual(
      (await page.locator('.named li').allTextContents()).map(plain),
      [
        '100 MB rand mtrand.pyx:1218 › PyDataMem_UserNEW',
        '89.1 MB as_numpy_array_wrapper cpu.py:213 › PyBytes_FromStringAndSizereturn prototype.buffer.from_array_like(func(x))',
        '89.1 MB to_bytes core.py:266 › _PyObject_Mallocreturn bytes(self.as_numpy_array())',
      ],
      'each with its source line, where there is one',
    );
    await page.click('.named button >> text=to_bytes');
    assert.match(plain(await page.textContent('.flame-details')), /^to_bytes ?89.1 MB/);
  }));

test('call sites are told from their texts', async () => {
  const p = await module();
  const rows = [
    ['to_bytes /lib/zarr/core.py:266 [malloc]', 'to_bytes', 'core.py:266', 'malloc'],
    [
      'std::vector<int, std::allocator<int> >::reserve vector.tcc:79',
      'std::vector<int, std::allocator<int> >::reserve',
      'vector.tcc:79',
      '',
    ],
    [
      'get_code <frozen importlib._bootstrap_external>:1073 [python3.11+0x62d098]',
      'get_code',
      '<frozen importlib._bootstrap_external>:1073',
      'python3.11',
    ],
    ['_encode /a/core.py:7 [blosc.cpython-311-x86_64-linux-gnu.so+0x160c6]', '_encode', 'core.py:7', 'blosc'],
    [
      'read_bytes /usr/lib/pathlib.py:1051 [_PyBytes_Resize Objects/bytesobject.c:3106]',
      'read_bytes',
      'pathlib.py:1051',
      '_PyBytes_Resize bytesobject.c:3106',
    ],
    ['libblosc.so.1+0x4677', 'libblosc.so.1+0x4677', '', ''],
  ];
  for (const [text, name, place, leaf] of rows) assert.deepEqual(p.label(text), { name, place, leaf }, text);
});

test('the page ends where its words end', () =>
  withPage(browser, { viewport: { width: 1280, height: 400 } }, async (page) => {
    const data = peerReport();
    const { parent, frame, bytes, blocks } = data.flame;
    for (let depth = 0; depth < 300; depth++) {
      parent.push(depth === 0 ? 1 : parent.length - 1);
      frame.push(1);
      bytes.push(1e6);
      blocks.push(1);
    }
    await open(page, data, 'end.html');
    const below = await page.evaluate(
      () =>
        document.documentElement.scrollHeight -
        (document.querySelector('footer').getBoundingClientRect().bottom + window.scrollY),
    );
    assert.ok(Math.abs(below) < 2, `${below} pixels below the footer`);
  }));

test('a question mark shows and hides the keys', () =>
  withPage(browser, {}, async (page) => {
    await open(page, peerReport(), 'keys.html');
    const shown = () => page.locator('dialog.keys').isVisible();
    assert.equal(await shown(), false);
    await page.keyboard.press('?');
    assert.equal(await shown(), true);
    await page.keyboard.press('?');
    assert.equal(await shown(), false);
  }));

test('the verdict says whether the array is among the buffers', () =>
  withPage(browser, {}, async (page) => {
    const cases = [
      [2, '3 buffers of about the array’s size, the array among them:'],
      [3, '3 buffers of about the array’s size, besides the array:'],
      [1, '3 buffers of about the array’s size:'],
    ];
    for (const [copies, expected] of cases) {
      const data = peerReport();
      data.figures.extra_copies = copies;
      await open(page, data, `among-${copies}.html`);
      assert.equal(plain(await page.textContent('.named p')), `At the heap peak stood ${expected}`);
    }
  }));

test('a call site that holds several buffers counts as several', () =>
  withPage(browser, {}, async (page) => {
    const data = peerReport();
    data.figures.buffers_at_peak = [
      { bytes: 290e6, blocks: 3, site: 'malloc', stack: ['malloc'] },
      { bytes: 1000, blocks: 1, stack: ['x'] },
    ];
    await open(page, data, 'several.html');
    assert.equal(
      plain(await page.textContent('.named p')),
      'At the heap peak stood 3 buffers of about the array’s size, the array among them:',
    );
    assert.deepEqual((await page.locator('.named li').allTextContents()).map(plain), ['290 MB malloc, 3 buffers']);
    assert.equal(await page.locator('.buffers tbody tr').count(), 1, 'noise is left to the flame graph');
    assert.ok((await page.textContent('#part-buffers')).includes('1 smaller buffer in the flame graph.'));
  }));

test('buffers from before begin are named as no copy', () =>
  withPage(browser, {}, async (page) => {
    const data = peerReport();
    data.figures.extra_copies = 1;
    data.figures.buffers_at_peak = [
      { bytes: 600e6, bytes_before: 600e6, blocks: 4, site: 'arena', stack: ['arena'] },
      { bytes: 189e6, bytes_before: 100e6, blocks: 2, site: 'make', stack: ['make'] },
      { bytes: 50e6, bytes_before: 4096, blocks: 1, site: 'part', stack: ['part'] },
    ];
    await open(page, data, 'before.html');
    assert.equal(
      plain(await page.textContent('.named p')),
      'At the heap peak stood one buffer of about the array’s size, besides the array:',
    );
    assert.deepEqual((await page.locator('.named li').allTextContents()).map(plain), ['89 MB make']);
    assert.deepEqual((await page.locator('.buffers tbody th').allTextContents()).map(plain), [
      'arenathere before begin: no copy',
      'make100 MB of it before begin',
      'part',
    ]);
  }));

test('a buffer that grew since begin is as old as the largest block since then', async () => {
  const p = await module();
  const intervals = { t0: [5, 50, 60, 95], t1: [200, 200, 200, 200], stack: [1, 1, 2, 1], bytes: [100, 89, 70, 500] };
  const rows = [
    [100, 50],
    [189, 5],
  ]; // bytes_before, since
  for (const [bytes_before, since] of rows) {
    const buffer = { bytes: 189, bytes_before, blocks: 2, stack: [] };
    const figures = { peak_ms: 9, window: { begin_ms: 4, end_ms: 10 }, buffers_at_peak: [buffer] };
    assert.equal(
      p.sinceOf({ columns: { intervals }, figures, tick_ms: 0.1 }, () => 1)(buffer),
      since * 0.1,
      `${bytes_before} before`,
    );
  }
});

test('a buffer leads to its frame', () =>
  withPage(browser, {}, async (page) => {
    await open(page, peerReport(), 'buffers.html');
    const rows = await page.locator('.buffers tbody tr').allTextContents();
    assert.equal(rows.length, 4);
    assert.ok(plain(rows[0]).includes('100 MB'));
    await page.click('.buffers button >> text=to_bytes');
    assert.match(
      plain(await page.textContent('.flame-details')),
      /^to_bytes ?89.1 MB alive at the heap peak, 29.6 %, 1 block/,
    );
    assert.ok(await page.evaluate(() => document.activeElement?.className === 'flame-scroller'));
  }));

test('the template holds its token once and forbids everything from outside', async () => {
  const page = await readFile(await writeReport('token', 'token.html'), 'utf8');
  assert.ok(!page.includes('@@REPORT_DATA@@'));
  assert.match(page, /default-src 'none'; script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+'/);
  assert.ok(
    !/\b(?:src|href)="(?!data:)/.test(page.replace(/<script[\s\S]*?<\/script>/g, '')),
    'a reference to another file',
  );
});

test('prints light, whatever the screen shows', () =>
  withPage(browser, { colorScheme: 'dark', allow: /willReadFrequently/ }, async (page) => {
    await open(page, peerReport(), 'print-dark.html');
    const look = () =>
      page.evaluate(() => {
        const canvas = document.querySelector('.flame canvas');
        const [r, g, b] = canvas.getContext('2d').getImageData(canvas.width - 40, 30, 1, 1).data;
        return { sum: r + g + b, theme: document.documentElement.dataset.theme ?? null };
      });
    const dark = await look();
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    const printed = await look();
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    assert.ok(dark.sum < 384 && printed.sum > 384, `${dark.sum} and ${printed.sum}`);
    assert.equal(printed.theme, 'light');
    await settles(look, dark);
  }));

test('prints on at most four pages', () =>
  withPage(browser, {}, async (page) => {
    await open(page, peerReport(), 'pages.html');
    for (const format of ['A4', 'Letter']) {
      const pdf = (await page.pdf({ format })).toString('latin1');
      const pages = pdf.match(/\/Type\s*\/Page[^s]/g).length;
      assert.ok(pages >= 1 && pages <= 4, `${format}: ${pages} pages`);
    }
  }));

test('prints every row of the flame graph', () =>
  withPage(browser, { viewport: { width: 900, height: 500 } }, async (page) => {
    await open(page, peerReport(), 'print.html');
    const heights = () =>
      page.evaluate(() => ({
        box: document.querySelector('.flame-scroller').clientHeight,
        all: document.querySelector('.flame-spacer').clientHeight,
      }));
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    const printed = await heights();
    assert.equal(printed.box, printed.all);
  }));
