// The tracer in WebAssembly, in node: a module that does what it is asked to with its memory, and what the native program
// says of its capture. Then the cases of the copy study: what is zero, by their captures.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { module } from './fixture/module.mjs';
import { modulesFolder, program } from './fixture/storage.mjs';

const known = path.join(modulesFolder, 'known-case.mjs');
const skip = [known, program].some((file) => !existsSync(file)) && 'not built';
const kArrayBytes = 8_000_000;

let folder;
let pages;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'chunkmark-traced-'));
  pages = await module();
});
after(async () => folder && rm(folder, { recursive: true, force: true }));

async function capture(params) {
  const { default: factory } = await import(pathToFileURL(known).href);
  const options = { wasmBinary: await readFile(known.replace(/mjs$/, 'wasm')) };
  const core = await pages.ChunkmarkStorage.create(factory, options, new pages.TracedHost());
  let bytes;
  const all = { array_bytes: kArrayBytes, copies: 0, small_copies: 0, grows: 0, after_bytes: 1, ...params };
  await core.call('known.run', all, { take: (given) => (bytes = given.slice()) });
  const file = path.join(folder, 'known.cmk');
  await writeFile(file, bytes);
  return JSON.parse(execFileSync(program, ['inspect', file, '--json']).toString());
}

test('nothing done is nothing found', { skip }, async () => {
  const facts = await capture({});
  assert.equal(facts.array_bytes, kArrayBytes);
  assert.equal(facts.extra_copies, 0);
  assert.equal(facts.extra_heap, 0);
  assert.equal(facts.bytes_copied, 0);
  assert.equal(facts.peak_heap_bytes, kArrayBytes);
});

test('copies are counted, proven by their content, and named by the function that made them', { skip }, async () => {
  for (const copies of [1, 3]) {
    const facts = await capture({ copies });
    assert.equal(facts.extra_copies, copies);
    assert.equal(facts.proven_copies, copies);
    assert.equal(facts.bytes_copied, copies * kArrayBytes);
    assert.ok(Math.abs(facts.extra_heap - copies) < 0.001, `${facts.extra_heap}`);
    const made = facts.buffers_at_peak.find(({ bytes, stack }) => /make_copy/.test(stack.join(' ')) && bytes > 0);
    assert.equal(made?.bytes, copies * kArrayBytes, JSON.stringify(facts.buffers_at_peak));
  }
});

test('small copies are counted without a stack, and what realloc moves apart', { skip }, async () => {
  const small = await capture({ small_copies: 1000 });
  assert.equal(small.bytes_copied, 100_000);
  const grown = await capture({ grows: 1 });
  assert.equal(grown.bytes_copied, 0);
  assert.equal(grown.bytes_realloc_moved, kArrayBytes / 4);
  assert.equal(grown.live_at_end_bytes, kArrayBytes);
});

test('what grows the heap after the window is not of it, however coarse the clock', { skip }, async (context) => {
  const { resident } = await capture({});
  context.mock.method(performance, 'now', () => 1);
  const after = await capture({ after_bytes: 100_000_000 });
  assert.equal(after.resident.anonymous_bytes, resident.anonymous_bytes);
  assert.ok(after.resident.high_water_bytes > 100_000_000);
});

test('a line of a stack is read in the forms of the engines', async () => {
  const cases = [
    [
      '    at f(int, (anonymous namespace)::g) (wasm://wasm/a.wasm-1f:wasm-function[12]:0x3f)',
      ['f(int, (anonymous namespace)::g)', 63],
    ],
    ['    at chunkmark-traced.wasm.malloc (wasm://wasm/a.wasm-1f:wasm-function[12]:0x3f)', ['malloc', 63]],
    ['    at wasm://wasm/1f:wasm-function[12]:0x3f', ['wasm-function[12]', 63]],
    ['malloc@http://a.test/x.wasm:wasm-function[7]:0x10', ['malloc', 16]],
    ['    at Host.read (http://a.test/worker.mjs:3:4)', null],
    ['Error', null],
  ];
  for (const [line, expected] of cases) {
    const frame = pages.frameOf(line);
    assert.deepEqual(frame && [frame.name, frame.offset], expected, line);
  }
});
