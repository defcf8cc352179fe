// The command that a page shows under "Reproduce", pasted into a shell, gives a run whose cases are equal member for
// member: over a random grid of options, the same at every time.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { module } from './fixture/module.mjs';
import { program, skip } from './fixture/storage.mjs';

const kCases = 12;
const kSame = [
  ...['operation', 'engine', 'format', 'codec', 'shape', 'chunks', 'shards', 'dtype', 'data', 'array_bytes', 'threads'],
  ...['durability', 'store_filesystem', 'filesystem'],
];

/** Numbers below `n`: xorshift32. */
function random(seed) {
  let state = seed;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

function optionsOf(below) {
  const pick = (...of) => of[below(of.length)];
  const rank = 1 + below(3);
  const chunks = Array.from({ length: rank }, () => 2 + below(6));
  const shards = chunks.map((extent) => extent * (1 + below(3)));
  const shape = shards.map((extent) => extent + below(2 * extent));
  const parts = below(3);
  const options = {
    engine: 'chunkmark',
    format: parts === 2 ? 'zarr3' : pick('zarr2', 'zarr3', 'zarr2,zarr3'),
    codec: pick('none', 'zstd', 'none,gzip', 'blosc', 'lz4'),
    operation: pick('write', 'write,read'),
    shape: shape.join(','),
    ...(parts > 0 ? { chunks: chunks.join(',') } : {}),
    ...(parts === 2 ? { shards: shards.join(',') } : {}),
    dtype: pick('uint8', 'int16', 'float32', 'float64', 'int64'),
    data: pick('random', 'smooth'),
    threads: 1 + below(3),
    repeat: below(3),
    durability: pick('none', 'process_crash', 'power_loss'),
    store: pick('/dev/shm', '.'),
  };
  return [...Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]), ...pick([], ['--slope'])];
}

test('what is pasted measures the same cases', { skip }, async () => {
  const { reproduce } = await module();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chunkmark-reproduce-'));
  try {
    await symlink(program, path.join(folder, 'chunkmark'));
    const environment = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const run = (file, words) =>
      JSON.parse(
        execFileSync(file, words, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
      );
    const below = random(20_261_129);
    for (let i = 0; i < kCases; ++i) {
      const words = optionsOf(below);
      const record = run(program, ['copies', ...words, '--json']);
      const { command } = reproduce(record.results, record.settings);
      const again = run('sh', ['-c', `${command} --json`]);
      const told = `${words.join(' ')}\n${command}`;
      assert.equal(again.results.length, record.results.length, told);
      for (const [row, result] of record.results.entries()) {
        const other = again.results[row];
        for (const key of kSame) assert.deepEqual(other[key], result[key], `${key}: ${told}`);
        assert.equal(other.seconds?.repeat, result.seconds?.repeat, told);
        assert.equal('slope' in other && other.slope !== null, 'slope' in result && result.slope !== null, told);
      }
      assert.deepEqual(again.settings, record.settings, told);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
