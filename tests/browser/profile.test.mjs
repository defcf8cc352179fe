// The pure part of the report: sums, layout, search, numbers as text. No browser.
import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { module } from './fixture/module.mjs';
import { ownReport, peerReport, random } from './fixture/report.mjs';

let p;
before(async () => {
  p = await module();
});

test('numbers as text', () => {
  const cases = [
    [p.bytes(0), '0 bytes'],
    [p.bytes(1), '1 byte'],
    [p.bytes(999), '999 bytes'],
    [p.bytes(1000), '1 kB'],
    [p.bytes(100e6), '100 MB'],
    [p.bytes(89_133_009), '89.1 MB'],
    [p.bytes(1_234_000_000), '1.23 GB'],
    [p.bytes(999_999), '1 MB'],
    [p.bytes(null), '–'],
    [p.bytes(-2048), '−2.05 kB'],
    [p.count(1234567), '1,234,567'],
    [p.count(12), '12'],
    [p.ratio(0.6), '0.60'],
    [p.ratio(-0.001), '0.00'],
    [p.ratio(null), '–'],
    [p.share(1, 3), '33.3 %'],
    [p.share(1, 1e6), '<0.1 %'],
    [p.share(2, 2), '100 %'],
    [p.share(1, 0), '–'],
    [p.duration(0), '0 ms'],
    [p.duration(0.25), '0.25 ms'],
    [p.duration(180), '180 ms'],
    [p.duration(1240), '1.24 s'],
    [p.plural(1, 'block'), '1 block'],
    [p.plural(2, 'block'), '2 blocks'],
  ];
  for (const [found, expected] of cases) assert.equal(found.replaceAll('\u00a0', ' '), expected);
});

test('the root weighs what all stacks together weigh', async () => {
  for (const data of [peerReport(), ownReport()]) {
    const { tree, peak } = await p.readReport(data);
    const weights = p.weigh(tree, peak.selfBytes, peak.selfBlocks);
    const sum = data.flame.bytes.reduce((a, b) => a + b, 0);
    assert.equal(weights.total[0], sum);
    assert.equal(weights.total[0], data.figures.peak_heap_bytes);
    assert.equal(
      weights.totalBlocks[0],
      data.flame.blocks.reduce((a, b) => a + b, 0),
    );
  }
});

test('a layout keeps every child inside its parent and beside its siblings', () => {
  const next = random(3);
  for (const n of [1, 2, 50, 3000]) {
    const parent = Int32Array.from({ length: n }, (_, i) =>
      i === 0 ? -1 : Math.floor(next() * Math.min(i, 40)) + Math.max(0, i - 40),
    );
    const self = Float64Array.from({ length: n }, () => (next() < 0.3 ? 0 : Math.floor(next() * 1000)));
    const total = p.accumulate(parent, self);
    const frames = Array.from({ length: 7 }, (_, i) => ({ function: `f${i}`, file: '', line: 0, module: '' }));
    const children = p.indexChildren({ parent, frame: Int32Array.from(parent, (_, i) => i % 7), frames });
    for (const heavy of [true, false]) {
      const layout = p.layOut(children, { self, total, selfBlocks: self, totalBlocks: total }, heavy);
      const seen = new Set();
      for (let d = 0; d < layout.rows; d++) {
        let right = 0;
        for (let i = layout.rowStart[d]; i < layout.rowStart[d + 1]; i++) {
          const node = layout.rowNodes[i];
          seen.add(node);
          assert.equal(layout.depth[node], d);
          assert.ok(layout.x[node] >= right, 'siblings overlap');
          right = layout.x[node] + total[node];
          if (node > 0) {
            const above = parent[node];
            assert.ok(
              layout.x[node] >= layout.x[above] && right <= layout.x[above] + total[above],
              'child outside its parent',
            );
          }
          const middle = layout.x[node] + total[node] / 2;
          if (total[node] > 0) assert.equal(p.nodeAt(layout, total, d, middle), node);
        }
      }
      for (let i = 1; i < n; i++) assert.equal(seen.has(i), total[i] > 0, `node ${i}`);
    }
  }
});

test('left-heavy order puts the heaviest sibling first', () => {
  const parent = Int32Array.of(-1, 0, 0, 0);
  const self = Float64Array.of(0, 1, 3, 2);
  const total = p.accumulate(parent, self);
  const frames = ['all', 'b', 'c', 'a'].map((name) => ({ function: name, file: '', line: 0, module: '' }));
  const children = p.indexChildren({ parent, frame: Int32Array.of(0, 1, 2, 3), frames });
  assert.deepEqual([...p.layOut(children, { self, total }, true).rowNodes.subarray(1)], [2, 3, 1]);
  assert.deepEqual([...p.layOut(children, { self, total }, false).rowNodes.subarray(1)], [3, 1, 2], 'else by name');
});

test('a match below a match is not counted twice', () => {
  const frames = ['all', 'outer', 'inner', 'other'].map((name) => ({
    function: name,
    file: 'a.py',
    line: 1,
    module: 'm',
  }));
  // all > outer > inner > outer, all > other > inner
  const tree = { frames, parent: Int32Array.of(-1, 0, 1, 2, 0, 4), frame: Int32Array.of(0, 1, 2, 1, 3, 2) };
  const self = Float64Array.of(0, 1, 2, 4, 8, 16);
  const total = p.accumulate(tree.parent, self);
  const cases = [
    ['outer', 2, 7],
    ['INNER', 2, 22],
    ['a.py', 5, 31],
    ['nothing', 0, 0],
    ['  ', 0, 0],
  ];
  for (const [text, count, weight] of cases) {
    const found = p.search(tree, total, text);
    assert.deepEqual([found.frames, found.weight], [count, weight], text);
  }
});

test('data that do not hold together are refused by name', async () => {
  const cases = [
    [
      (d) => {
        d.flame.parent[5] = 9;
      },
      /parent of node 5/,
    ],
    [
      (d) => {
        d.flame.frame[4] = 1e6;
      },
      /frame below/,
    ],
    [
      (d) => {
        d.flame.bytes.pop();
      },
      /flame: expected/,
    ],
    [
      (d) => {
        d.timeline.heap.pop();
      },
      /heap: expected/,
    ],
    [
      (d) => {
        d.schema = 'chunkmark.report/99';
      },
      /schema/,
    ],
  ];
  for (const [spoil, message] of cases) {
    const data = peerReport();
    spoil(data);
    await assert.rejects(p.readReport(data), message);
  }
});

test('a buffer is found in the tree by its stack, in either direction', async () => {
  const data = peerReport();
  const { tree } = await p.readReport(data);
  const finder = new p.BufferFinder(tree, p.indexChildren(tree));
  for (const buffer of data.figures.buffers_at_peak) {
    const node = finder.find(buffer);
    assert.equal(data.flame.bytes[node], buffer.bytes);
    assert.equal(finder.find({ ...buffer, stack: [...buffer.stack].reverse() }), node);
  }
  assert.equal(finder.find({ bytes: 1, blocks: 1, stack: ['nowhere x:1'] }), -1);
  assert.equal(finder.find({ bytes: 1, blocks: 1, stack: [] }), -1);
});

test('native and WebAssembly figures are compared to the last bit', () => {
  const { result, figures } = peerReport();
  assert.ok(p.compareFigures(result, figures).every((line) => line.equal));
  assert.equal(p.compareFigures(result, figures).length, 6);
  const off = p.compareFigures(result, { ...figures, bytes_out: figures.bytes_out + 1 }).filter((line) => !line.equal);
  assert.deepEqual(
    off.map((line) => line.name),
    ['Kernel out, × array'],
  );
  assert.equal(p.compareFigures(result, { ...figures, extra_heap: null }).filter((line) => !line.equal).length, 1);
});

test('a call site is a name, a place and a native leaf', () => {
  const cases = [
    ['to_bytes /lib/zarr/core.py:266 [_PyObject_Malloc]', 'to_bytes', 'core.py:266', '_PyObject_Malloc'],
    [
      'std::vector<int, std::allocator<int> >::reserve(unsigned long)',
      'std::vector<int, std::allocator<int> >::reserve(unsigned long)',
      '',
      '',
    ],
    ['operator new(unsigned long) src/new.cc:12', 'operator new(unsigned long)', 'new.cc:12', ''],
    ['<module> save.py:3', '<module>', 'save.py:3', ''],
    ['libc.so.6+0x1f', 'libc.so.6+0x1f', '', ''],
  ];
  for (const [text, name, place, leaf] of cases) assert.deepEqual(p.label(text), { name, place, leaf });
});

test('a module has one hue whatever its version', () => {
  assert.equal(p.moduleHue('/usr/lib/libblosc.so.1.21'), p.moduleHue('/opt/libblosc.so'));
  assert.equal(p.moduleKey('/usr/lib/libc.so.6'), 'libc');
  assert.equal(p.moduleKey('zarr'), 'zarr');
  const owners = [
    ['libc.so.6', '', 'libc.so.6'],
    ['', '/opt/venv/lib/python3.11/site-packages/zarr/core/array.py', 'zarr'],
    ['', '/usr/lib/python3.11/asyncio/base_events.py', 'asyncio'],
    ['', '/home/user/save.py', 'save.py'],
    ['', 'zarr/core.py', 'zarr'],
    ['', '', ''],
  ];
  for (const [module, file, expected] of owners) assert.equal(p.owner({ module, file }), expected);
});
