// Zarr arrays to and fro between zarrita.js (the version of web/package-lock.json) and Chunkmark, equal to the byte.
//
//   node zarrita_cases.mjs ZARR_CASE
//
// Theirs to ours: what zarrita writes (format 3; no shards, no checksums) we read. Ours to theirs: zarrita reads our
// arrays of both formats, shards and checksums too.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as zarr from '../../../web/node_modules/zarrita/dist/src/index.js';
import FileSystemStore from '../../../web/node_modules/@zarrita/storage/dist/src/fs.js';

const kTypes = { bool: Uint8Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array };
Object.assign(kTypes, { int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array });
Object.assign(kTypes, { float32: Float32Array, float64: Float64Array });
const kV2Types = { bool: '|b1', int8: '|i1', uint8: '|u1', int16: 'i2', uint16: 'u2', int32: 'i4', uint32: 'u4' };
Object.assign(kV2Types, { int64: 'i8', uint64: 'u8', float32: 'f4', float64: 'f8' });
const kShapes = [
  [[17], [5]],
  [
    [10, 13],
    [4, 5],
  ],
  [
    [3, 4, 5],
    [2, 4, 3],
  ],
];
const named = (name, configuration) => (configuration ? { name, configuration } : { name });
const kBlosc = ['lz4', 'lz4hc', 'blosclz', 'zlib', 'zstd'].flatMap((cname) =>
  ['noshuffle', 'shuffle', 'bitshuffle'].map((shuffle) =>
    named('blosc', { cname, shuffle, clevel: 5, typesize: 4, blocksize: 0 }),
  ),
);
// It has no encoder of gzip for a chunk, nor of crc32c.
const kWritten = [[], [named('zstd', { level: 3, checksum: false })], ...kBlosc.map((codec) => [codec])];
const gzip = named('gzip', { level: 5 });
const kRead = [...kWritten, [gzip], [named('crc32c')], [gzip, named('crc32c')]];
const kV2Compressors = [
  null,
  { id: 'zlib', level: 3 },
  { id: 'gzip', level: 3 },
  { id: 'zstd', level: 4 },
  { id: 'lz4', acceleration: 1 },
  { id: 'blosc', cname: 'lz4', clevel: 5, shuffle: 1, blocksize: 0 },
  { id: 'blosc', cname: 'zstd', clevel: 3, shuffle: 2, blocksize: 0 },
];

const cycle =
  (items, at = 0) =>
  () =>
    items[at++ % items.length];

function bytesCodec(dtype, endian) {
  return kTypes[dtype].BYTES_PER_ELEMENT === 1 ? named('bytes') : named('bytes', { endian });
}

function* v3Documents(compressors, endians) {
  const compressor = cycle(compressors);
  const transposed = cycle([false, true, false]);
  for (const dtype of Object.keys(kTypes)) {
    for (const endian of endians) {
      for (const [shape, chunks] of kShapes) {
        const order = shape.map((_, i) => shape.length - 1 - i);
        const codecs = [bytesCodec(dtype, endian), ...compressor()];
        if (transposed()) codecs.unshift(named('transpose', { order }));
        yield { dtype, shape, chunks, codecs };
      }
    }
  }
  for (const codecs of compressors) {
    yield { dtype: 'float32', shape: [19, 14], chunks: [8, 6], codecs: [bytesCodec('float32', 'little'), ...codecs] };
  }
}

// It looks for the index at a shard's end, wherever the metadata says that it is.
function* shardedDocuments() {
  for (const compressor of kRead) {
    const sharding = {
      chunk_shape: [4, 3],
      codecs: [bytesCodec('float32', 'little'), ...compressor],
      index_codecs: [named('bytes', { endian: 'little' }), named('crc32c')],
      index_location: 'end',
    };
    yield { dtype: 'float32', shape: [19, 14], chunks: [8, 6], codecs: [named('sharding_indexed', sharding)] };
  }
}

function* v2Documents() {
  const compressor = cycle(kV2Compressors);
  const order = cycle(['C', 'F', 'C']);
  for (const dtype of Object.keys(kTypes)) {
    for (const endian of '<>') {
      for (const [shape, chunks] of kShapes) {
        const type = kV2Types[dtype];
        yield {
          dtype,
          document: {
            zarr_format: 2,
            dtype: type.startsWith('|') ? type : endian + type,
            shape,
            chunks,
            compressor: compressor(),
            order: order(),
            filters: null,
            fill_value: null,
          },
        };
      }
    }
  }
}

const v3Document = ({ dtype, shape, chunks, codecs }) => ({
  zarr_format: 3,
  node_type: 'array',
  shape,
  data_type: dtype,
  chunk_grid: named('regular', { chunk_shape: chunks }),
  chunk_key_encoding: named('default', { separator: '/' }),
  fill_value: dtype === 'bool' ? false : 0,
  codecs,
  attributes: {},
});

// Reproducible, and of every bit pattern that a number may have but NaN.
function dataOf(dtype, shape) {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = new kTypes[dtype](size);
  let state = 12345;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    if (dtype === 'bool') data[i] = (state >>> 16) & 1;
    else if (dtype.endsWith('int64')) data[i] = BigInt(state) * 4294967291n;
    else data[i] = dtype.startsWith('float') ? (state - 2 ** 31) / 1000 : state >>> 3;
  }
  return data;
}

const bytesOf = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

class Ours {
  constructor(program) {
    this.process = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }
  async ask(request) {
    this.process.stdin.write(`${JSON.stringify(request)}\n`);
    const reply = JSON.parse((await this.lines.next()).value);
    if (reply.error) throw new Error(`chunkmark: ${reply.error}`);
  }
  end() {
    this.process.stdin.end();
  }
}

function expectEqual(found, expected, what) {
  if (!bytesOf(found).equals(bytesOf(expected))) throw new Error(`${what}: other bytes`);
}

// What zarrita gives may have another order of axes in memory.
function inCOrder({ data, shape, stride }, dtype) {
  const values = dtype === 'bool' ? Uint8Array.from(data, Number) : data;
  const found = new kTypes[dtype](shape.reduce((a, b) => a * b, 1));
  const index = shape.map(() => 0);
  for (let i = 0; i < found.length; i++) {
    found[i] = values[index.reduce((sum, at, axis) => sum + at * stride[axis], 0)];
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return found;
}

async function theirsToOurs(ours, folder, { dtype, shape, chunks, codecs }) {
  const array = await zarr.create(new FileSystemStore(`${folder}/theirs`), {
    shape,
    chunkShape: chunks,
    dtype,
    codecs,
    fillValue: dtype === 'bool' ? false : 0, // a BigInt it cannot serialize
  });
  const data = dataOf(dtype, shape);
  const stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const written = dtype === 'bool' ? new zarr.BoolArray(data.buffer) : data;
  await zarr.set(array, null, { data: written, shape, stride });
  await ours.ask({ op: 'read', path: `${folder}/theirs`, data: `${folder}/out` });
  expectEqual(await readFile(`${folder}/out`), data, 'theirs to ours');
}

async function oursToTheirs(ours, folder, dtype, document) {
  const data = dataOf(dtype, document.shape);
  await writeFile(`${folder}/in`, bytesOf(data));
  await ours.ask({ op: 'write', path: `${folder}/ours`, document, data: `${folder}/in` });
  const open = document.zarr_format === 2 ? zarr.open.v2 : zarr.open.v3;
  const array = await open(new FileSystemStore(`${folder}/ours`), { kind: 'array' });
  expectEqual(inCOrder(await zarr.get(array), dtype), data, 'ours to theirs');
}

const ours = new Ours(process.argv[2]);
const failures = [];
let passed = 0;
async function run(what, check) {
  const folder = await mkdtemp(path.join(tmpdir(), 'zarrita-'));
  try {
    await check(folder);
    passed++;
  } catch (error) {
    failures.push(`${JSON.stringify(what)}: ${error.message}`);
  }
  await rm(folder, { recursive: true });
}
for (const given of v3Documents(kWritten, ['little', 'big'])) {
  await run({ theirs: given }, (folder) => theirsToOurs(ours, folder, given));
}
for (const given of [...v3Documents(kRead, ['little', 'big']), ...shardedDocuments()]) {
  const document = v3Document(given);
  await run({ ours: document }, (folder) => oursToTheirs(ours, folder, given.dtype, document));
}
for (const { dtype, document } of v2Documents()) {
  await run({ ours: document }, (folder) => oursToTheirs(ours, folder, dtype, document));
}
ours.end();
for (const failure of failures.slice(0, 20)) console.log(failure);
console.log(`zarrita.js: ${passed} cases passed, ${failures.length} failed`);
process.exit(passed > 240 && failures.length === 0 ? 0 : 1);
