// The site as `chunkmark serve` serves it: a run on the machine that serves, started and cancelled from the page, and the
// run that it keeps.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, settles, withPage } from './browser.mjs';

const program = fileURLToPath(new URL('../../build/native/chunkmark', import.meta.url));
const skip = !existsSync(program) && `not built: ${program}`;
const plain = (text) => text.replaceAll('\u00a0', ' ').replaceAll(/\s+/g, ' ').trim();
let browser, runs, server, url;

before(async () => {
  if (skip) return;
  runs = await mkdtemp(path.join(os.tmpdir(), 'machine-'));
  server = spawn(program, ['serve', '--port', '0', '--runs', runs], { stdio: ['ignore', 'pipe', 'pipe'] });
  url = await new Promise((resolve, reject) => {
    let told = '';
    const read = (data) => {
      told += data;
      const found = /http:\/\/[^\s]+/.exec(told);
      if (found) resolve(found[0]);
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.on('exit', () => reject(new Error(`the server ended: ${told}`)));
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.kill('SIGINT');
  if (runs) await rm(runs, { recursive: true, force: true });
});

test('a run on this machine ends beside others, and is kept; a cancelled one is not', { skip }, () =>
  withPage(browser, {}, async (page) => {
    await page.goto(new URL('here.html', url).href);
    await page.selectOption('[name=engine]', 'native');
    await page.selectOption('[name=size]', '6.25');
    await page.click('#start');
    await page.waitForSelector('.beside');
    const rows = (await page.locator('section').first().locator('tbody tr').allTextContents()).map(plain);
    assert.match(rows[0], /^Chunkmark .*this machine, .* ?0/);
    assert.match(
      plain(await page.textContent('#result .answer')),
      /^No extra copy in 4 cases, measured in .*, by this machine/,
    );
    assert.match(plain(await page.textContent('#memory')), /^Memory of the study: .* at most/);
    const kept = (await readdir(runs)).filter((name) => name.startsWith('copies-'));
    assert.equal(kept.length, 1);

    await page.click('#result section button');
    await page.waitForSelector('article.opened canvas');

    await page.selectOption('[name=size]', '100');
    await page.click('#start');
    await page.click('#cancel');
    await settles(() => page.textContent('#doing'), 'Cancelled');
    assert.equal(await page.isEnabled('#start'), true);
    await settles(async () => (await readdir(runs)).filter((name) => name.startsWith('copies-')), kept);

    await page.goto(new URL('runs.html', url).href);
    await page.waitForSelector('a[href*="run.html"]');
    assert.match(plain(await page.textContent('main')), /^Runs 1 run .*copy study ?Chunkmark ?local disk ?6.25 MB/);
  }),
);
