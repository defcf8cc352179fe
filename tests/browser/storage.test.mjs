// chunkmark-zarr and chunkmark-hdf5 in node, where the native program is at hand: what one writes, the other reads, and the same bytes; files
// far away by ranges, counted; commits over a journal that is cut off at any write.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../web/packages.mjs';
import { module } from './fixture/module.mjs';
import { program, skip, storage } from './fixture/storage.mjs';
import { serve } from './serve.mjs';

const maker = path.join(path.dirname(program), 'tests', 'plain_file');
const skipMaker = skip || (!existsSync(maker) && `not built: ${maker}`);

let folder;
let pages;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'chunkmark-storage-'));
  pages = await module();
});
after(async () => folder && rm(folder, { recursive: true, force: true }));

const native = (...words) => JSON.parse(execFileSync(program, [...words, '--json'], { maxBuffer: 1 << 26 }).toString());
const numbers = (count, from = 0) => Float64Array.from({ length: count }, (_, i) => from + i * 0.5);
const asFloat64 = ({ data }) => new Float64Array(data.buffer, data.byteOffset, data.byteLength / 8);
const kTime = new Date(1700000000000);

/** Versions r0, r1 ... of x (10,000 float64 in chunks of 4096), names and, from r1 on, group/y. */
async function versions(count, given) {
  const core = given ?? (await storage('hdf5'));
  const file = await core.newHdf5(kTime);
  for (let i = 0; i < count; ++i) {
    const set = [{ path: 'x', dtype: '<f8', shape: [10000], data: numbers(10000, i % 3) }];
    if (i === 0) set.push({ path: 'names', dtype: 'string', shape: [2], chunks: [2], strings: ['größe', 'b'] });
    if (i === 1)
      set.push({ path: 'group/y', dtype: '<i4', shape: [4, 6], chunks: [2, 3], data: new Int32Array(24).fill(7) });
    await file.commit({ version: `r${i}`, time: kTime, message: `number ${i}`, set });
  }
  return { core, file };
}

test('what is committed here is read here, and by the native program', { skip }, async () => {
  const { file } = await versions(3);
  assert.deepEqual(
    (await file.log()).versions.map(({ name, previous }) => [name, previous]),
    [
      ['r0', null],
      ['r1', 'r0'],
      ['r2', 'r1'],
    ],
  );
  assert.deepEqual(asFloat64(await file.read('x', { version: 'r1' })), numbers(10000, 1));
  assert.deepEqual(asFloat64(await file.read('x', { version: 'r0', region: [[4000], [200]] })), numbers(200, 2000));
  assert.deepEqual((await file.read('names')).strings, ['größe', 'b']);
  const tree = await file.tree();
  assert.deepEqual(Object.keys(tree.datasets).sort(), ['group/y', 'names', 'x']);
  assert.deepEqual(tree.datasets['group/y'], {
    shape: [4, 6],
    dtype: '<i4',
    type: '<i4',
    filters: '',
    chunks: [2, 3],
    bytes: 96,
  });
  assert.equal(tree.attributes.message, 'number 2');

  const stored = path.join(folder, 'made.h5');
  await writeFile(stored, file.bytes());
  const dump = native('h5', 'dump', stored);
  assert.equal(dump.current_version, 'r2');
  const expected = createHash('sha256')
    .update(new Uint8Array(numbers(10000, 2).buffer))
    .digest('hex');
  assert.equal(dump.versions.r2.datasets.x.sha256, expected);
  execFileSync(program, ['h5', 'verify', stored]); // throws where anything is found
});

test('the same commits make the same bytes as natively', { skip }, async () => {
  const { file } = await versions(1);
  await file.commit({ version: 'r1', time: kTime, set: [{ path: 'x', data: numbers(10000, 9) }] });
  const stored = path.join(folder, 'native.h5');
  const raw = path.join(folder, 'x.raw');
  const start = await versions(1);
  await writeFile(stored, start.file.bytes());
  await writeFile(raw, new Uint8Array(numbers(10000, 9).buffer));
  const time = kTime.toISOString().slice(0, 19);
  execFileSync(program, ['h5', 'commit', stored, 'r1', '--set', `/x=@${raw}`, '--dtype', '<f8', '--time', time]);
  assert.ok(Buffer.compare(await readFile(stored), file.bytes()) === 0, 'the files differ');
});

/** A source in memory that counts what is asked of it. */
function counted(bytes) {
  const source = {
    name: 'far',
    size: null,
    requests: 0,
    moved: 0,
    async read(from, to) {
      ++source.requests;
      source.size = bytes.length;
      const part = bytes.slice(from, Math.min(to, bytes.length));
      source.moved += part.length;
      return part;
    },
  };
  return source;
}

test('a file far away is read by ranges: its structures and one region', { skip }, async () => {
  const { core, file } = await versions(40);
  const bytes = file.bytes();
  const source = counted(bytes);
  const far = await core.openHdf5(source);
  assert.equal((await far.log()).versions.length, 40);
  const listed = { requests: source.requests, moved: source.moved };
  assert.deepEqual(asFloat64(await far.read('x', { version: 'r20', region: [[5000], [100]] })), numbers(100, 2502));
  assert.ok(listed.requests <= 12, `the list took ${listed.requests} requests`);
  assert.ok(source.requests - listed.requests <= 6, `the region took ${source.requests - listed.requests} requests`);
  assert.ok(source.moved < bytes.length, `${source.moved} of ${bytes.length} bytes`);
});

test('with its index, a file far away is listed by one request, and a region by few', { skip }, async () => {
  const { core, file } = await versions(40);
  const stored = path.join(folder, 'indexed.h5');
  await writeFile(stored, file.bytes());
  execFileSync(program, ['h5', 'index', stored]);
  const index = new Uint8Array(await readFile(`${stored}.idx`));
  const source = counted(file.bytes());
  const far = await core.openHdf5(source, { index });
  assert.equal((await far.log()).versions.length, 40);
  assert.ok(Object.keys((await far.tree('r39')).datasets).includes('group/y'));
  assert.equal(source.requests, 1);
  assert.deepEqual(asFloat64(await far.read('x', { version: 'r20', region: [[5000], [100]] })), numbers(100, 2502));
  assert.ok(source.requests <= 3, `${source.requests} requests`);

  await file.commit({ version: 'later', set: [] });
  const changed = await core.openHdf5(counted(file.bytes()), { index }); // of another state: not used
  assert.equal((await changed.log()).versions.length, 41);
});

test('with its index, a file without versions is listed far away by two requests', { skip: skipMaker }, async () => {
  const stored = path.join(folder, 'many.h5');
  execFileSync(maker, [stored, 'many']);
  execFileSync(program, ['h5', 'index', stored]);
  const server = await serve(folder);
  try {
    const core = await storage('hdf5');
    const trees = [];
    for (const [indexed, most] of [
      [false, 100],
      [true, 2], // the index, and the beginning of the file
    ]) {
      const asked = server.requests.length;
      const index = indexed && new Uint8Array(await (await fetch(`${server.url}many.h5.idx`)).arrayBuffer());
      const far = await core.openHdf5(`${server.url}many.h5`, index ? { index } : {});
      assert.equal((await far.log()).versions, null);
      trees.push(await far.tree());
      const requests = server.requests.length - asked;
      assert.ok(requests <= most && requests > most / 4, `${requests} requests, at most ${most} expected`);
      const { data } = await far.read('group50/x', { region: [[4998], [2]] });
      assert.deepEqual([...new Int32Array(data.slice().buffer)], [4998, 4999]);
      if (indexed) assert.equal(server.requests.length - asked, most + 1);
      await far.close();
    }
    assert.equal(Object.keys(trees[0].datasets).length, 200);
    assert.deepEqual(trees[0], trees[1]);
  } finally {
    await server.close();
  }
});

test('an abort ends a read between two requests', { skip }, async () => {
  const { core, file } = await versions(3);
  const abort = new AbortController();
  const source = counted(file.bytes());
  const read = source.read;
  source.read = (...range) => {
    abort.abort();
    return read(...range);
  };
  const far = await core.openHdf5(source);
  await assert.rejects(far.log(abort.signal), { code: 'cancelled' });
  source.read = read;
  assert.equal((await far.log()).versions.length, 3);
});

test('an error of the source is told, and the next try may succeed', { skip }, async () => {
  const { core, file } = await versions(1);
  const source = counted(file.bytes());
  const read = source.read;
  source.read = async () => {
    throw new Error('the line is down');
  };
  const far = await core.openHdf5(source);
  await assert.rejects(far.log(), { code: 'io', message: /the line is down/ });
  source.read = read;
  assert.equal((await far.log()).current, 'r0');
});

/** A file as the origin's private file system has it: writes may be cut off. */
function handle(disk) {
  return {
    getSize: () => disk.bytes.length,
    read: (into, { at }) => {
      const part = disk.bytes.subarray(at, at + into.length);
      into.set(part);
      return part.length;
    },
    write: (from, { at }) => {
      if (disk.left() === 0) throw new Error('the worker is gone');
      const grown = new Uint8Array(Math.max(disk.bytes.length, at + from.length));
      grown.set(disk.bytes);
      grown.set(from, at);
      disk.bytes = grown;
      return from.length;
    },
    truncate: (size) => {
      if (disk.left() === 0) throw new Error('the worker is gone');
      const cut = new Uint8Array(size);
      cut.set(disk.bytes.subarray(0, size));
      disk.bytes = cut;
    },
    flush: () => {},
    close: () => {},
  };
}

test('a commit that is cut off at any write is whole or nothing when the file is opened again', { skip }, async () => {
  const core = await storage('hdf5');
  let writes = Infinity;
  const left = () => (writes > 0 ? writes-- : 0);
  const outcomes = { old: 0, new: 0 };
  for (let most = 0; ; ++most) {
    const disk = { bytes: new Uint8Array(0), left };
    const journal = { bytes: new Uint8Array(0), left };
    writes = Infinity;
    const file = await core.openHandle('f.h5', handle(disk), handle(journal));
    await file.commit({
      version: 'r0',
      time: kTime,
      set: [{ path: 'x', dtype: '<i4', shape: [4], data: Int32Array.of(1, 2, 3, 4) }],
    });
    writes = most;
    let failed = false;
    try {
      await file.commit({ version: 'r1', time: kTime, set: [{ path: 'x', data: Int32Array.of(5, 6, 7, 8) }] });
    } catch (error) {
      failed = true;
      assert.match(error.message, /the worker is gone/);
    }
    writes = Infinity;
    const again = await core.openHandle('f.h5', handle(disk), handle(journal));
    const { current } = await again.log();
    const data = (await again.read('x')).data;
    const found = [...new Int32Array(data.buffer, data.byteOffset, 4)];
    assert.deepEqual(found, current === 'r1' ? [5, 6, 7, 8] : [1, 2, 3, 4]);
    outcomes[current === 'r1' ? 'new' : 'old'] += 1;
    const stored = path.join(folder, 'cut.h5');
    await writeFile(stored, disk.bytes);
    execFileSync(program, ['h5', 'verify', stored]);
    if (!failed) break;
    assert.ok(most < 200);
  }
  assert.ok(outcomes.old > 3 && outcomes.new > 3, JSON.stringify(outcomes));
});

for (const [codec, format] of [
  ['none', 'zarr3'],
  ['blosc', 'zarr3'],
  ['zstd', 'zarr3'],
  ['gzip', 'zarr2'],
]) {
  test(`Zarr in the module's memory: ${format}, ${codec}`, { skip }, async () => {
    const store = await (await storage('zarr')).openStore('memory:');
    const array = await store.create('a', { format, shape: [100, 60], chunks: [30, 60], dtype: 'float64', codec });
    await array.write(numbers(6000));
    assert.deepEqual(asFloat64(await array.read()), numbers(6000));
    assert.deepEqual(
      asFloat64(
        await array.read({
          region: [
            [50, 10],
            [1, 5],
          ],
        }),
      ),
      numbers(5, 1505),
    );
    assert.deepEqual((await store.array('a')).facts.chunks, [30, 60]);
    await assert.rejects(store.array('b'), { code: 'not_found' });
  });
}

/** zarr.json of float64, uncompressed. */
const zarrDocument = (shape, chunk) =>
  new TextEncoder().encode(
    JSON.stringify({
      zarr_format: 3,
      node_type: 'array',
      shape,
      data_type: 'float64',
      chunk_grid: { name: 'regular', configuration: { chunk_shape: chunk } },
      chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
      fill_value: 0,
      codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
      attributes: {},
    }),
  );

/** What a server answers that has these files at kAddress. */
const kAddress = 'https://a.test/x/';
function answer(files, url, { headers }) {
  const bytes = files.get(String(url).replace(kAddress, ''));
  if (!bytes) return new Response(null, { status: 404 });
  const [, from, to] = /bytes=(\d+)-(\d+)/.exec(headers.Range);
  const part = bytes.slice(Number(from), Number(to) + 1);
  const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
  return new Response(part, { status: 206, headers: { 'Content-Range': range } });
}

test('Zarr below an address: the chunks of a region alone', { skip }, async () => {
  const asked = [];
  const files = new Map([
    ['zarr.json', zarrDocument([100, 100], [50, 100])],
    ['c/1/0', new Uint8Array(numbers(5000, 2500).buffer)],
  ]);
  const fetcher = async (url, options) => {
    asked.push(String(url).replace(kAddress, ''));
    return answer(files, url, options);
  };
  const store = await (await storage('zarr')).openStore(new pages.UrlStore(kAddress, fetcher));
  const far = await store.array();
  const row = async (at, count) => asFloat64(await far.read({ region: [at, [1, count]] }));
  assert.deepEqual(await row([60, 0], 100), numbers(100, 3000));
  assert.deepEqual(await row([10, 0], 3), Float64Array.of(0, 0, 0));
  assert.deepEqual([...new Set(asked)].sort(), ['c/0/0', 'c/1/0', 'zarr.json']);
});

test('an array has the same bytes as natively, whatever its codec', { skip }, async () => {
  const core = await storage('zarr');
  const shape = [300, 500]; // 1.2 MB that compresses well
  const data = Float64Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.floor(i / 8));
  for (const format of ['zarr2', 'zarr3']) {
    for (const codec of ['none', 'blosc', 'zstd', 'gzip', 'lz4']) {
      const kept = new pages.MemoryStore();
      const store = await core.openStore(kept);
      await (await store.create('', { format, shape, chunks: [200, 500], dtype: 'float64', codec })).write(data);
      const name = path.join(folder, `${format}-${codec}`);
      const objects = new Map();
      const walk = async (prefix) => {
        for (const each of kept.list(prefix)) {
          const key = prefix === '' ? each : `${prefix}/${each}`;
          if (each.endsWith('/')) {
            await walk(key.slice(0, -1));
            continue;
          }
          const file = kept.open(key);
          const bytes = new Uint8Array(file.size());
          file.read(0, bytes);
          objects.set(key, bytes);
          await mkdir(path.dirname(path.join(name, key)), { recursive: true });
          await writeFile(path.join(name, key), bytes);
        }
      };
      await walk('');
      native('array', 'copy', name, `${name}.native`, '--codec', codec, '--threads', '1');
      assert.ok(objects.size >= 3, `${objects.size} objects`);
      for (const [key, bytes] of objects) {
        const same = Buffer.compare(await readFile(path.join(`${name}.native`, key)), bytes) === 0;
        assert.ok(same, `${format}, ${codec}: ${key} differs`);
      }
      await store.close();
    }
  }
});

test('chunks of any size come whole, with one request each', { skip }, async () => {
  const kChunks = 12;
  const each = 50_000; // float64: several blocks of a page's cache
  const files = new Map([['zarr.json', zarrDocument([kChunks * each], [each])]]);
  for (let i = 0; i < kChunks; ++i) files.set(`c/${i}`, new Uint8Array(numbers(each, i * each * 0.5).buffer));
  let requests = 0;
  let together = 0;
  let most = 0;
  const fetcher = async (url, options) => {
    ++requests;
    most = Math.max(most, ++together);
    await new Promise((resolve) => setTimeout(resolve, 5));
    --together;
    return answer(files, url, options);
  };
  const array = await (await (await storage('zarr')).openStore(new pages.UrlStore(kAddress, fetcher))).array();
  assert.deepEqual(asFloat64(await array.read()), numbers(kChunks * each));
  assert.equal(requests, 1 + kChunks);
  assert.ok(most > 4, `at most ${most} at once`);
});

test('a plain dataset far away is fetched once, in few rounds, while it is decoded', { skip }, async () => {
  const hdf5 = await import(pathToFileURL(path.join(packageRoot, 'node_modules/h5wasm/dist/node/hdf5_hl.js')).href);
  await hdf5.ready;
  const [rows, columns] = [3000, 1000]; // 24 MB: three pieces
  const data = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
  const made = path.join(folder, 'plain.h5');
  const file = new hdf5.File(made, 'w');
  const common = { data, shape: [rows, columns], dtype: '<d' };
  file.create_dataset({ ...common, name: 'gzip', chunks: [100, 250], compression: 'gzip' });
  file.create_dataset({ ...common, name: 'contiguous' });
  file.close();
  const core = await storage('hdf5');
  const arrive = core.host.arrive.bind(core.host);
  for (const name of ['gzip', 'contiguous']) {
    let rounds = 0;
    core.host.arrive = (signal) => arrive(signal, ++rounds);
    const opened = await core.openHdf5(new Blob([await readFile(made)]));
    assert.deepEqual(asFloat64(await opened.read(name)), data, name);
    const all = await stat(made);
    assert.ok(rounds <= 12, `${name}: ${rounds} rounds`);
    const fetched = opened.counted.bytes;
    assert.ok(fetched <= 0.6 * all.size, `${name}: ${fetched} of ${all.size}, which has two datasets`);
    const rows = [
      [1000, 0],
      [500, columns],
    ];
    const part = data.subarray(1000 * columns, 1500 * columns);
    assert.deepEqual(asFloat64(await opened.read(name, { region: rows })), part);
    const region = [
      [1203, 100],
      [5, 3],
    ];
    const expected = Float64Array.from(
      { length: 15 },
      (_, i) => data[(1203 + Math.floor(i / 3)) * columns + 100 + (i % 3)],
    );
    assert.deepEqual(asFloat64(await opened.read(name, { region })), expected);
    await opened.close();
  }
  core.host.arrive = arrive;
  const opened = await core.openHdf5(new Blob([await readFile(made)]));
  const beyond = { region: [[2999, 0], [2, columns]] }; // prettier-ignore
  await assert.rejects(opened.read('contiguous', beyond), { code: 'invalid_argument' });
  const stop = new AbortController();
  const stopped = opened.read('contiguous', { signal: stop.signal });
  stop.abort();
  await assert.rejects(stopped, { code: 'cancelled' });
});

test('a contiguous dataset comes in the order of this machine, wherever it lies', { skip: skipMaker }, async () => {
  const stored = path.join(folder, 'orders.h5');
  execFileSync(maker, [stored, 'orders']);
  const bytes = await readFile(stored);
  const expected = Int32Array.from({ length: 400_000 }, (_, i) => i);
  const core = await storage('hdf5');
  const server = await serve(folder);
  try {
    for (const from of [new Uint8Array(bytes), new Blob([bytes]), `${server.url}orders.h5`]) {
      const opened = await core.openHdf5(from);
      for (const name of ['little', 'big']) {
        const { data } = await opened.read(name);
        assert.deepEqual(new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4), expected, name);
        data.fill(1); // the caller's own
      }
      await opened.close();
    }
  } finally {
    await server.close();
  }
});

test('very many strings are read', { skip }, async () => {
  const strings = Array.from({ length: 300_000 }, (_, i) => `${i}`); // more than a call takes as arguments
  const file = await (await storage('hdf5')).newHdf5();
  await file.commit({ version: 'r0', set: [{ path: 's', dtype: 'string', shape: [strings.length], strings }] });
  assert.deepEqual((await file.read('s')).strings, strings);
});

test('requests that make no sense are refused by name', { skip }, async () => {
  const { core, file } = await versions(1);
  await assert.rejects(file.read('z'), { code: 'not_found', message: /z/ });
  await assert.rejects(file.read('x', { version: 'r9' }), { code: 'not_found' });
  await assert.rejects(file.read('x', { region: [[9999], [2]] }), {
    code: 'invalid_argument',
    message: /region: expected a part of \[10000\]/,
  });
  await assert.rejects(file.commit({ version: 'r0', set: [] }), { code: 'conflict' });
  await assert.rejects(core.call('hdf5.read', { file: 99, path: 'x' }), {
    code: 'not_found',
    message: 'file 99: it is not open',
  });
  await assert.rejects(file.commit({ version: 'r1', set: [{ path: 'x', data: new Uint8Array(3) }] }), {
    code: 'invalid_argument',
  });
});
