// Budgets on bytes: what a reader downloads. Compressed with gzip -9, as a server would.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
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
    assert.ok(data.stacks.parent.rows > 20_000, `${data.stacks.parent.rows} stacks`);
    const { size } = await stat(page);
    assert.ok(size <= 2_000_000, `${size} bytes`);
  },
);

test('the overview and everything it can load is at most 100 kB', async () => {
  const site = path.join(await webSide(), 'site');
  const assets = (await readdir(path.join(site, 'assets'))).map((name) => path.join(site, 'assets', name));
  let size = 0;
  for (const file of [path.join(site, 'index.html'), path.join(site, 'favicon.svg'), ...assets])
    size += packed(await readFile(file));
  assert.ok(assets.length >= 3);
  assert.ok(size <= 100_000, `${size} bytes`);
});
