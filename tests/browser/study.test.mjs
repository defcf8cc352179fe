// Both studies in WebAssembly, in node and in a worker of Chromium: which cells are zero, by their captures and as the native
// program reads them; that its record is one; progress, cancel, cases that fail.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { module } from './fixture/module.mjs';
import { packageSite } from './fixture/package.mjs';
import { program } from './fixture/storage.mjs';
import { modules, skip } from './fixture/study.mjs';

const kCodecs = ['none', 'blosc', 'zstd', 'gzip', 'lz4'];
const kCells = { codecs: kCodecs, slope: true, repeat: 1, shape: [1250, 1250] }; // 6.25 MB, and 25 MB

let site;
let pages;
before(async () => {
  if (skip) return;
  pages = await module();
  site = await packageSite('study');
});
after(() => site?.close());

/** Holds a run to the contract, twice: as its record says it, and as the native program reads its captures. */
async function holdsToContract({ record, captures }, filesystem) {
  assert.deepEqual(record.failures, []);
  assert.equal(record.host, 'wasm');
  assert.match(record.environment.resident, /heap/);
  assert.equal(record.results.length, 2 * 2 * kCodecs.length);
  const run = path.join(site.folder, `run-${filesystem}`);
  await mkdir(path.join(run, 'captures'), { recursive: true });
  for (const row of record.results) {
    const told = `${row.operation} ${row.format} ${row.codec}: ${JSON.stringify(row)}`;
    assert.equal(row.filesystem, filesystem);
    assert.equal(row.zero, true, told);
    assert.equal(row.extra_copies, 0, told);
    assert.ok(Math.abs(row.slope) < 0.01, told);
    if (row.codec === 'none') assert.ok(row.bytes_moved.user <= 0.01, told);
    // What is stored crosses once, and nothing else does.
    const crossed = row.operation === 'write' ? row.bytes_moved.out : row.bytes_moved.in;
    const stored = row.stored_bytes / row.array_bytes;
    assert.ok(Math.abs(crossed - stored) < 0.03, `${stored}, ${told}`);
    assert.ok(row.seconds.median > 0, told);

    const file = path.join(run, row.capture);
    await writeFile(file, captures.get(row.capture));
    const facts = JSON.parse(execFileSync(program, ['inspect', file, '--json']).toString());
    assert.equal(facts.array_bytes, row.array_bytes);
    assert.equal(facts.extra_copies, row.extra_copies);
    assert.ok(Math.abs(facts.extra_heap - row.extra_heap) < 1e-9, told);
    assert.ok(
      facts.buffers_at_peak.some(({ bytes, stack }) => bytes >= row.array_bytes && /run_case/.test(stack[0])),
      `the array is not named: ${JSON.stringify(facts.buffers_at_peak)}`,
    );
  }
  await writeFile(path.join(run, 'run.json'), JSON.stringify(record));
  // Both the whole run and one capture are pages.
  const page = path.join(run, 'run.html');
  execFileSync(program, ['report', run, '-o', page]);
  assert.match(await readFile(page, 'utf8'), /chunkmark-traced|run_case/);
  const one = path.join(run, 'captures', `read-${filesystem}-zarr3-zstd-chunkmark.cmk`);
  execFileSync(program, ['report', one, '-o', path.join(run, 'one.html')]);
}

test('in node, all cells in memory are zero', { skip }, async () => {
  const seen = [];
  const run = await pages.runStudyHere(modules, kCells, { onProgress: (progress) => seen.push(progress) });
  await holdsToContract(run, 'memory');
  assert.deepEqual(seen.at(-1).done, seen.at(-1).total);
  assert.ok(seen.length > 3 * run.record.results.length, `${seen.length} steps`);
});

const asBytes = (captures) => new Map(captures.map(([name, bytes]) => [name, new Uint8Array(bytes)]));
const leftInOpfs = (page) =>
  page.evaluate(async () => {
    const names = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
    return names;
  });

for (const store of ['memory', 'opfs']) {
  test(`in a worker of Chromium, all cells in ${store} are zero`, { skip }, async () => {
    await site.onPage(async (page) => {
      const { record, captures, steps } = await page.evaluate(
        async (options) => {
          let steps = 0;
          const { record, captures } = await window.study.runStudy(options, { onProgress: () => ++steps });
          return { record, captures: [...captures].map(([name, bytes]) => [name, [...bytes]]), steps };
        },
        { ...kCells, store },
      );
      assert.match(record.environment.os, /Chrom/);
      assert.ok(steps > record.results.length);
      await holdsToContract({ record, captures: asBytes(captures) }, store);
      assert.deepEqual(await leftInOpfs(page), []);
    });
  });
}

for (const store of ['memory', 'opfs']) {
  test(`zarrita.js is measured beside ours in ${store}: what cannot be known is not told`, { skip }, async () => {
    await site.onPage(async (page) => {
      const options = { store, codecs: ['none', 'blosc', 'gzip', 'zstd'], shape: [1000, 1000], repeat: 2, slope: true };
      const { record, captures } = await page.evaluate(async (given) => {
        const { record, captures } = await window.study.runStudy({ ...given, peers: { zarrita: 'peers/zarrita.mjs' } });
        return { record, captures: [...captures.keys()] };
      }, options);
      assert.deepEqual(record.failures, []);
      const rows = (engine) => record.results.filter((row) => row.engine === engine);
      assert.equal(rows('chunkmark').length, 16);
      // It makes Zarr 3 alone, and no gzip.
      assert.equal(rows('zarrita').length, 6);
      for (const row of rows('zarrita')) {
        const told = JSON.stringify(row);
        assert.match(row.engine_version, /^\d+\.\d+\.\d+$/, told);
        for (const unknown of ['extra_copies', 'proven_copies', 'malloc_extra_heap', 'zero'])
          assert.equal(row[unknown], null, `${unknown}, ${told}`);
        assert.deepEqual([row.bytes_moved.user, row.resident.file_growth_bytes], [null, null], told);
        assert.match(row.memory_by, /ArrayBuffers/);
        assert.equal(row.capture, '');
        assert.ok(row.seconds.repeat === 2 && row.seconds.median > 0, told);
        // It copies the array before it encodes it, and decodes it before it copies it.
        const least = row.operation === 'write' && store === 'memory' && row.codec === 'none' ? -0.01 : 0.9;
        assert.ok(row.extra_heap > least && row.extra_heap < 8, told);
        const stored = rows('chunkmark').find(
          ({ operation, format, codec }) => operation === row.operation && format === 'zarr3' && codec === row.codec,
        ).stored_bytes;
        assert.ok(Math.abs(row.stored_bytes / stored - 1) < 0.05, `${stored}, ${told}`);
      }
      assert.equal(captures.length, 16);
      const run = path.join(site.folder, `peers-${store}`);
      await mkdir(run, { recursive: true });
      await writeFile(path.join(run, 'run.json'), JSON.stringify(record));
      execFileSync(program, ['report', run, '-o', path.join(run, 'run.html')]);
      assert.deepEqual(await leftInOpfs(page), []);
    });
  });
}

test('an engine that fails is told, and ours is measured', { skip }, async () => {
  await site.onPage(async (page) => {
    const { record } = await page.evaluate(() =>
      window.study.runStudy({
        ...{ codecs: ['none'], formats: ['zarr3'], operations: ['write'], shape: [100, 100], repeat: 0 },
        peers: { zarrita: 'chunkmark/index.mjs' }, // another library
      }),
    );
    assert.equal(record.results.length, 1);
    assert.deepEqual(
      record.failures.map((failure) => failure.case),
      ['write-memory-zarr3-none-zarrita'],
    );
  });
});

test('many chunks, and shards, are stored and read in bounded memory', { skip }, async () => {
  const options = { formats: ['zarr3'], codecs: ['none', 'zstd'], slope: true, repeat: 0, shape: [1000, 1000] };
  for (const parts of [{ chunks: [100, 1000] }, { chunks: [100, 100], shards: [500, 500] }]) {
    const { record } = await pages.runStudyHere(modules, { ...options, ...parts });
    assert.deepEqual(record.failures, []);
    for (const row of record.results) assert.equal(row.extra_copies, 0, JSON.stringify(row));
  }
});

test('an abort ends the study between two steps', { skip }, async () => {
  const abort = new AbortController();
  const onProgress = ({ done }) => done === 2 && abort.abort();
  await assert.rejects(pages.runStudyHere(modules, { ...kCells, slope: false }, { signal: abort.signal, onProgress }), {
    code: 'cancelled',
  });
});

test('a case that fails stands in the record, and the others are measured', { skip }, async () => {
  const failing = {
    ...modules,
    traced: (() => {
      let calls = 0;
      return () => (++calls === 2 ? Promise.reject(new Error('no module')) : modules.traced());
    })(),
  };
  const options = { formats: ['zarr3'], codecs: ['none', 'zstd'], repeat: 0, shape: [500, 500] };
  const { record } = await pages.runStudyHere(failing, options);
  assert.deepEqual(record.failures, [
    { case: 'read-memory-zarr3-none-chunkmark', message: 'read-memory-zarr3-none-chunkmark: no module' },
  ]);
  assert.equal(record.results.length, 3);
});

test('options that make no sense are refused', { skip }, async () => {
  for (const [options, message] of [
    [{ dtype: 'string' }, /dtype/],
    [{ shape: [0] }, /shape/],
    [{ shape: [10], chunks: [3, 3] }, /chunks/],
    [{ codecs: ['lzma'] }, /codec/],
  ]) {
    await assert.rejects(
      pages.runStudyHere(modules, options),
      { code: 'invalid_argument', message },
      JSON.stringify(options),
    );
  }
});

const kHistories = { workloads: ['small_fraction_changes', 'mostly_appends'], transactions: [20], reads: 3, traced: 5 };

/** Every version read as the history says, or it would be a failure; the file is as large as the native program's. */
async function holdsToHistory({ record, captures }, store) {
  assert.deepEqual(record.failures, []);
  assert.equal(record.kind, 'versions');
  assert.equal(record.settings.store_filesystem, store);
  const native = JSON.parse(
    execFileSync(
      program,
      [
        ...['versions', '--engine', 'chunkmark', '--workload', kHistories.workloads.join(','), '--transactions', '20'],
        ...['--reads', '1', '--trace', '0', '--json', '--out', path.join(site.folder, `native-${store}`)],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    ).toString(),
  );
  const sizes = (rows) => rows.map(({ workload, file_bytes }) => [workload, file_bytes]);
  assert.deepEqual(sizes(record.results), sizes(native.results));
  const run = path.join(site.folder, `versions-${store}`);
  await mkdir(path.join(run, 'captures'), { recursive: true });
  for (const row of record.results) {
    assert.equal(row.per_version_ms.length, 20);
    assert.ok(row.creation_seconds > 0 && row.read_latest_ms.repeat === 3, JSON.stringify(row));
    assert.ok(row.peak_heap_bytes > 0 && row.bytes_moved.out > 0, JSON.stringify(row));
    const file = path.join(run, row.capture);
    await writeFile(file, captures.get(row.capture));
    const facts = JSON.parse(execFileSync(program, ['inspect', file, '--json']).toString());
    assert.equal(facts.bytes_out / 5, row.bytes_moved.out);
  }
  await writeFile(path.join(run, 'run.json'), JSON.stringify(record));
  execFileSync(program, ['report', run, '-o', path.join(run, 'run.html')]);
}

test('in node, histories of versions are replayed and read back', { skip }, async () => {
  await holdsToHistory(await pages.runVersionStudyHere(modules, kHistories), 'memory');
});

test('in a worker of Chromium, histories of versions are replayed in the private file system', { skip }, async () => {
  await site.onPage(async (page) => {
    const { record, captures } = await page.evaluate(
      async (options) => {
        const { record, captures } = await window.study.runVersionStudy(options);
        return { record, captures: [...captures].map(([name, bytes]) => [name, [...bytes]]) };
      },
      { ...kHistories, store: 'opfs' },
    );
    await holdsToHistory({ record, captures: asBytes(captures) }, 'opfs');
    assert.deepEqual(await leftInOpfs(page), []);
  });
});

test('h5wasm replays the same histories beside ours, and holds the same arrays at their end', { skip }, async () => {
  await site.onPage(async (page) => {
    const workloads = [
      ...['large_fraction_changes', 'small_fraction_changes', 'mostly_appends'],
      ...['large_fraction_constant', 'mostly_appends_dense'],
    ];
    for (const mode of ['published', 'described']) {
      const { record, captures } = await page.evaluate(
        async (given) => {
          const { record, captures } = await window.study.runVersionStudy(given);
          return { record, captures: [...captures.keys()] };
        },
        {
          ...{ workloads, mode, compressions: ['none', 'gzip'], transactions: [12], reads: 3, traced: 3 },
          peers: { h5wasm: 'peers/h5wasm.mjs' },
        },
      );
      assert.deepEqual(record.failures, []); // their hashes among them
      const theirs = record.results.filter((row) => row.engine === 'h5wasm');
      assert.equal(theirs.length, 2 * workloads.length);
      for (const row of theirs) {
        const told = JSON.stringify(row);
        assert.match(row.libraries.h5wasm, /^\d+\.\d+\.\d+$/, told);
        assert.ok(!row.versioned && row.file_bytes > 1000 && row.mean_ms > 0 && row.read_latest_ms.median > 0, told);
        assert.equal(row.per_version_ms.length, 12);
      }
      assert.equal(captures.length, 2 * workloads.length); // ours alone: no tracer sees the other
    }
  });
});

test('an abort in a page ends the study, and its worker', { skip }, async () => {
  await site.onPage(async (page) => {
    const code = await page.evaluate(async () => {
      const abort = new AbortController();
      const options = { store: 'opfs', repeat: 0, shape: [500, 500] };
      const study = window.study.runStudy(options, { signal: abort.signal, onProgress: () => abort.abort() });
      return study.then(
        () => 'done',
        (error) => error.code,
      );
    });
    assert.equal(code, 'cancelled');
    assert.deepEqual(await leftInOpfs(page), []);
  });
});
