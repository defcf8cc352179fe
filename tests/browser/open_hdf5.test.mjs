// An HDF5 file dropped on the site: its versions, datasets and values, of which only what is shown is read.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { after, before } from 'node:test';
import { launch, settles, withPage } from './browser.mjs';
import { webSide } from './fixture/page.mjs';
import { writeSite } from './fixture/site.mjs';
import { modulesFolder, skip, storage } from './fixture/storage.mjs';
import { serve } from './serve.mjs';
import { locate } from '../../web/packages.mjs';

const maker = fileURLToPath(new URL('../../build/native/tests/plain_file', import.meta.url));
let browser;
let server;
let file;
before(async () => {
  if (skip) return;
  browser = await launch();
  server = await serve(
    await writeSite({
      files: {
        'chunkmark/chunkmark-hdf5.mjs': await readFile(path.join(modulesFolder, 'chunkmark-hdf5.mjs')),
        'chunkmark/chunkmark-hdf5.wasm': await readFile(path.join(modulesFolder, 'chunkmark-hdf5.wasm')),
      },
    }),
  );
  const made = await (await storage('hdf5')).newHdf5();
  const time = new Date(1700000000000);
  const bulk = Float64Array.from({ length: 1 << 20 }, (_, i) => i);
  await made.commit({
    version: 'first',
    time,
    set: [
      { path: 'bulk', dtype: '<f8', shape: [1 << 20], chunks: [1 << 17], data: bulk },
      {
        path: 'group/table',
        dtype: '<f8',
        shape: [50, 12],
        chunks: [50, 12],
        data: Float64Array.from({ length: 600 }, (_, i) => i / 3),
      },
      { path: 'names', dtype: 'string', shape: [2], chunks: [2], strings: ['größe', '<b>'] },
    ],
  });
  await made.commit({
    version: 'second',
    time,
    set: [
      {
        path: 'group/table',
        region: [
          [0, 0],
          [1, 2],
        ],
        data: Float64Array.of(-1, -2.5),
      },
    ],
  });
  file = path.join(await webSide(), 'versions.h5');
  await writeFile(file, made.bytes());
});
after(async () => {
  await browser?.close();
  await server?.close();
  if (file) await rm(file, { force: true });
});

const opened = (body) =>
  withPage(browser, {}, async (page) => {
    await page.goto(`${server.url}open.html`);
    await page.setInputFiles('#open-file', file);
    await page.locator('.hdf5 table').first().waitFor();
    await body(page, page.locator('.hdf5'));
  });
const grid = (view) => view.locator('.grid tbody tr:first-child').innerText();

test('versions, datasets, and a grid of values', { skip }, async () => {
  await opened(async (page, view) => {
    assert.match(await view.locator('p').first().innerText(), /^8\.\d+\sMB, 2 versions, the current one is second$/);
    const rows = await view.locator('table').first().locator('tbody tr').allInnerTexts();
    assert.deepEqual(
      rows.map((row) => row.split(/\s*\t\s*/).slice(0, 3)),
      [
        ['bulk', '1,048,576', '<f8'],
        ['group/table', '50 × 12', '<f8'],
        ['names', '2', 'variable-length string'],
      ],
    );
    await view.getByRole('button', { name: 'group/table' }).click();
    await settles(() => grid(view), '0\t-1\t-2.5\t0.6666667\t1\t1.333333\t1.666667\t2\t2.333333');
    await view.getByRole('button', { name: 'later on axis 1' }).click();
    await settles(() => grid(view), '0\t2.666667\t3\t3.333333\t3.666667');
    await view.getByLabel('Axis 0 from').fill('49');
    await view.getByLabel('Axis 0 from').press('Enter');
    await settles(() => grid(view), '49\t198.6667\t199\t199.3333\t199.6667');
    await view.getByLabel('Version').selectOption('first');
    await settles(() => view.locator('.grid').count(), 0);
    await view.getByRole('button', { name: 'group/table' }).click();
    await settles(() => grid(view), '0\t0\t0.3333333\t0.6666667\t1\t1.333333\t1.666667\t2\t2.333333');
    await view.getByRole('button', { name: 'names' }).click();
    await settles(() => grid(view), '0\t"größe"\t"<b>"');
    const read = /^Read so far: ([\d.]+)\skB of 8\.\d+\sMB/.exec(await view.locator('p').last().innerText());
    assert.ok(read && Number(read[1]) < 1000, await view.locator('p').last().innerText());
    await page.evaluate(await readFile(locate('axe-core/axe.min.js'), 'utf8'));
    const found = await page.evaluate(() => window.axe.run('.hdf5'));
    assert.ok(found.passes.length > 5, 'axe-core looked at the view');
    assert.deepEqual(
      found.violations.map(({ id }) => id),
      [],
    );
  });
});

test('a damaged file says what is wrong with it', { skip }, async () => {
  const bytes = await readFile(file);
  bytes.fill(0xff, 40, 1200);
  const damaged = path.join(await webSide(), 'damaged.h5');
  await writeFile(damaged, bytes);
  await withPage(browser, {}, async (page) => {
    await page.goto(`${server.url}open.html`);
    await page.setInputFiles('#open-file', damaged);
    const alert = page.locator('#open-result').getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /damaged\.h5/);
  });
});

test('a file without versions: groups, links, attributes, types in words, tables', { skip }, async () => {
  const plain = path.join(await webSide(), 'plain.h5');
  await promisify(execFile)(maker, [plain]);
  await withPage(browser, {}, async (page) => {
    await page.goto(`${server.url}open.html`);
    await page.setInputFiles('#open-file', plain);
    const view = page.locator('.hdf5');
    await view.locator('table').first().waitFor();
    const rows = await view.locator('table').first().locator('tbody tr').allInnerTexts();
    assert.deepEqual(
      rows.map((row) =>
        row
          .replaceAll('\u00a0', ' ')
          .split(/\s*\t\s*/)
          .filter(Boolean),
      ),
      [
        ['colors', '2', 'enum |i1 (RED 0, GREEN -1)', '2 bytes'],
        ['group/'],
        ['group/x', '4 × 6', '<i4', '2 × 4', 'gzip 1', '96 bytes'],
        ['linked', 'link to /group'],
        ['lists', '2', 'sequence of <i4', '32 bytes'],
        ['none', '–', '<i4', '0 bytes'],
        ['nowhere', 'link to /gone'],
        ['outside', 'link to /a of other.h5'],
        ['rows', '2', '{id <i4, value <f8}', '24 bytes'],
        ['same', 'link to /group/x'],
      ],
    );
    const attributes = () => view.locator('.attributes').innerText();
    const cells = () => view.locator('.grid tbody').innerText();
    await view.getByRole('button', { name: 'Attributes of the file' }).click();
    await settles(attributes, 'number\t9');
    await view.getByRole('button', { name: 'group/x' }).click();
    await settles(attributes, 'Type\t<i4\nunit\t7');
    await view.getByRole('button', { name: 'lists' }).click();
    await settles(cells, '0\t(0 1 2)\t()');
    await view.getByRole('button', { name: 'rows' }).click();
    await settles(() => view.locator('.grid').innerText(), '\tid\tvalue\n0\t0\t2.5\n1\t1\t-1');
    await view.getByRole('button', { name: 'none' }).click();
    await settles(attributes, 'Type\t<i4');
    assert.equal(await view.locator('.grid').count(), 0);
  });
});
