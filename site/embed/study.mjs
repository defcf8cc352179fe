import { runStudy } from '../chunkmark/study.mjs';

export async function run(into) {
  const { record } = await runStudy({ shape: [1250, 1250], codecs: ['none', 'zstd'], formats: ['zarr3'], repeat: 1 });
  for (const { operation, codec, extra_copies } of record.results) {
    into.append(`${operation}, ${codec}: ${extra_copies} extra copies. `);
  }
}
