// A report that holds every interval: the brush, the modes, the views, the filter, permalinks. Totals must agree everywhere.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { fileUrl, launch, settles, withPage } from './browser.mjs';
import { writeReport } from './fixture/page.mjs';
import { aliveAt, peakWithin, peerReport2, peerRows } from './fixture/report2.mjs';
import { module } from './fixture/module.mjs';

let browser;
let p;
let url;
before(async () => {
  browser = await launch();
  p = await module();
  url = fileUrl(await writeReport(peerReport2(), 'ranges.html'));
});
after(() => browser?.close());

const plain = (text) => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim();
const text = async (page, selector) => plain(await page.textContent(selector));
const { intervals, copies, transfers } = peerRows();
const sum = (rows) => rows.reduce((total, row) => total + row.bytes, 0);
const us = (ms) => Math.round(ms * 1000);

async function withReport(fragment, body, options = {}) {
  await withPage(browser, { reducedMotion: 'reduce', ...options }, async (page) => {
    await page.goto(`${url}${fragment}`);
    await page.waitForSelector('.functions tfoot');
    await body(page);
  });
}

/** The three places that say what a range holds. They follow a change at their own pace. */
async function totals(page, expected) {
  await settles(() => page.getAttribute('.functions [data-sum]', 'data-sum'), String(expected));
  const shown = p.bytes(expected).replaceAll('\u00a0', ' ');
  assert.ok(
    (await text(page, '.range-statement')).includes(`: ${shown} `),
    `${await text(page, '.range-statement')} has ${shown}`,
  );
  assert.ok((await text(page, '#part-flame header p')).startsWith(shown));
  return shown;
}

test('it opens on the marked operation, at its heap peak', () =>
  withReport('', async (page) => {
    const peak = peakWithin(intervals, us(398), us(573));
    const shown = await totals(page, peak.bytes);
    assert.equal(await text(page, '.peak-label'), `heap peak ${shown}`);
    assert.ok((await text(page, '.facts')).includes(`heap peak ${shown}`), 'the verdict says the same');
    assert.equal(new URL(page.url()).hash, '');
  }));

test('every mode says the same number everywhere', () =>
  withReport('', async (page) => {
    const within = (t) => t >= us(398) && t <= us(573);
    const expected = {
      'Alive at end': aliveAt(intervals, us(573)),
      Allocated: sum(intervals.filter((row) => within(row.t0))),
      Copied: sum(copies.filter((row) => within(row.t))),
      Transferred: sum(transfers.filter((row) => within(row.t))),
      'Alive at peak': peakWithin(intervals, us(398), us(573)).bytes,
    };
    for (const [mode, bytes] of Object.entries(expected)) {
      await page.click(`.choice label:has-text("${mode}")`);
      await totals(page, bytes);
    }
  }));

test('numbers choose a range', () =>
  withReport('', async (page) => {
    await page.fill('[aria-label="Range from, milliseconds"]', '100');
    await page.press('[aria-label="Range from, milliseconds"]', 'Enter');
    await page.fill('[aria-label="Range to, milliseconds"]', '404.5');
    await page.press('[aria-label="Range to, milliseconds"]', 'Enter');
    await totals(page, peakWithin(intervals, us(100), us(404.5)).bytes);
    assert.equal(new URL(page.url()).hash, '#t=100-404.5');
  }));

test('a drag chooses a range, a double click everything', () =>
  withReport('', async (page) => {
    const pad = await page.locator('.brush-pad').boundingBox();
    const at = (ms) => pad.x + (ms / 612) * pad.width;
    await page.mouse.move(at(300), pad.y + 60);
    await page.mouse.down();
    await page.mouse.move(at(340), pad.y + 70, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction(() => location.hash.includes('t='));
    const [, from, to] = /^#t=([\d.]+)-([\d.]+)$/.exec(new URL(page.url()).hash).map(Number);
    assert.ok(Math.abs(from - 300) < 2 && Math.abs(to - 340) < 2, `${from} to ${to}`);
    await totals(page, peakWithin(intervals, us(from), us(to)).bytes);
    await page.mouse.dblclick(at(500), pad.y + 60);
    await totals(page, peakWithin(intervals, 0, us(612)).bytes);
  }));

test('both ends are sliders for keys', () =>
  withReport('', async (page) => {
    await page.focus('[role=slider][aria-label="End of the range"]');
    for (let i = 0; i < 10; i++) await page.keyboard.press('Shift+ArrowLeft');
    assert.equal(
      plain(await page.getAttribute('[role=slider][aria-label="End of the range"]', 'aria-valuetext')),
      '398 ms',
      'it stops at the start',
    );
    await totals(page, aliveAt(intervals, us(398)));
    await page.keyboard.press('End');
    await totals(page, peakWithin(intervals, us(398), us(612)).bytes);
    await page.keyboard.press('p');
    await totals(page, peakWithin(intervals, us(398), us(573)).bytes);
  }));

test('brackets move the range', () =>
  withReport('', async (page) => {
    const range = () => page.$$eval('.range-bar input', (all) => all.map((input) => Number(input.value)));
    const [from, to] = await range();
    const step = 0.1 * (to - from);
    for (const [key, moved] of [
      [']', step],
      ['[', 0],
      ['[', -step],
    ]) {
      await page.keyboard.press(key);
      await settles(
        async () => (await range()).map((value) => Math.round(value)),
        [from + moved, to + moved].map((value) => Math.round(value)),
      );
    }
    for (let i = 0; i < 9; i++) await page.keyboard.press(']');
    await settles(async () => (await range())[1], 612);
    assert.ok(Math.abs((await range())[0] - (612 - (to - from))) < 0.01, 'at the end it keeps its length');
  }));

test('resident peak shows what the heap held then', () =>
  withReport('', async (page) => {
    await page.click('.range-bar button:has-text("Resident peak")');
    await totals(page, aliveAt(intervals, us(560)));
    assert.match(await text(page, '.range-statement'), /^398 ms to 560 ms: .* alive at the end of the range/);
    await page.click('.range-bar button:has-text("Everything")');
    await totals(page, aliveAt(intervals, us(612)));
  }));

test('a choice of threads holds for every number', () =>
  withReport('', async (page) => {
    await page.click('.threads summary');
    await page.uncheck('.threads label:has-text("main") input');
    const workers = intervals.filter((row) => row.thread > 0);
    const shown = await totals(page, peakWithin(workers, us(398), us(573)).bytes);
    assert.equal(await text(page, '.peak-label'), `heap peak ${shown}`);
    assert.ok((await text(page, '.timeline-legend li')).includes(`peak ${shown}`), 'the line is of those threads');
    await page.reload();
    await page.waitForSelector('.functions tfoot');
    await totals(page, sum(workers));
    await page.click('.threads summary');
    await page.check('.threads label:has-text("main") input');
    await totals(page, peakWithin(intervals, us(398), us(573)).bytes);
  }));

test('views turn the graph and keep its sum', () =>
  withReport(
    '#h=0',
    async (page) => {
      const whole = peakWithin(intervals, us(398), us(573)).bytes;
      const tree = () =>
        page.$$eval('.flame-scroller [role=treeitem]', (all) => all.map((item) => item.textContent.split(',')[0]));
      assert.deepEqual((await tree()).slice(0, 2), ['all', '_start']);
      for (const [view, child] of [
        ['Inverted', 'PyDataMem_UserNEW'],
        ['Left-heavy', '_start'],
        ['Flame', '_start'],
        ['Icicle', '_start'],
      ]) {
        await page.click(`.choice label:has-text("${view}")`);
        await settles(async () => (await tree())[1], child);
        await totals(page, whole);
      }
      await page.click('.choice label:has-text("Flame")');
      const corner = (y) =>
        page.evaluate((at) => {
          const canvas = document.querySelector('.flame canvas');
          const row = at < 0 ? canvas.height + at : at;
          return [...canvas.getContext('2d').getImageData(Math.round(canvas.width * 0.3), row, 1, 1).data];
        }, y);
      await settles(async () => String(await corner(-10)) !== String(await corner(5)), true);
    },
    { allow: /willReadFrequently/ },
  ));

test('interpreter frames are hidden until asked for, recursion collapses', () =>
  withReport('', async (page) => {
    const whole = peakWithin(intervals, us(398), us(573)).bytes;
    const second = () => page.$$eval('.flame-scroller [role=treeitem]', (all) => all[1].textContent.split(',')[0]);
    await settles(second, '<module>'); // libpython's _start is gone
    await totals(page, whole);
    await page.click('.toggle:has-text("Collapse recursion")');
    await totals(page, whole);
    await page.click('.toggle:has-text("Hide interpreter frames")');
    await settles(second, '_start');
    await totals(page, whole);
    await settles(() => new URL(page.url()).hash, '#c=1&h=0');
  }));

test('the tree behind the canvas follows the focus', () =>
  withReport('#v=heavy&h=0', async (page) => {
    await page.focus('.flame-scroller');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    const focused = await page.evaluate(() => {
      const scroller = document.querySelector('.flame-scroller');
      const item = document.getElementById(scroller.getAttribute('aria-activedescendant'));
      return {
        text: item.textContent,
        level: item.getAttribute('aria-level'),
        set: item.getAttribute('aria-setsize'),
        at: item.getAttribute('aria-posinset'),
        selected: item.getAttribute('aria-selected'),
      };
    });
    assert.match(plain(focused.text), /^write, 191 MB, 63.4 %$/);
    assert.deepEqual([focused.level, focused.set, focused.at, focused.selected], ['5', '2', '1', 'true']);
    const around = (await page.locator('.flame-scroller [role=treeitem]').allTextContents()).map(
      (item) => item.split(',')[0],
    );
    assert.deepEqual(around, ['all', '_start', '<module>', 'main', 'write', '__setitem__', 'rand']);
  }));

test('a link brings back range, mode, view, search and frame', () =>
  withReport('', async (page) => {
    await page.fill('[aria-label="Range to, milliseconds"]', '600');
    await page.press('[aria-label="Range to, milliseconds"]', 'Enter');
    await page.click('.choice label:has-text("Left-heavy")');
    await page.click('.choice label:has-text("Allocated")');
    await page.focus('.flame-scroller');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    await page.fill('input[type=search]', 'zarr');
    await page.waitForFunction(() => location.hash.includes('q=zarr'));
    const link = page.url();
    const before = [
      await text(page, '.range-statement'),
      await text(page, '.flame-trail'),
      await text(page, '.toolbar output'),
      await text(page, '.flame-details'),
    ];
    assert.match(before[1], /__setitem__$/);
    await page.goto('about:blank');
    await page.goto(link);
    await page.waitForSelector('.functions tfoot');
    const again = [
      await text(page, '.range-statement'),
      await text(page, '.flame-trail'),
      await text(page, '.toolbar output'),
      await text(page, '.flame-details'),
    ];
    assert.deepEqual(again, before);
    assert.equal(page.url(), link);
  }));

test('going back undoes a step', () =>
  withReport('', async (page) => {
    await page.click('.choice label:has-text("Copied")');
    await totals(page, sum(copies));
    await page.goBack();
    await totals(page, peakWithin(intervals, us(398), us(573)).bytes);
    assert.ok(await page.isChecked('.choice input[value=peak]'));
  }));

test('a link that says nonsense opens the report as it is', () =>
  withReport('#t=9-1&m=xx&v=&th=77.a&f=zz&q=%E0%A4&c=7', async (page) => {
    await totals(page, peakWithin(intervals, us(398), us(573)).bytes);
  }));

test('callers and callees add up to the function', () =>
  withReport('#v=heavy', async (page) => {
    await page.click('.more button');
    await page.click('.functions button:has-text("write_batch")');
    assert.match(
      await text(page, '.neighbours-name'),
      /^write_batch: 191 MB, 63.4 % of what is shown; 0 bytes its own\./,
    );
    const side = (n) => page.locator('.neighbours table').nth(n).locator('tbody tr').allTextContents();
    assert.deepEqual((await side(0)).map(plain), ['_set_selection191 MB100 %']);
    assert.deepEqual(
      (await side(1)).map((row) => plain(row).replace(/[\d.]+ MB.*/, '')),
      ['_encode_single', '_put'],
    );
    await page.click('.neighbours button:has-text("_put")');
    assert.match(await text(page, '.neighbours-name'), /^_put: 89.1 MB/);
    await page.click('.neighbours button:has-text("Find it")');
    await page.waitForFunction(() => document.querySelector('input[type=search]').value === '_put');
  }));

test('the table sorts by each column', () =>
  withReport('#h=0', async (page) => {
    const first = () => page.textContent('.functions tbody tr:first-child th button');
    assert.equal(await first(), 'PyDataMem_UserNEW');
    await page.click('.functions .sort:has-text("With callees")');
    assert.equal(await first(), '_start');
    assert.equal(
      await page.getAttribute('.functions th:has(.sort:has-text("With callees"))', 'aria-sort'),
      'descending',
    );
    await page.click('.functions .sort:has-text("Function")');
    assert.equal(await first(), '__setitem__');
    await page.click('.functions .sort:has-text("Function")');
    assert.notEqual(await first(), '__setitem__');
    assert.equal(await page.locator('.functions tbody tr').count(), 20);
    await page.click('.more button');
    assert.ok((await page.locator('.functions tbody tr').count()) > 40);
  }));

test('a buffer is shown at the heap peak, whatever was chosen', () =>
  withReport('#t=0-100&m=copied&v=inverted', async (page) => {
    for (const name of ['to_bytes', 'as_numpy_array_wrapper']) {
      await page.click(`.buffers button >> text=${name}`);
      const row = plain(
        await page.locator('.buffers tr', { hasText: name }).last().locator('td.number').first().textContent(),
      );
      assert.ok((await text(page, '.flame-details .flame-size')).startsWith(`${row} alive at the heap peak`), row);
    }
    assert.deepEqual((await page.locator('.buffers tbody tr td:nth-child(5)').allTextContents()).map(plain), [
      '230 ms',
      '405 ms',
      '521 ms',
      '404 ms',
    ]);
  }));

test('a range in which nothing happened says so', () =>
  withReport('#t=0-5&m=copied', async (page) => {
    await totals(page, 0);
    assert.equal(await text(page, '.flame-empty'), 'There is nothing here: 0 bytes copied.');
    assert.ok(await page.locator('.flame-scroller').isHidden());
    await page.click('.range-bar button:has-text("Everything")');
    await totals(page, sum(copies));
    assert.ok(await page.locator('.flame-scroller').isVisible());
  }));

test('statistics are of the range', () =>
  withReport('#t=400-415', async (page) => {
    const inside = intervals.filter((row) => row.t0 >= us(400) && row.t0 <= us(415));
    const facts = Object.fromEntries(
      await page.$$eval('.statistics > div', (all) =>
        all.map((d) => [d.children[0].textContent, d.children[1].textContent]),
      ),
    );
    assert.equal(plain(facts.Allocated), plain(p.bytes(sum(inside))));
    assert.equal(plain(facts.Blocks), p.count(inside.reduce((n, row) => n + row.blocks, 0)));
    const rows = await page.$$eval('.histogram tbody tr', (all) =>
      all.map((row) => Number(row.children[1].textContent.replaceAll(',', ''))),
    );
    assert.equal(
      rows.reduce((a, b) => a + b, 0),
      inside.reduce((n, row) => n + row.blocks, 0),
    );
  }));

test('a state goes into a fragment and comes back', () => {
  const defaults = {
    from: 0,
    to: 612_000,
    mode: 'peak',
    view: 'icicle',
    query: '',
    threads: null,
    collapse: false,
    hide: false,
    frame: '0',
  };
  const states = [
    defaults,
    { ...defaults, from: 1, to: 611_999 },
    { ...defaults, query: 'a&b=c#d %', threads: [0, 3], frame: '0123456789abcdef' },
    { ...defaults, mode: 'copied', view: 'inverted', collapse: true, hide: true },
  ];
  for (const tick of [0.001, 1e-6, 0.0037]) {
    for (const state of states)
      assert.deepEqual(p.fromFragment(`#${p.toFragment(state, defaults, tick)}`, defaults, tick, 612_000, 5), state);
  }
  assert.equal(p.toFragment(defaults, defaults, 1), '');
});
