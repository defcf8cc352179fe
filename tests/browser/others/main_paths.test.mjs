// The main paths in Firefox and in WebKit: both studies, storage, the report's element, every page of the site.
// CHUNKMARK_FIREFOX names another Firefox.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { load } from '../../../web/packages.mjs';
import { packageSite, pageOf } from '../fixture/package.mjs';
import { program, storage } from '../fixture/storage.mjs';
import { launchWebKit } from './webkit.mjs';

async function launchFirefox() {
  const executablePath = process.env.CHUNKMARK_FIREFOX ?? '/usr/bin/firefox-esr';
  const browser = await load('playwright-core').firefox.launch({ channel: 'moz-firefox', executablePath });
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  return {
    version: () => `Firefox ${browser.version()}`,
    goto: (url) => page.goto(url),
    evaluate: (body, given) => page.evaluate(body, given),
    close: () => browser.close(),
  };
}

let site, run;
const kCells = { formats: ['zarr3'], codecs: ['none', 'blosc', 'zstd'], repeat: 1, shape: [2500, 2500] };

before(async () => {
  site = await packageSite('others', async ({ folder }) => {
    const runs = path.join(folder, 'runs');
    await mkdir(runs);
    const cells = ['--engine', 'chunkmark', '--format', 'zarr3', '--codec', 'none,zstd', '--shape', '500,500'];
    execFileSync(program, ['copies', ...cells, '--repeat', '1', '--store', folder, '--out', runs], { stdio: 'ignore' });
    execFileSync(program, ['site', '--runs', runs, '-o', path.join(folder, 'site')], { stdio: 'ignore' });
    [run] = readdirSync(runs);
    const [capture] = readdirSync(path.join(runs, run, 'captures'));
    await writeFile(
      path.join(folder, 'element.html'),
      pageOf(`<script type="module" src="./chunkmark/report.mjs"></script>
        <chunkmark-report src="runs/${run}/captures/${capture}"></chunkmark-report>`),
    );
    const file = await (await storage('hdf5')).newHdf5();
    const data = Float64Array.from({ length: 10_000 }, (_, i) => i);
    await file.commit({ version: 'r0', set: [{ path: 'x', dtype: '<f8', shape: [10_000], data }] });
    await writeFile(path.join(folder, 'prices.h5'), file.bytes());
  });
});
after(() => site?.close());

for (const [name, start] of [
  ['Firefox', launchFirefox],
  ['WebKit', launchWebKit],
]) {
  test(name, async (each) => {
    const browser = await start();
    each.after(() => browser.close());
    each.diagnostic(browser.version());
    const ready = async (page, selector) => {
      await browser.goto(`${site.server.url}${page}`);
      await browser.evaluate(async (wanted) => {
        const until = performance.now() + 60_000;
        const found = () => (wanted.startsWith('window.') ? window[wanted.slice(7)] : document.querySelector(wanted));
        while (!found()) {
          if (performance.now() > until) throw new Error(`${wanted} does not come: ${document.body.innerText}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }, selector);
    };

    await ready('page.html', 'window.study');
    const hasPrivateFiles = await browser.evaluate(async () => 'getDirectory' in (navigator.storage ?? {}));
    const stores = hasPrivateFiles ? ['memory', 'opfs'] : ['memory'];
    each.diagnostic(`stores: ${stores.join(', ')}`);

    for (const store of stores) {
      await each.test(`both studies, ${store}`, async () => {
        await ready('page.html', 'window.study');
        const { copies, versions } = await browser.evaluate(
          async (given) => ({
            copies: (await window.study.runStudy(given)).record,
            versions: (
              await window.study.runVersionStudy({ store: given.store, transactions: [10], reads: 2, traced: 2 })
            ).record,
          }),
          { ...kCells, store },
        );
        assert.deepEqual([...copies.failures, ...versions.failures], []); // what is read back is checked by its hashes
        assert.deepEqual([copies.results.length, versions.results.length], [6, 2]);
        for (const row of copies.results) assert.equal(row.extra_copies, 0, JSON.stringify(row));
      });
    }

    await each.test('a file on a server is read by ranges', async () => {
      await ready('page.html', 'window.chunkmark');
      const data = await browser.evaluate(async () => {
        const storage = await window.chunkmark.Storage.start();
        const part = await (await storage.openHdf5('prices.h5')).read('x', { region: [[9000], [3]] });
        storage.close();
        return [...part.data];
      });
      assert.deepEqual(data, [9000, 9001, 9002]);
    });

    await each.test('a file in the private file system stays, or is refused by name', async () => {
      await ready('page.html', 'window.chunkmark');
      const told = await browser.evaluate(async () => {
        const opened = async (change) => {
          const storage = await window.chunkmark.Storage.start();
          try {
            return await change(await storage.openHdf5InOpfs('kept.h5'));
          } catch (error) {
            return error.message;
          } finally {
            storage.close();
          }
        };
        const set = [{ path: 'x', dtype: '<i4', shape: [3], data: new Int32Array([4, 5, 6]) }];
        await opened((file) => file.commit({ version: 'a', set }));
        return opened(async (file) => [...(await file.read('x', { version: 'a' })).data]);
      });
      if (hasPrivateFiles) assert.deepEqual(told, [4, 5, 6]);
      else assert.match(told, /private file system: expected one, this browser has none/);
    });

    await each.test('<chunkmark-report> shows a capture', async () => {
      await ready('element.html', 'chunkmark-report');
      const text = await browser.evaluate(async () => {
        const shown = () => document.querySelector('chunkmark-report').shadowRoot;
        const until = performance.now() + 60_000;
        while (!shown()?.querySelector('canvas') && performance.now() < until)
          await new Promise((resolve) => setTimeout(resolve, 20));
        return shown().textContent;
      });
      assert.match(text, /at the heap peak|extra cop/);
    });

    await each.test('every page of the site comes without an error', async () => {
      for (const page of readdirSync(path.join(site.folder, 'site')).filter((file) => file.endsWith('.html'))) {
        await ready(`site/${page}${page === 'run.html' ? `#id=${run}` : ''}`, 'main');
        const errors = await browser.evaluate(async () => {
          await new Promise((resolve) => setTimeout(resolve, 300));
          return [...document.querySelectorAll('[role=alert], .error')].map((shown) => shown.textContent);
        });
        assert.deepEqual(errors, [], page);
      }
    });

    await each.test('the visitor measures their browser', async () => {
      await ready('site/here.html', 'form button[type=submit]:enabled');
      const answer = await browser.evaluate(async () => {
        document.querySelector('form button[type=submit]').click();
        const until = performance.now() + 100_000;
        const found = () => document.querySelector('#result .answer, [role=alert]');
        while (!found() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
        return found()?.textContent ?? document.body.innerText;
      });
      assert.match(answer, /^No extra copy in \d+ cases?, measured in/);
    });
  });
}
