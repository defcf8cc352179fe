// What a page of others does with the package: a version of its own, a report, and a study.
import { Storage } from 'chunkmark';
import 'chunkmark/report';
import { runStudy } from 'chunkmark/study';

async function main() {
  const storage = await Storage.start();
  const file = await storage.newHdf5();
  await file.commit({ version: 'r0', set: [{ path: 'x', dtype: '<f8', shape: [3], data: Float64Array.of(1, 2, 3) }] });
  const { data } = await file.read('x');
  const report = document.createElement('chunkmark-report');
  report.setAttribute('src', 'write.cmk');
  document.body.append(`sum ${data.reduce((sum, value) => sum + value, 0)}`, report);

  const options = { formats: ['zarr3'], codecs: ['none'], shape: [500, 500], repeat: 1 };
  const { record } = await runStudy(options);
  const copies = document.createElement('p');
  copies.textContent = `extra copies: ${record.results.map((row) => row.extra_copies).join(' ')}`;
  document.body.append(copies);
}

void main();
