// The golden files as WebAssembly reads them, in node: versioned HDF5, Zarr stores of zarr-python, the HDF5 library's own
// test files, each with what the library that it is of reads from it. CHUNKMARK_DATA names their folder; without it they
// are skipped.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { module } from './fixture/module.mjs';
import { skip as notBuilt, storage } from './fixture/storage.mjs';

const beside = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'data');
const data = process.env.CHUNKMARK_DATA ?? beside;
const skipWithout = (folder) => notBuilt || (!existsSync(path.join(data, folder)) && `not there: ${folder}`);
/** Python's JSON: it writes numbers that others lack. */
const json = async (...names) =>
  JSON.parse((await readFile(path.join(data, ...names), 'utf8')).replace(/([[,:]\s*)(NaN|-?Infinity)/g, '$1null'));

let pages, folder;
before(async () => {
  pages = await module();
  folder = await mkdtemp(path.join(tmpdir(), 'chunkmark-golden-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

function textSha256(texts) {
  const parts = texts.flatMap((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes.length));
    return [length, bytes];
  });
  return sha256(...parts);
}

/** As NumPy has them: elements that are stored with the most significant byte first stay so. */
function storedOrder(dtype, bytes) {
  const size = Number(/^>[a-z](\d+)$/.exec(dtype)?.[1] ?? 1);
  const stored = Buffer.from(bytes);
  for (let at = 0; size > 1 && at < stored.length; at += size) stored.subarray(at, at + size).reverse();
  return stored;
}

const sumOf = ({ strings, data: bytes }, dtype) => (strings ? textSha256(strings) : sha256(storedOrder(dtype, bytes)));

test('versioned files hold what h5py and versioned-hdf5 read', { skip: skipWithout('versioned-hdf5') }, async () => {
  let compared = 0;
  for (const name of readdirSync(path.join(data, 'versioned-hdf5')).filter((each) => each.endsWith('.json'))) {
    const { versions } = await json('versioned-hdf5', name);
    const file = await (
      await storage('hdf5')
    ).openHdf5(readFileSync(path.join(data, 'versioned-hdf5', name.replace(/json$/, 'h5'))));
    for (const [version, { datasets }] of Object.entries(versions)) {
      if (version === '__first_version__') continue;
      for (const [where, expected] of Object.entries(datasets)) {
        const told = `${name} ${version} ${where}`;
        const found = await file.read(where, { version });
        assert.deepEqual(found.shape, expected.shape, told);
        assert.equal(sumOf(found, expected.dtype_descr ?? ''), expected.sha256 ?? textSha256(expected.data), told);
        ++compared;
      }
    }
  }
  assert.ok(compared > 100, `${compared} datasets`);
});

// Codecs that are not compiled for pages.
const kRefusedStores = { 'numcodecs.lzma': /lzma/, v2_lzma: /lzma/ };

test('stores of zarr-python hold what it reads', { skip: skipWithout('zarr-3.4.2') }, async () => {
  execFileSync('tar', ['-xf', path.join(data, 'zarr-3.4.2', 'stores.tgz'), '-C', folder]);
  const places = readdirSync(folder).flatMap((outer) =>
    readdirSync(path.join(folder, outer)).map((name) => [name, path.join(folder, outer, name)]),
  );
  const stores = new Map(places);
  const fetcher = async (url, { headers }) => {
    const file = decodeURIComponent(new URL(url).pathname);
    if (!existsSync(file)) return new Response(null, { status: 404 });
    const bytes = readFileSync(file);
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(headers.Range);
    if (Number(from) >= bytes.length) return new Response(null, { status: 416 });
    const part = bytes.subarray(Number(from), Number(to) + 1);
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
    return new Response(part, { status: 206, headers: { 'Content-Range': range } });
  };
  const core = await storage('zarr');
  const sums = Object.entries(await json('zarr-3.4.2', 'sha256.json'));
  for (const [name, expected] of sums) {
    const place = stores.get(name);
    const store = await core.openStore(new pages.UrlStore(`https://a.test${place}/`, fetcher));
    if (kRefusedStores[name]) {
      await assert.rejects(store.array(), { code: 'unsupported', message: kRefusedStores[name] });
      continue;
    }
    const found = await (await store.array()).read();
    if (found.strings) {
      assert.deepEqual(found.strings, ['a', 'bb', 'ü', ''], name); // of the one store that has them
      continue;
    }
    const document = path.join(place, '.zarray');
    const dtype = existsSync(document) ? JSON.parse(readFileSync(document, 'utf8')).dtype : '';
    assert.equal(sha256(storedOrder(String(dtype), found.data)), expected, name);
  }
  assert.ok(sums.length >= 90, `${sums.length} stores`);
});

// What a page cannot reach: files beside the one that it has. And of what no filter or reader is compiled for pages.
const kRefused = /other file|external|member|szip|zfp|LZO|VAX|filter/i;

test(
  "the HDF5 library's own files: equal elements, or refused by name",
  { skip: skipWithout('hdf5-1.14.5') },
  async () => {
    execFileSync('tar', ['-xf', path.join(data, 'hdf5-1.14.5', 'files.txz'), '-C', folder]);
    const told = await json('hdf5-1.14.5', 'expected.json');
    const problems = [];
    let [equal, refused, mixed] = [0, 0, 0];
    const core = await storage('hdf5');
    for (const [name, { datasets = {} }] of Object.entries(told.files ?? told)) {
      const file = await core.openHdf5(readFileSync(path.join(folder, 'files', name)));
      for (const [where, expected] of Object.entries(datasets)) {
        if (!('sha256' in expected)) continue;
        try {
          const found = await file.read(where);
          const isMixed = JSON.stringify(found.dtype).includes('>') && typeof found.dtype !== 'string';
          if (isMixed)
            ++mixed; // of its members each has an order of its own
          else if (sumOf(found, String(found.dtype)) === expected.sha256) ++equal;
          else problems.push(`${name}:${where}: other elements, ${found.dtype}`);
        } catch (error) {
          if (error.code === 'unsupported' || kRefused.test(error.message)) ++refused;
          else problems.push(`${name}:${where}: ${error.message}`);
        }
      }
      await file.close();
    }
    assert.deepEqual(problems.slice(0, 40), []);
    console.log(`${equal} equal, ${refused} refused, ${mixed} not compared`);
    assert.ok(equal > 1000, `${equal} equal, ${refused} refused, ${mixed} not compared`);
  },
);
