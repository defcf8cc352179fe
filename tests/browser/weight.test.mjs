// Budgets on bytes: what a reader downloads. Compressed with gzip -9, as a server would.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { webSide, writeReport } from './fixture/page.mjs';
import { randomReport } from './fixture/report2.mjs';

const packed = (data) => gzipSync(data, { level: 9 }).length;

test('a report without data is at most 80 kB', async () => {
  const size = packed(await readFile(path.join(await webSide(), 'report.html')));
  assert.ok(size <= 80_000, `${size} bytes`);
});

test('the report of a capture of 20,000 stacks is at most 2 MB', async () => {
  const size = (await stat(await writeReport(randomReport({ stacks: 20_000, rows: 60_000 }), 'large.html'))).size;
  assert.ok(size <= 2_000_000, `${size} bytes`);
});

const program = fileURLToPath(new URL('../../build/native/chunkmark', import.meta.url));
test(
  'so is the report of a real one, of many more',
  { skip: !existsSync(program) && `not built: ${program}` },
  async () => {
    const folder = await webSide();
    const [capture, page] = ['stacks.cmk', 'stacks.html'].map((name) => path.join(folder, name));
    execFileSync(
      program,
      ['trace', '-o', capture, '--', 'python3', fileURLToPath(new URL('fixture/stacks.py', import.meta.url))],
      { stdio: 'pipe' },
    );
    execFileSync(program, ['report', capture, '-o', page], { stdio: 'pipe' });
    const data = JSON.parse(/id="report-data">(.*?)<\/script>/s.exec(await readFile(page, 'utf8'))[1]);
    const stacks = data.stacks.parent.rows; // about as many as a report may have
    assert.ok(stacks > 15_000, `${stacks} stacks`);
    const { size } = await stat(page);
    assert.ok(size <= 2_000_000, `${size} bytes`);
  },
);

test('a report of versions without data is at most 180 kB, charts and all', async () => {
  const size = packed(await readFile(path.join(await webSide(), 'versions.html')));
  assert.ok(size <= 180_000, `${size} bytes`);
});

/** The site's files that a page can load: what it names, what those import or name in turn. */
async function reach(site, page) {
  const found = new Set([page]);
  for (const name of found) {
    const text = await readFile(path.join(site, name), 'utf8');
    for (const other of (await readdir(path.join(site, 'assets'))).filter((file) => /\.(js|css)$/.test(file)))
      if (text.includes(other)) found.add(path.join('assets', other));
  }
  return [...found, 'favicon.svg'];
}

for (const [page, budget] of [
  ['index.html', 100_000],
  ['versions.html', 200_000],
]) {
  test(`${page} and everything it can load is at most ${budget} bytes`, async () => {
    const site = path.join(await webSide(), 'site');
    const files = await reach(site, page);
    let size = 0;
    for (const file of files) size += packed(await readFile(path.join(site, file)));
    assert.ok(files.length >= 4, files.join(', '));
    assert.ok(size <= budget, `${size} bytes`);
  });
}
