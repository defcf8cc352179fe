// web/src/generated is what web/types.mjs makes of the schema, to the byte.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { generated } from '../../web/types.mjs';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'web', 'src', 'generated');

test('types and constants are those of the schema: node web/types.mjs makes them anew', async () => {
  const made = await generated();
  assert.deepEqual((await readdir(folder)).sort(), Object.keys(made).sort());
  for (const [name, text] of Object.entries(made)) {
    assert.equal(await readFile(path.join(folder, name), 'utf8'), text, name);
  }
  assert.match(made['run_record.ts'], /export interface RunRecord \{[^}]*results: CopyRow\[\];/);
  assert.match(made['constants.ts'], /export const kSmallArrayBytes = \d+;/);
});
