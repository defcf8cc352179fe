// The copy study in Chromium, beside the native program and zarrita.js: node tests/bench/browser_cells.mjs [ROUNDS] [MB]. Needs
// ./dev build; CHUNKMARK_PROGRAM names a native program that is optimised fully.
//
// An array of 25 MB (float32, one chunk) in every codec of Zarr 3; in memory and in the origin's private file system in the
// page, in /dev/shm natively, with one thread. Times are medians without tracing; "x native" is how many times as long the
// page takes, "x ours" how many times as long as ours zarrita.js takes; "heap" is the peak besides the array, divided by the
// array: ours by the capture, theirs by the account of its worker's ArrayBuffers and WebAssembly memories.
// A benchmark, never a test. Ends with status 1 where a cell in memory takes more than twice the native time.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { launchProfiles } from '../browser/browser.mjs';
import { packageSite } from '../browser/fixture/package.mjs';
import { program } from '../browser/fixture/storage.mjs';

const kRepeat = Number(process.argv[2] ?? 5);
const kSide = Math.round(Math.sqrt((Number(process.argv[3] ?? 25) * 1e6) / 4));
const kCodecs = ['none', 'blosc', 'zstd', 'gzip', 'lz4'];
const kMostTimesNative = 2;

const site = await packageSite('cells', undefined, launchProfiles);
const runs = {};
try {
  const words = [
    ...['copies', '--engine', 'chunkmark', '--format', 'zarr3', '--codec', kCodecs.join(','), '--threads', '1'],
    ...['--shape', `${kSide},${kSide}`, '--repeat', `${kRepeat}`, '--store', '/dev/shm', '--no-fingerprints'],
    ...['--out', path.join(site.folder, 'runs'), '--json'],
  ];
  const told = execFileSync(process.env.CHUNKMARK_PROGRAM ?? program, words, {
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 26,
  });
  runs.native = JSON.parse(told.toString()).results;
  for (const store of ['memory', 'opfs']) {
    await site.onPage(async (page) => {
      const options = { store, formats: ['zarr3'], codecs: kCodecs, shape: [kSide, kSide], repeat: kRepeat };
      const record = await page.evaluate(
        async (given) => (await window.study.runStudy({ ...given, peers: { zarrita: 'peers/zarrita.mjs' } })).record,
        options,
      );
      for (const { case: name, message } of record.failures) console.log(`${name}: ${message}`);
      runs[store] = record.results;
    });
  }
} finally {
  await site.close();
}

const ms = (row) => (row ? `${(1000 * row.seconds.median).toFixed(1)} ms` : '-');
const times = (a, b) => (a && b ? (a.seconds.median / b.seconds.median).toFixed(2) : '-');
const heap = (row) => (row ? row.extra_heap.toFixed(3) : '-');
const line = (cells) => console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(13) : cell.padStart(11))).join(''));
const heads = ['native', 'Chromium', 'x native', 'zarrita', 'x ours', 'heap ours', 'zarrita'];
let status = 0;
for (const store of ['memory', 'opfs']) {
  line([store, '', ...heads]);
  for (const operation of ['write', 'read']) {
    for (const codec of kCodecs) {
      const row = (from, engine = 'chunkmark') =>
        from.find((each) => each.operation === operation && each.codec === codec && each.engine === engine);
      const [native, ours, theirs] = [row(runs.native), row(runs[store]), row(runs[store], 'zarrita')];
      line([
        operation,
        codec,
        ms(native),
        ms(ours),
        times(ours, native),
        ms(theirs),
        times(theirs, ours),
        heap(ours),
        heap(theirs),
      ]);
      if (store === 'memory' && ours.seconds.median > kMostTimesNative * native.seconds.median) status = 1;
    }
  }
}
process.exitCode = status;
