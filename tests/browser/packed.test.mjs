// The page's reader of packed columns, held to what the native writer wrote: tests/golden/packed. No browser.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { before } from 'node:test';
import { module } from './fixture/module.mjs';

let p;
let golden;
before(async () => {
  p = await module();
  golden = JSON.parse(await readFile(new URL('../golden/packed/columns.json', import.meta.url), 'utf8'));
});

test('numbers of every width unpack to what they mean', async () => {
  let columns = 0;
  for (const table of ['intervals', 'copies', 'transfers', 'stacks']) {
    for (const [name, packed] of Object.entries(golden.packed[table])) {
      const unpack = name === 'bytes' ? p.unpack64 : p.unpack32;
      assert.deepEqual(
        [...(await unpack(`${table}.${name}`, packed))],
        golden.meaning[table][name],
        `${table}.${name}`,
      );
      columns++;
    }
  }
  assert.equal(columns, 6 + 5 + 5 + 2);
});

test('frames unpack to their texts', async () => {
  const strings = await p.unpackStrings('strings', golden.packed.strings);
  for (const [name, packed] of Object.entries(golden.packed.frames)) {
    const values = [...(await p.unpack32(`frames.${name}`, packed))];
    assert.deepEqual(name === 'line' ? values : values.map((at) => strings[at]), golden.meaning.frames[name], name);
  }
});

test('a column that is not what it says is refused by name', async () => {
  const { t0 } = golden.packed.intervals;
  const cases = [
    [undefined, /column t0: expected u8, u16 or u32, found nothing/],
    [{ ...t0, type: 'u64' }, /column t0: expected u8, u16 or u32, found u64/],
    [{ ...t0, rows: t0.rows + 1 }, /column t0: expected 28 bytes, found 24/],
    [{ ...t0, rows: t0.rows - 1 }, /expected 20 bytes, found more/],
  ];
  for (const [packed, message] of cases) await assert.rejects(p.unpack32('t0', packed), message);
});
