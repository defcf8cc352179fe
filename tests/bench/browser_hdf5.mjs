// Plain HDF5 in Chromium, beside h5wasm: node tests/bench/browser_hdf5.mjs [ROUNDS] [MB]. Needs ./dev build.
//
// One dataset of 25 MB (float32, random): contiguous, in 64 chunks, in 64 chunks with gzip. Each library opens a File, as a
// page has it that was dropped on it, and reads the whole dataset into an array, in a worker of its own; h5wasm by its
// WORKERFS, which reads ranges, too. The first reading loads code and does not count. Times are medians of opening and
// reading; "memory" is the peak of the worker's ArrayBuffers and WebAssembly memories in a further run, in so many times the
// array, which is in it. A benchmark, never a test; ends with status 1 where ours takes longer or more.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { load, packageRoot } from '../../web/packages.mjs';
import { packageSite } from '../browser/fixture/package.mjs';

const kRounds = Number(process.argv[2] ?? 9);
const kSide = 64 * Math.round(Math.sqrt((Number(process.argv[3] ?? 25) * 1e6) / 4) / 64);
const kDatasets = { contiguous: {}, chunked: { chunks: true }, gzip: { chunks: true, compression: 'gzip' } };
const source = new URL('../../web/src/', import.meta.url).pathname;

const kWorker = `
import { MemoryAccount } from './study/peers/account';
import { ChunkmarkStorage } from './storage/storage';
let account = null, libraries = {};
const readers = {
  async chunkmark() {
    const { default: factory } = await import('./chunkmark/chunkmark-hdf5.mjs');
    return async (file) => {
      const core = await (libraries.core ??= ChunkmarkStorage.create(factory));
      const opened = await core.openHdf5(file);
      const { data } = await opened.read('x');
      await opened.close();
      return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
    };
  },
  async h5wasm() {
    const hdf5 = await import('./peers/h5wasm.mjs');
    const { FS } = await hdf5.ready;
    FS.mkdir('/dropped');
    return async (file) => {
      FS.mount(FS.filesystems.WORKERFS, { files: [file] }, '/dropped');
      const opened = new hdf5.File('/dropped/' + file.name, 'r');
      const data = opened.get('x').value;
      opened.close();
      FS.unmount('/dropped');
      return data;
    };
  },
};
self.onmessage = async ({ data: { engine, file, rounds, accounted } }) => {
  try {
    if (accounted) account = new MemoryAccount();
    const read = await readers[engine]();
    let sum = 0;
    const times = [];
    account?.begin();
    for (let i = 0; i <= rounds; ++i) {
      const began = performance.now();
      const elements = await read(file);
      times.push(performance.now() - began);
      sum = elements.length + elements[0] + elements.at(-1);
    }
    times.shift();
    self.postMessage({ times, sum, peak: account?.peak ?? 0 });
  } catch (error) {
    self.postMessage({ error: String(error?.stack ?? error) });
  }
};`;

async function makeFiles(folder) {
  const hdf5 = await import(pathToFileURL(path.join(packageRoot, 'node_modules/h5wasm/dist/node/hdf5_hl.js')).href);
  await hdf5.ready;
  const data = Float32Array.from({ length: kSide * kSide }, Math.random);
  for (const [name, { chunks, compression }] of Object.entries(kDatasets)) {
    const made = new hdf5.File(path.join(folder, `${name}.h5`), 'w');
    const chunked = chunks ? { chunks: [kSide / 8, kSide / 8] } : {};
    made.create_dataset({ name: 'x', data, shape: [kSide, kSide], dtype: '<f4', ...chunked, compression });
    made.close();
  }
}

const site = await packageSite('hdf5', async ({ folder }) => {
  await makeFiles(folder);
  const built = await load('esbuild').build({
    stdin: { contents: kWorker, resolveDir: source, loader: 'ts' },
    ...{ bundle: true, write: false, format: 'esm', target: 'es2022', external: ['./chunkmark/*', './peers/*'] },
  });
  await writeFile(path.join(folder, 'bench_worker.mjs'), built.outputFiles[0].text);
});
const median = (times) => [...times].sort((a, b) => a - b)[times.length >> 1];
let status = 0;
try {
  await site.onPage(async (page) => {
    const run = (engine, name, rounds, accounted) =>
      page.evaluate(
        async ([engine, name, rounds, accounted]) => {
          const blob = await (await fetch(`${name}.h5`)).blob();
          const worker = new Worker('bench_worker.mjs', { type: 'module' });
          const told = await new Promise((resolve, reject) => {
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = (event) => reject(new Error(event.message));
            worker.postMessage({ engine, file: new File([blob], `${name}.h5`), rounds, accounted });
          });
          worker.terminate();
          if (told.error) throw new Error(told.error);
          return told;
        },
        [engine, name, rounds, accounted],
      );
    console.log(`${kSide} x ${kSide} float32        ours ms   h5wasm ms   theirs/ours   memory ours   h5wasm`);
    for (const name of Object.keys(kDatasets)) {
      const told = {};
      for (const engine of ['chunkmark', 'h5wasm']) {
        const { times, sum } = await run(engine, name, kRounds, false);
        const { peak } = await run(engine, name, 1, true);
        told[engine] = { ms: median(times), sum, memory: peak / (4 * kSide * kSide) };
      }
      const [ours, theirs] = [told.chunkmark, told.h5wasm];
      if (ours.sum !== theirs.sum) throw new Error(`${name}: what was read differs`);
      const cells = [ours.ms.toFixed(1), theirs.ms.toFixed(1), (theirs.ms / ours.ms).toFixed(2)];
      cells.push(ours.memory.toFixed(2), theirs.memory.toFixed(2));
      console.log(name.padEnd(20) + cells.map((cell) => cell.padStart(12)).join(''));
      if (ours.ms * 0.95 > theirs.ms || ours.memory > theirs.memory) status = 1;
    }
  });
} finally {
  await site.close();
}
process.exitCode = status;
