// The flame graph as a control: mouse, keyboard, search, sums.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';
import { fileUrl, launch, settles, withPage } from './browser.mjs';
import { writeReport } from './fixture/page.mjs';
import { peerReport } from './fixture/report.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const kRow = 20;
const plain = (text) => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim();
const details = async (page) => plain(await page.textContent('.flame-details'));
const name = async (page) => plain(await page.textContent('.flame-details .flame-name'));

async function withFlame(body) {
  await withPage(browser, { reducedMotion: 'reduce' }, async (page) => {
    await page.goto(`${fileUrl(await writeReport(peerReport(), 'flame.html'))}#v=heavy&h=0`);
    await page.waitForSelector('.flame canvas');
    await body(page, page.locator('.flame canvas'));
  });
}

test('the root shows the heap peak, whole', () =>
  withFlame(async (page) => {
    assert.match(await details(page), /^all ?301 MB alive at the heap peak, 100 %/);
    assert.match(plain(await page.textContent('#part-flame header p')), /^301 MB alive at the heap peak/);
  }));

test('keys walk the tree: children, siblings, zoom, up, home', () =>
  withFlame(async (page) => {
    await page.focus('.flame-scroller');
    const walk = [
      ['ArrowDown', '_start'],
      ['ArrowDown', '<module>'],
      ['ArrowDown', 'main'],
      ['ArrowDown', 'write'],
      ['ArrowRight', 'rand'],
      ['ArrowLeft', 'write'],
      ['ArrowLeft', 'write'],
      ['ArrowUp', 'main'],
      ['Home', 'all'],
      ['ArrowUp', 'all'],
    ];
    for (const [key, expected] of walk) {
      await page.keyboard.press(key);
      assert.equal(await name(page), expected, `after ${key}`);
    }
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal(plain(await page.textContent('.flame-trail')), 'all › _start › <module> › main › write');
    await page.keyboard.press('ArrowRight');
    assert.equal(await name(page), 'rand', 'a move out of the zoomed part zooms out');
    assert.equal(plain(await page.textContent('.flame-trail')), 'all › _start › <module> › main');
    for (const expected of ['<module>', '_start', 'all', 'all']) {
      await page.keyboard.press('Escape');
      assert.equal(await name(page), expected);
    }
  }));

test('a click zooms, the trail leads back', () =>
  withFlame(async (page, canvas) => {
    await canvas.click({ position: { x: 200, y: 4 * kRow + 8 } });
    assert.equal(await name(page), 'write');
    const width = (await canvas.boundingBox()).width;
    // Zoomed, `write` spans the width: its children are found at the right edge too.
    await canvas.hover({ position: { x: width - 20, y: 5 * kRow + 8 } });
    assert.equal(await page.textContent('.flame-tip .flame-name'), '__setitem__');
    await page.click('.flame-trail button >> text=main');
    assert.equal(await name(page), 'main');
    await page.click('.flame-trail button >> text=all');
    await canvas.hover({ position: { x: width - 60, y: 4 * kRow + 8 } });
    assert.equal(await page.textContent('.flame-tip .flame-name'), 'rand');
  }));

test('with reduced motion a zoom is there at once', () =>
  withFlame(async (page, canvas) => {
    await canvas.click({ position: { x: 200, y: 4 * kRow + 8 } });
    const [first, later] = await page.evaluate(async () => {
      const picture = () => document.querySelector('.flame canvas').toDataURL();
      const frames = async (n) => {
        for (let i = 0; i < n; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
      };
      document
        .querySelector('.flame-scroller')
        .dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
      await frames(2);
      const at_once = picture();
      await frames(20);
      return [at_once, picture()];
    });
    assert.equal(first, later);
  }));

test('the tip holds bytes, share, blocks, place and source', () =>
  withFlame(async (page, canvas) => {
    await canvas.hover({ position: { x: 500, y: 12 * kRow + 8 } });
    const tip = plain(await page.textContent('.flame-tip'));
    assert.match(tip, /^to_bytes ?89.1 MB alive at the heap peak, 29.6 %, 1 block/);
    assert.ok(tip.includes('zarr/core/buffer/core.py:266 · zarr'), tip);
    assert.equal(await page.textContent('.flame-tip .flame-source'), 'return bytes(self.as_numpy_array())');
    await page.mouse.move(5, 5);
    assert.ok(await page.locator('.flame-tip').isHidden());
  }));

/** The search answers at the next frame. */
const answers = (page, expected) => settles(async () => plain(await page.textContent('.toolbar output')), expected);

test('search says how many frames match and what they hold', () =>
  withFlame(async (page) => {
    await page.keyboard.press('/');
    await page.keyboard.type('_encode_single');
    const data = peerReport();
    const held = 89_133_009 + 12_582_912;
    const whole = data.flame.bytes.reduce((a, b) => a + b, 0);
    await answers(page, `1 frame, 102 MB, ${((100 * held) / whole).toFixed(1)} %`);
    await page.keyboard.press('Escape');
    await answers(page, '');
    assert.ok(await page.evaluate(() => document.activeElement?.className === 'flame-scroller'));
    await page.keyboard.press('/');
    await page.keyboard.type('no such thing');
    await answers(page, 'no frame matches');
  }));

test('matches are stepped through, and a regular expression finds them', () =>
  withFlame(async (page) => {
    await page.keyboard.press('/');
    await page.keyboard.type('/^(as_numpy|to_bytes)/');
    await answers(page, '2 frames, 178 MB, 59.2 %');
    const seen = [];
    for (const press of ['Enter', 'Enter', 'Enter', 'Shift+Enter']) {
      await page.keyboard.press(press);
      seen.push(await name(page));
    }
    assert.equal(new Set(seen.slice(0, 2)).size, 2);
    assert.deepEqual([seen[2], seen[3]], [seen[0], seen[1]], 'round, and back');
    await page.fill('input[type=search]', '/(/');
    await settles(async () => /Invalid regular expression/.test(await page.textContent('.toolbar output')), true);
  }));

test('the graph is as high as its stacks, and the wheel moves the page over it', () =>
  withFlame(async (page, canvas) => {
    const scrolls = await page.$eval('.flame-scroller', (view) => view.scrollHeight > view.clientHeight + 1);
    assert.equal(scrolls, false);
    await canvas.hover({ position: { x: 300, y: 50 } });
    const before = await page.evaluate(() => window.scrollY);
    await page.mouse.wheel(0, 120);
    await settles(async () => (await page.evaluate(() => window.scrollY)) > before, true);
  }));

test('Ctrl with the wheel and + zoom, Shift with an arrow pans, Home shows all', () =>
  withFlame(async (page, canvas) => {
    const picture = () => canvas.evaluate((of) => of.toDataURL());
    await page.focus('.flame-scroller');
    const whole = await picture();
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await settles(async () => (await picture()) !== whole, true);
    const near = await picture();
    await page.keyboard.press('Shift+ArrowRight');
    await settles(async () => (await picture()) !== near, true);
    await page.keyboard.press('Home');
    await settles(picture, whole);
    await canvas.hover({ position: { x: 300, y: 50 } });
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -120);
    await page.keyboard.up('Control');
    await settles(async () => (await picture()) !== whole, true);
  }));

test('what is shown is saved as CSV, JSON and SVG, and a stack is copied', () =>
  withFlame(async (page) => {
    const saved = async (end) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click(`.flame-bar button:text-is("${end}")`),
      ]);
      return readFile(await download.path(), 'utf8');
    };
    const data = peerReport();
    const whole = data.flame.bytes.reduce((a, b) => a + b, 0);
    const [head, ...lines] = (await saved('CSV')).trimEnd().split('\r\n');
    assert.equal(head, 'bytes,blocks,stack');
    assert.equal(
      lines.reduce((sum, line) => sum + Number(line.split(',')[0]), 0),
      whole,
    );
    const { stacks } = JSON.parse(await saved('JSON'));
    assert.equal(
      stacks.reduce((sum, { bytes }) => sum + bytes, 0),
      whole,
    );
    assert.ok(stacks.some(({ stack }) => stack.at(-2)?.startsWith('to_bytes ')));
    const svg = await saved('SVG');
    const shapes = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      return parsed.querySelector('parsererror') ? 0 : parsed.querySelectorAll('rect').length;
    }, svg);
    assert.ok(shapes > 10, `${shapes} frames`);
    await page
      .context()
      .grantPermissions(['clipboard-read', 'clipboard-write'])
      .catch(() => {});
    await page.focus('.flame-scroller');
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
    await page.click('text=Copy stack');
    await settles(() => page.textContent('.flame-details button'), 'Copied');
  }));

test('pixels are as wide as bytes', () =>
  withFlame(async (page) => {
    // The row of `write` and `rand`: count the pixels before the first change of colour after the left edge.
    const measured = await page.evaluate((row) => {
      const canvas = document.querySelector('.flame canvas');
      const line = canvas.getContext('2d').getImageData(0, row * 20 + 2, canvas.width, 1).data;
      const at = (x) => `${line[4 * x]},${line[4 * x + 1]},${line[4 * x + 2]}`;
      let x = 1;
      while (x < canvas.width && at(x) === at(0)) x += 1;
      return x / canvas.width;
    }, 4);
    const data = peerReport();
    const whole = data.flame.bytes.reduce((a, b) => a + b, 0);
    const expected = (89_133_009 + 89_132_993 + 12_582_912) / whole;
    assert.ok(Math.abs(measured - expected) < 0.005, `${measured} for ${expected}`);
  }));

test('touch selects first and zooms second', async () => {
  await withPage(
    browser,
    { reducedMotion: 'reduce', hasTouch: true, viewport: { width: 375, height: 800 } },
    async (page) => {
      await page.goto(`${fileUrl(await writeReport(peerReport(), 'touch.html'))}#v=heavy&h=0`);
      const canvas = page.locator('.flame canvas');
      await canvas.scrollIntoViewIfNeeded();
      await canvas.tap({ position: { x: 60, y: 4 * kRow + 8 } });
      assert.equal(await name(page), 'write');
      assert.ok(await page.locator('.flame-trail').isHidden());
      await canvas.tap({ position: { x: 60, y: 4 * kRow + 8 } });
      assert.ok(await page.locator('.flame-trail').isVisible());
    },
  );
});
