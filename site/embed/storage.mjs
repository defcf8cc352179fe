import { Storage } from '../chunkmark/index.mjs';

export async function run(into) {
  const storage = await Storage.start(); // in a worker
  const file = await storage.newHdf5();
  const data = Float64Array.of(1, 2, 3);
  await file.commit({ version: 'r1', message: 'three numbers', set: [{ path: 'x', dtype: '<f8', shape: [3], data }] });
  const part = await file.read('x', { version: 'r1' });
  into.append(`A versioned HDF5 file in this page's memory: x of r1 is ${[...part.data].join(', ')}.`);
}
