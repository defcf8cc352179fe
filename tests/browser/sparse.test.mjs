// A file of 6 GB, nearly all of it a hole, with elements before and behind it: regions of both ends in little memory, in
// node and in Chromium, from disk, as a dropped file and over HTTP; requests and bytes counted.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { withPage } from './browser.mjs';
import { packageSite } from './fixture/package.mjs';
import { program, skip as unbuilt, storage } from './fixture/storage.mjs';
import { serve } from './serve.mjs';

const maker = path.join(path.dirname(program), 'tests', 'plain_file');
const skip = unbuilt || (!existsSync(maker) && `not built: ${maker}`);
const kMaxMemory = 64 << 20;
const kMaxRequests = 4; // structures and the elements before the hole, those behind it, those within it
const kMaxBytes = 256 << 10;
const kRegions = {
  first: [[0], [3]],
  last: [[998], [2]],
  hole: [[6442450940], [4]],
};
const kExpected = { first: [102, 103, 104], last: [1106, 1107], hole: [0, 0, 0, 0] };

let site;
let server;
let file;
before(async () => {
  if (skip) return;
  site = await packageSite('sparse', async ({ folder }) => {
    file = path.join(folder, 'sparse.h5');
    execFileSync(maker, [file, 'sparse']);
    const { size, blocks } = await stat(file);
    assert.ok(size > 6 * 2 ** 30 && blocks * 512 < 1 << 20, `a file of ${size} bytes with a hole, ${blocks} blocks`);
  });
  server = site.server;
});
after(() => site?.close());

/** This process and its children, of which the browser has many. */
function processes() {
  const parents = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'latin1'))[1]));
    } catch {
      // It has ended.
    }
  }
  const below = (pid) => [
    pid,
    ...[...parents].filter(([, parent]) => parent === pid).flatMap(([child]) => below(child)),
  ];
  return below(process.pid);
}

const status = (pid, key) => {
  try {
    return (
      1024 * Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1])
    );
  } catch {
    return 0; // It has ended.
  }
};

/** By how much the processes' resident memory was larger at its peak than before, added up. */
async function growth(body, pids = processes()) {
  global.gc?.();
  const start = new Map();
  for (const pid of pids) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5'); // the peak starts anew
    } catch {
      continue;
    }
    start.set(pid, status(pid, 'VmRSS'));
  }
  await body();
  return [...start].reduce((sum, [pid, bytes]) => sum + Math.max(0, status(pid, 'VmHWM') - bytes), 0);
}

function check(found, { requests, bytes }, memory, where) {
  assert.deepEqual(found, kExpected);
  assert.ok(
    requests > 0 && requests <= kMaxRequests,
    `${where}: ${requests} requests, at most ${kMaxRequests} expected`,
  );
  assert.ok(bytes > 0 && bytes <= kMaxBytes, `${where}: ${bytes} bytes were read, at most ${kMaxBytes} expected`);
  assert.ok(memory < kMaxMemory, `${where}: ${memory} bytes of memory, less than ${kMaxMemory} expected`);
  console.log(`${where}: ${requests} requests, ${bytes} bytes, ${(memory / 1e6).toFixed(1)} MB of memory`);
}

const kTypes = { first: Int32Array, last: Int32Array, hole: Uint8Array };

/** Source: a file of this machine. */
async function onDisk() {
  const handle = await open(file);
  const { size } = await handle.stat();
  return {
    name: file,
    size,
    async read(from, to) {
      const bytes = new Uint8Array(Math.min(to, size) - from);
      await handle.read(bytes, 0, bytes.length, from);
      return bytes;
    },
    close: () => handle.close(),
  };
}

for (const where of ['disk', 'HTTP']) {
  test(`in node, from ${where}`, { skip }, async () => {
    const found = {};
    let counted;
    const source = where === 'disk' ? await onDisk() : `${server.url}sparse.h5`;
    const core = await storage('hdf5');
    server.moved.bytes = 0;
    const memory = await growth(async () => {
      const opened = await core.openHdf5(source);
      for (const [name, region] of Object.entries(kRegions)) {
        const { data } = await opened.read(name, { region });
        found[name] = [...new kTypes[name](data.slice().buffer)];
      }
      counted = opened.counted;
      await opened.close();
    }, [process.pid]); // not the browser, which is still starting
    if (where === 'disk') await source.close();
    else assert.equal(server.moved.bytes, counted.bytes);
    check(found, counted, memory, `node, ${where}`);
  });
}

for (const where of ['dropped', 'HTTP']) {
  test(`in Chromium, ${where}`, { skip }, async () => {
    await site.onPage(async (page) => {
      await page.evaluate(async () => {
        window.storage = await window.chunkmark.Storage.start();
        const chooser = Object.assign(document.createElement('input'), { type: 'file', id: 'chooser' });
        document.body.append(chooser);
      });
      if (where === 'dropped') await page.setInputFiles('#chooser', file);
      server.moved.bytes = 0;
      const asked = server.requests.length;
      let answer;
      const memory = await growth(async () => {
        answer = await page.evaluate(
          async ([dropped, regions]) => {
            const from = dropped ? document.querySelector('#chooser').files[0] : 'sparse.h5';
            const opened = await window.storage.openHdf5(from);
            const found = {};
            for (const [name, region] of Object.entries(regions))
              found[name] = [...(await opened.read(name, { region })).data];
            const counted = await opened.counted();
            window.storage.close();
            return { found, counted };
          },
          [where === 'dropped', kRegions],
        );
      });
      const requests = server.requests.slice(asked).filter((name) => name.endsWith('sparse.h5')).length;
      if (where === 'HTTP') assert.deepEqual({ requests, bytes: server.moved.bytes }, answer.counted);
      check(answer.found, answer.counted, memory, `Chromium, ${where}`);
    });
  });
}

test('the Open page shows the end of a dropped file', { skip }, async () => {
  const { writeSite } = await import('./fixture/site.mjs');
  const { modulesFolder } = await import('./fixture/storage.mjs');
  const pages = await serve(
    await writeSite({
      files: {
        'chunkmark/chunkmark-hdf5.mjs': readFileSync(path.join(modulesFolder, 'chunkmark-hdf5.mjs')),
        'chunkmark/chunkmark-hdf5.wasm': readFileSync(path.join(modulesFolder, 'chunkmark-hdf5.wasm')),
      },
    }),
  );
  try {
    await withPage(site.browser, {}, async (page) => {
      await page.goto(`${pages.url}open.html`);
      await page.setInputFiles('#open-file', file);
      const view = page.locator('.hdf5');
      await view.getByRole('button', { name: 'last' }).click();
      await view.getByLabel('Axis 0 from').fill('999');
      await view.getByLabel('Axis 0 from').press('Enter');
      await view.locator('.grid tbody tr', { hasText: /^999\s*1107$/ }).waitFor();
      assert.match(await view.locator('p').first().innerText(), /^6\.4\d*\sGB, an HDF5 file without versions$/);
    });
  } finally {
    await pages.close();
  }
});
