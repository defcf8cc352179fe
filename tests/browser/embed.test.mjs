// The package, as pages of others use it, in Chromium: the README's examples as they stand there; stores and files of the
// origin's private file system; a worker that is ended in the middle of commits; pages of another origin.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { kPatience_ms, withPage } from './browser.mjs';
import { packageSite, pageOf } from './fixture/package.mjs';
import { program, skip, storage } from './fixture/storage.mjs';
import { serve } from './serve.mjs';

const kKills = Number(process.env.CHUNKMARK_KILLS ?? 5);
const kVersions = 30;

let site;
let server;
before(async () => {
  if (skip) return;
  site = await packageSite('embed', async ({ folder, package_ }) => {
    const readme = await readFile(path.join(package_, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/```html\n([\s\S]*?)```/g)].map(([, text]) => text);
    assert.equal(examples.length, 4);
    for (const [i, text] of examples.entries()) await writeFile(path.join(folder, `example${i}.html`), pageOf(text));
    await writeFile(path.join(folder, 'prices.h5'), await versionedFile());
    const copy = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=8M', 'count=2'];
    execFileSync(program, ['trace', '-o', path.join(folder, 'write.cmk'), '--', ...copy], { stdio: 'pipe' });
  });
  server = site.server;
});
after(() => site?.close());

/** x: 10,000 float64, each version with another first element, and 8 MB that nobody asks for; made in node. */
async function versionedFile() {
  const file = await (await storage('hdf5')).newHdf5();
  for (let i = 0; i < kVersions; ++i) {
    const data = Float64Array.from({ length: 10000 }, (_, at) => (at === 0 ? i : at));
    const set = [{ path: 'x', dtype: '<f8', shape: [10000], data }];
    const bulk = Float64Array.from({ length: 1000000 }, (_, at) => at);
    if (i === 0) set.push({ path: 'bulk', dtype: '<f8', shape: [1000000], chunks: [100000], data: bulk });
    await file.commit({ version: `r${String(i).padStart(2, '0')}`, set });
  }
  return file.bytes();
}

test('the first example shows a region of a version, and fetches little of the file', { skip }, async () => {
  await withPage(site.browser, {}, async (page) => {
    server.moved.bytes = 0;
    await page.goto(`${server.url}example0.html`);
    await page.waitForFunction(() => document.querySelector('#out').textContent !== '');
    assert.equal(await page.textContent('#out'), '30 versions; x[100:105] = 100 101 102 103 104');
    const { size } = await stat(path.join(site.folder, 'prices.h5'));
    assert.ok(server.moved.bytes < size / 4, `${server.moved.bytes} of ${size} bytes`);
  });
});

test('the second example commits in the private file system, and again', { skip }, async () => {
  await withPage(site.browser, {}, async (page) => {
    for (const [i, chunks] of [
      [0, 1],
      [1, 0],
    ]) {
      await page.goto(`${server.url}example1.html`);
      await page.waitForFunction(() => document.querySelector('#out').textContent !== '');
      assert.equal(await page.textContent('#out'), `r${i}: ${chunks} new chunks`);
    }
  });
});

test('the third example shows a report, untouched by the style of its page', { skip }, async () => {
  await withPage(site.browser, {}, async (page) => {
    await page.goto(`${server.url}example2.html`);
    const report = page.locator('chunkmark-report');
    await report.locator('canvas').first().waitFor();
    assert.match(await report.locator('.eyebrow').textContent(), /write\.cmk/);
    assert.match(await report.locator('h3').first().textContent(), /at the heap peak, .* from dd/);
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).maxWidth), 'none');
    assert.equal(await page.evaluate(() => document.querySelectorAll('canvas').length), 0);
  });
});

test('the fourth example counts the extra copies of this browser', { skip }, async () => {
  await withPage(site.browser, {}, async (page) => {
    await page.goto(`${server.url}example3.html`);
    await page.waitForFunction(() => document.querySelector('#out').textContent.includes('captures'));
    const rows = ['write none', 'read none', 'write zstd', 'read zstd'].map((row) => `${row}: 0 extra copies`);
    assert.equal(await page.textContent('#out'), [...rows, '4 captures'].join('\n'));
  });
});

test('a report that is not there says so', { skip }, async () => {
  await withPage(site.browser, { allow: /404/ }, async (page) => {
    await page.goto(`${server.url}example2.html`);
    await page.evaluate(() => document.querySelector('chunkmark-report').setAttribute('src', 'none.cmk'));
    const alert = page.locator('chunkmark-report').getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.textContent(), /none\.cmk: expected a capture, the server answered 404/);
  });
});

test('elements come as typed arrays; a dropped file is read by ranges', { skip }, async () => {
  await site.onPage(async (page) => {
    const found = await page.evaluate(async () => {
      const { Storage } = window.chunkmark;
      const storage = await Storage.start();
      const whole = await (await fetch('prices.h5')).arrayBuffer();
      const file = await storage.openHdf5(new File([whole], 'dropped.h5'));
      const { versions } = await file.log();
      const part = await file.read('x', { version: 'r07', region: [[0], [3]] });
      const { bytes } = await file.counted();
      const tree = await file.tree('r07');
      storage.close();
      return {
        versions: versions.length,
        type: part.data.constructor.name,
        data: [...part.data],
        less: bytes < whole.byteLength / 4,
        tree: Object.keys(tree.datasets),
      };
    });
    assert.deepEqual(found, {
      versions: kVersions,
      type: 'Float64Array',
      data: [7, 1, 2],
      less: true,
      tree: ['bulk', 'x'],
    });
  });
});

for (const place of ['memory:', 'opfs:arrays/a.zarr']) {
  test(`Zarr in ${place}`, { skip }, async () => {
    await site.onPage(async (page) => {
      const found = await page.evaluate(async (where) => {
        const { Storage } = window.chunkmark;
        const storage = await Storage.start();
        const store = await storage.openZarr(where);
        const beside = await storage.openZarr(where); // another one at work in the same folder
        await beside.create('b', { shape: [2], chunks: [1], dtype: 'int8' });
        const array = await store.create('a', { shape: [100, 100], chunks: [40, 40], dtype: 'int32', codec: 'zstd' });
        await array.write(Int32Array.from({ length: 10000 }, (_, i) => i));
        await array.write(Int32Array.of(-1, -2), {
          region: [
            [50, 50],
            [1, 2],
          ],
        });
        const again = await (await storage.openZarr(where)).array('a').catch(() => array);
        const { data, shape } = await again.read({
          region: [
            [49, 49],
            [2, 3],
          ],
        });
        const missing = await store.array('c').catch((error) => error.code);
        storage.close();
        return { shape, data: [...data], missing };
      }, place);
      assert.deepEqual(found, { shape: [2, 3], data: [4949, 4950, 4951, 5049, -1, -2], missing: 'not_found' });
    });
  });
}

test('an abort ends what waits for bytes; errors say what and why', { skip }, async () => {
  await withPage(site.browser, { allow: /404|ERR_FAILED/ }, async (page) => {
    await page.goto(`${server.url}page.html`);
    await page.waitForFunction(() => window.chunkmark !== undefined);
    await page.route('**/slow.h5', () => {}); // never answered
    const found = await page.evaluate(async () => {
      const { Storage } = window.chunkmark;
      const storage = await Storage.start();
      const abort = new AbortController();
      const file = await storage.openHdf5('slow.h5');
      const waiting = file.log({ signal: abort.signal }).catch((error) => error.code);
      setTimeout(() => abort.abort(), 50);
      const missing = await (await storage.openHdf5('nothing.h5')).log().catch((error) => [error.code, error.message]);
      const bytes = new TextEncoder().encode('no HDF5 file at all');
      const other = await (await storage.openHdf5(bytes)).log().catch((error) => error.code);
      storage.close();
      return [await waiting, missing[0], /nothing\.h5: the server answers 404/.test(missing[1]), other];
    });
    assert.deepEqual(found, ['cancelled', 'not_found', true, 'corrupt']);
  });
});

test('the package works from another origin', { skip }, async () => {
  const other = await serve(site.folder);
  try {
    await withPage(site.browser, {}, async (page) => {
      await page.route(`${other.url}**`, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, headers: { ...response.headers(), 'access-control-allow-origin': '*' } });
      });
      await page.goto(`${server.url}page.html`);
      const versions = await page.evaluate(async (url) => {
        const { Storage } = await import(`${url}chunkmark/index.mjs`);
        const storage = await Storage.start();
        const file = await storage.newHdf5();
        await file.commit({ version: 'r0', set: [{ path: 'x', dtype: '<i4', shape: [2], data: Int32Array.of(1, 2) }] });
        const { versions } = await file.log();
        storage.close();
        return versions.length;
      }, other.url);
      assert.equal(versions, 1);
      await page.goto('about:blank'); // what left the origin was meant to
    }).catch((error) => {
      if (!/left the origin/.test(error.message)) throw error;
    });
  } finally {
    await other.close();
  }
});

test(
  `a worker that is ended during commits loses none that was told (${kKills} times)`,
  { skip, timeout: 10 * kPatience_ms },
  async () => {
    await site.onPage(async (page) => {
      const facts = await page.evaluate(async (kills) => {
        const { Storage } = window.chunkmark;
        let told = 0;
        const outcomes = [];
        for (let kill = 0; kill <= kills; ++kill) {
          let storage;
          let file;
          for (let tries = 0; ; ++tries) {
            storage = await Storage.start();
            try {
              file = await storage.openHdf5InOpfs('killed.h5');
              break;
            } catch (error) {
              storage.close(); // the handles of a worker that was ended are given back a little later
              if (tries > 200) throw error;
              await new Promise((resolve) => setTimeout(resolve, 20));
            }
          }
          const { versions } = await file.log();
          const there = versions.length;
          for (const { name } of versions.slice(-2)) {
            const { data } = await file.read('x', { version: name });
            if (data.some((value) => value !== Number(name.slice(1)))) throw new Error(`${name}: ${data.slice(0, 4)}`);
          }
          if (there < told || there > told + 1) throw new Error(`${there} versions, ${told} were told`);
          outcomes.push(there - told);
          told = there;
          if (kill === kills) {
            storage.close();
            return { told, outcomes: outcomes.length };
          }
          const until = performance.now() + 20 + 130 * Math.random();
          const work = (async () => {
            for (;;) {
              const number = told;
              const data = new Float64Array(20000).fill(number);
              await file.commit({
                version: `r${String(number).padStart(5, '0')}`,
                set: [{ path: 'x', dtype: '<f8', shape: [20000], data }],
              });
              ++told;
            }
          })().catch(() => undefined);
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, until - performance.now())));
          storage.close();
          await work;
        }
      }, kKills);
      assert.equal(facts.outcomes, kKills + 1);
      assert.ok(facts.told > 0);
    });
  },
);

test('the modules stay small', { skip }, async () => {
  const size = async (name) => brotliCompressSync(await readFile(path.join(site.package_, name))).length;
  const script = (await size('index.mjs')) + (await size('worker.mjs')) + (await size('chunkmark-hdf5.mjs'));
  assert.ok(script <= 40_000, `scripts: ${script} bytes`);
  const sizes = {};
  for (const module of ['core', 'zarr', 'hdf5']) sizes[module] = await size(`chunkmark-${module}.wasm`);
  const larger = Object.entries({ core: 250_000, zarr: 360_000, hdf5: 400_000 }).filter(
    ([of, most]) => sizes[of] > most,
  );
  assert.deepEqual(larger, [], `bytes: ${JSON.stringify(sizes)}`);
});
