// Range queries, packed columns, transforms and sums by function: pure code, tested against definitions.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { documents } from '../golden/range/generate.mjs';
import { module } from './fixture/module.mjs';
import { pack, packStrings } from './fixture/packed.mjs';
import { peerReport, random } from './fixture/report.mjs';

const golden = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'golden', 'range');
let p;
before(async () => {
  p = await module();
});

const moves = (table) => ({
  t: Uint32Array.from(table.t),
  bytes: Float64Array.from(table.bytes),
  calls: Uint32Array.from(table.calls),
  stack: Uint32Array.from(table.stack),
  thread: Uint32Array.from(table.thread),
});
const columns = (file) => ({
  intervals: {
    t0: Uint32Array.from(file.intervals.t0),
    t1: Uint32Array.from(file.intervals.t1),
    bytes: Float64Array.from(file.intervals.bytes),
    blocks: Uint32Array.from(file.intervals.blocks),
    stack: Uint32Array.from(file.intervals.stack),
    thread: Uint32Array.from(file.intervals.thread),
  },
  copies: moves(file.copies),
  transfers: moves(file.transfers),
});

test('range queries answer as the golden files say', async () => {
  const files = (await readdir(golden)).filter((name) => name.endsWith('.json'));
  assert.ok(files.length >= 4);
  for (const name of files) {
    const file = JSON.parse(await readFile(path.join(golden, name), 'utf8'));
    const data = columns(file);
    const nodes = file.stacks.parent.length;
    assert.ok(file.queries.length >= 25);
    for (const { expected, ...query } of file.queries) {
      const threads =
        query.threads && Uint8Array.from({ length: file.threads }, (_, i) => Number(query.threads.includes(i)));
      const found = p.select(data, nodes, { ...query, threads }, p.heapTimeline(data.intervals, threads));
      const self = [...found.selfBytes]
        .map((bytes, stack) => [stack, bytes, found.selfBlocks[stack]])
        .filter(([, bytes, blocks]) => bytes || blocks);
      assert.deepEqual(
        { at: found.at, bytes: found.bytes, blocks: found.blocks, self },
        expected,
        `${name} ${JSON.stringify(query)}`,
      );
    }
  }
});

test('the golden files are what their definition gives', async () => {
  for (const [name, text] of Object.entries(documents()))
    assert.equal(await readFile(path.join(golden, name), 'utf8'), text, name);
});

test('a heap timeline ends at what is never freed, and rows are sorted stably', () => {
  const next = random(5);
  const n = 70_000;
  const column = Uint32Array.from({ length: n }, () => Math.floor(next() * 2 ** 32) >>> (next() < 0.5 ? 0 : 20));
  const order = p.sortedBy(column);
  for (let i = 1; i < n; i++) {
    const [a, b] = [order[i - 1], order[i]];
    assert.ok(column[a] < column[b] || (column[a] === column[b] && a < b));
  }
  const line = p.heapTimeline(
    {
      t0: Uint32Array.of(1, 2),
      t1: Uint32Array.of(5, 0xffffffff),
      bytes: Float64Array.of(10, 3),
      blocks: Uint32Array.of(1, 1),
      stack: Uint32Array.of(0, 0),
      thread: Uint32Array.of(0, 0),
    },
    null,
  );
  assert.deepEqual(
    [[...line.t], [...line.heap]],
    [
      [1, 2, 5],
      [10, 13, 3],
    ],
  );
});

test('packed columns come back as they went', async () => {
  const next = random(9);
  const u32 = Array.from({ length: 5000 }, () => Math.floor(next() * 2 ** 32));
  const sorted = [...u32].sort((a, b) => a - b);
  const cases = [
    ['u32', u32],
    ['u32', sorted, 'delta'],
    ['u16', u32.map((v) => v % 65536)],
    ['u8', u32.map((v) => v % 256)],
    ['u32', []],
    ['u32', [7]],
  ];
  for (const [type, values, encoding] of cases)
    assert.deepEqual([...(await p.unpack32('t', pack(type, values, encoding)))], values);
  const u64 = u32.map((v, i) => v * (i % 2 === 0 ? 1 : 2 ** 20));
  assert.deepEqual([...(await p.unpack64('t', pack('u64', u64)))], u64);
  assert.deepEqual([...(await p.unpack64('t', pack('u32', u32)))], u32);
  const strings = ['', 'a', 'ü </script>'];
  assert.deepEqual(await p.unpackStrings('t', packStrings(strings)), strings);
});

test('packed columns that do not hold together are refused', async () => {
  const good = pack('u32', [1, 2, 3]);
  await assert.rejects(p.unpack32('x', { ...good, rows: 4 }), /column x: expected 16 bytes, found 12/);
  await assert.rejects(p.unpack32('x', { ...good, rows: 2 }), /expected 8 bytes, found more/);
  await assert.rejects(p.unpack32('x', { ...good, type: 'f64' }), /expected u8, u16 or u32, found f64/);
  await assert.rejects(p.unpack32('x', undefined), /found nothing/);
  await assert.rejects(p.unpack32('x', { ...good, gzip: 'AAAA' }));
});

function randomTree(seed, n, frames) {
  const next = random(seed);
  const parent = Int32Array.from({ length: n }, (_, i) => (i === 0 ? -1 : Math.floor(next() ** 0.5 * i)));
  const frame = Int32Array.from({ length: n }, (_, i) => (i === 0 ? 0 : 1 + Math.floor(next() * (frames - 1))));
  const table = Array.from({ length: frames }, (_, i) => ({
    function: `f${i}`,
    file: `${i % 3}.py`,
    line: i,
    module: i % 4 === 0 ? 'libpython3.11.so.1' : 'm',
  }));
  const tree = { frames: table, parent, frame };
  const self = Float64Array.from({ length: n }, () => (next() < 0.5 ? 0 : Math.floor(next() * 1000)));
  return { tree, self };
}
const sum = (values) => values.reduce((a, b) => a + b, 0);

test('no transform changes a sum', () => {
  for (const [seed, n, frames] of [
    [1, 1, 2],
    [2, 40, 5],
    [3, 3000, 12],
    [4, 3000, 900],
  ]) {
    const { tree, self } = randomTree(seed, n, frames);
    const all = {
      hide: p.hideFrames(tree, p.isInterpreter),
      collapse: p.collapseRecursion(tree),
      invert: p.invert(tree, self),
    };
    all.both = p.chain(all.hide, (t) => p.collapseRecursion(t));
    for (const [name, { tree: after, map }] of Object.entries(all)) {
      p.checkTree(after);
      assert.equal(sum(p.carry(map, self, after.parent.length)), sum(self), `${name} of ${n}`);
    }
    assert.ok([...all.hide.tree.frame.subarray(1)].every((f) => !p.isInterpreter(tree.frames[f])));
  }
});

test('transforms do what they say', () => {
  const frames = ['all', 'a', 'b', 'c'].map((name) => ({ function: name, file: 'x', line: 1, module: '' }));
  // all > a > b > a > c  and  all > b
  const tree = { frames, parent: Int32Array.of(-1, 0, 1, 2, 3, 0), frame: Int32Array.of(0, 1, 2, 1, 3, 2) };
  const show = ({ tree: t }) =>
    [...t.parent].map((up, i) => {
      let text = frames[t.frame[i]].function;
      for (let at = up; at >= 0; at = t.parent[at]) text = `${frames[t.frame[at]].function}>${text}`;
      return text;
    });
  assert.deepEqual(show(p.hideFrames(tree, (f) => f.function === 'b')), ['all', 'all>a', 'all>a>a', 'all>a>a>c']);
  assert.deepEqual(show(p.collapseRecursion(tree)), ['all', 'all>a', 'all>a>b', 'all>a>c', 'all>b']);
  assert.deepEqual(show(p.invert(tree, Float64Array.of(0, 0, 0, 0, 5, 7))), [
    'all',
    'all>c',
    'all>b',
    'all>c>a',
    'all>c>a>b',
    'all>c>a>b>a',
  ]);
});

test('an inverted frame that weighs little is not taken further', () => {
  const frames = ['all', 'main', 'big', 'small', 'leaf'].map((name) => ({
    function: name,
    file: 'x',
    line: 1,
    module: '',
  }));
  // main > big > leaf (1,000,000), main > small > leaf (200), main > small (50)
  const tree = { frames, parent: Int32Array.of(-1, 0, 1, 1, 2, 3), frame: Int32Array.of(0, 1, 2, 3, 4, 4) };
  const self = Float64Array.of(0, 0, 0, 50, 1_000_000, 200);
  const { tree: after, map } = p.invert(tree, self);
  const named = (node) => {
    const path = [];
    for (let at = node; at > 0; at = after.parent[at]) path.unshift(frames[after.frame[at]].function);
    return path.join(' < ');
  };
  assert.deepEqual(
    [3, 4, 5].map((node) => named(map[node])),
    ['small', 'leaf < big < main', 'leaf < small < main'],
    'leaf < small weighs 200, the least is 61',
  );
  assert.equal(p.leastInverted(1_000_250) > 50, true);
  assert.equal(sum(p.carry(map, self, after.parent.length)), sum(self));
});

test('callers add up to a function, and callees with its own do too', () => {
  for (const [seed, n, frames] of [
    [5, 200, 4],
    [6, 2000, 30],
  ]) {
    const { tree, self } = randomTree(seed, n, frames);
    const weights = p.weigh(tree, self, self);
    const index = p.indexFunctions(tree);
    const rows = p.functionRows(index, weights);
    assert.equal(sum(rows.map((row) => row.self)) + self[0], weights.total[0]);
    for (const row of rows) {
      const around = p.neighbours(index, tree.parent, weights, row.id);
      assert.equal(around.total, row.total);
      assert.equal(sum(around.callers.map((e) => e.bytes)), row.total);
      assert.equal(sum(around.callees.map((e) => e.bytes)) + around.self, row.total);
      assert.ok(row.total <= weights.total[0] && row.self <= row.total);
    }
  }
});

test('a path has the same name in another run, and no other path has it', () => {
  const { tree } = p.readReport1(peerReport());
  const names = new p.PathIdentity(tree);
  const seen = new Set();
  for (let i = 0; i < tree.parent.length; i++) {
    assert.ok(!seen.has(names.of(i)), `node ${i}`);
    seen.add(names.of(i));
    assert.equal(names.find(names.of(i)), i);
  }
  // Another run: frames in another order, other lines, files elsewhere.
  const n = tree.frames.length;
  const moved = {
    parent: tree.parent,
    frame: tree.frame.map((f) => n - 1 - f),
    frames: [...tree.frames]
      .reverse()
      .map((f) => ({ ...f, line: f.line + 3, file: f.file && `/elsewhere/${f.file.split('/').pop()}` })),
  };
  const again = new p.PathIdentity(moved);
  for (let i = 0; i < tree.parent.length; i++) assert.equal(again.of(i), names.of(i));
  for (const wrong of ['', 'zz', '0123456789abcdef', '00000000000000000']) assert.equal(names.find(wrong), -1);
});

test('statistics of a range', () => {
  const rows = {
    t0: Uint32Array.of(0, 5, 6, 9),
    t1: Uint32Array.of(4, 8, 0xffffffff, 12),
    bytes: Float64Array.of(100, 64, 1, 4000),
    blocks: Uint32Array.of(1, 2, 1, 1),
    stack: Uint32Array.of(1, 1, 2, 3),
    thread: Uint32Array.of(0, 0, 1, 0),
  };
  const all = p.statistics(rows, { from: 0, to: 10, threads: null });
  assert.deepEqual(
    [all.blocks, all.bytes, all.largest, all.freed, all.freedBytes, all.stacks],
    [5, 4165, 4000, 3, 164, 3],
  );
  assert.deepEqual(
    [all.histogram.blocks[5], all.histogram.blocks[6], all.histogram.blocks[0], all.histogram.bytes[11]],
    [2, 1, 1, 4000],
  );
  const part = p.statistics(rows, { from: 5, to: 7, threads: Uint8Array.of(1, 0) });
  assert.deepEqual([part.blocks, part.bytes, part.freed], [2, 64, 0]);
});
