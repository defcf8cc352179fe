// What a page of others does with the package: a version of its own, and a report.
import { Storage } from 'chunkmark';
import 'chunkmark/report';

async function main() {
  const storage = await Storage.start();
  const file = await storage.newHdf5();
  await file.commit({ version: 'r0', set: [{ path: 'x', dtype: '<f8', shape: [3], data: Float64Array.of(1, 2, 3) }] });
  const { data } = await file.read('x');
  const report = document.createElement('chunkmark-report');
  report.setAttribute('src', 'write.cmk');
  document.body.append(`sum ${data.reduce((sum, value) => sum + value, 0)}`, report);
}

void main();
