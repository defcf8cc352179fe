// The package from its tarball, in an application that Vite or webpack builds, in a page without either, and for
// TypeScript. Run by ./dev test --full, after ./dev npm; fetches the bundlers that package-lock.json names.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { locate } from '../../../web/packages.mjs';
import { launch, withPage } from '../browser.mjs';
import { program } from '../fixture/storage.mjs';
import { serve } from '../serve.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const build = path.join(here, '..', '..', '..', 'build');

let folder;
let browser;
const run = (command, ...words) => execFileSync(command, words, { cwd: folder, stdio: 'pipe' });
before(async () => {
  const packed = (await readdir(build)).filter((name) => /^chunkmark-.*\.tgz$/.test(name));
  assert.equal(packed.length, 1, `expected one package in ${build}, found ${packed.length}; ./dev npm makes it`);
  folder = await mkdtemp(path.join(os.tmpdir(), 'chunkmark-bundlers-'));
  await cp(here, folder, { recursive: true });
  run('npm', 'ci', '--silent', '--no-audit', '--no-fund');
  run('npm', 'install', '--silent', '--no-save', '--no-audit', '--no-fund', path.join(build, packed[0]));
  run(program, 'trace', '-o', 'write.cmk', '--', 'dd', 'if=/dev/zero', 'of=/dev/null', 'bs=8M', 'count=2');
  browser = await launch();
});
after(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function works(built) {
  await cp(path.join(folder, 'write.cmk'), path.join(folder, built, 'write.cmk'));
  const server = await serve(path.join(folder, built));
  try {
    await withPage(browser, {}, async (page) => {
      await page.goto(server.url);
      await page.getByText('sum 6').waitFor();
      await page.locator('chunkmark-report canvas').first().waitFor();
      await page.getByText('extra copies: 0 0').waitFor();
    });
  } finally {
    await server.close();
  }
}

test('Vite', async () => {
  run('npx', 'vite', 'build', 'app', '--outDir', path.join(folder, 'vite'), '--base', './');
  await works('vite');
});

test('webpack', async () => {
  const { default: webpack } = await import(pathToFileURL(path.join(folder, 'node_modules/webpack/lib/index.js')).href);
  const config = {
    mode: 'production',
    context: folder,
    entry: './app/main.js',
    output: { path: path.join(folder, 'webpack'), publicPath: 'auto' },
  };
  const stats = await new Promise((resolve, reject) =>
    webpack(config, (error, found) => (error ? reject(error) : resolve(found))),
  );
  assert.ok(!stats.hasErrors(), stats.toString({ all: false, errors: true }));
  await cp(path.join(folder, 'app', 'index.html'), path.join(folder, 'webpack', 'index.html'));
  await works('webpack');
});

test('a page without a bundler, by an import map', async () => {
  await cp(path.join(folder, 'app'), path.join(folder, 'plain'), { recursive: true });
  await cp(path.join(folder, 'node_modules', 'chunkmark'), path.join(folder, 'plain', 'chunkmark'), {
    recursive: true,
  });
  const imports = { chunkmark: './chunkmark/index.mjs' };
  for (const name of ['report', 'study']) imports[`chunkmark/${name}`] = `./chunkmark/${name}.mjs`;
  const map = { imports };
  const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>x</title>
    <script type="importmap">${JSON.stringify(map)}</script><body><script type="module" src="./main.js"></script>`;
  await writeFile(path.join(folder, 'plain', 'index.html'), page);
  await works('plain');
});

test('TypeScript', () => {
  const options = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler'];
  run(process.execPath, locate('typescript/bin/tsc'), ...options, '--lib', 'es2022,dom,dom.iterable', 'app/use.ts');
});
