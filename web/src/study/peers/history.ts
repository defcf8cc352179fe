// A history of the transaction study as engines in JavaScript replay it: of the words of `version.history` (their layout is
// told in shared/study/peers/versions.py), the arrays of the first version and the changes that make each further one.

export type Elements = BigInt64Array | Float64Array;

export interface Change {
  kind: 'resize' | 'write' | 'set';
  /** Which of the three arrays. */
  dataset: number;
  /** Of a write: where. */
  start: number[];
  /** Of a write's region; of a resize the new extents. */
  shape: number[];
  /** Of a set: as many numbers for each element as the array has axes. */
  positions: number[];
  elements: Elements;
}
export interface History {
  arrays: { name: string; shape: number[]; elements: Elements }[];
  transactions: Change[][];
}

const kNames = ['key0', 'key1', 'val'];
const kKinds = ['resize', 'write', 'set'] as const;

export function readHistory(bytes: ArrayBuffer): History {
  const words = new BigInt64Array(bytes);
  let at = 1; // after the magic
  const number = (): number => Number(words[at++]);
  const take = (count: number): BigInt64Array => words.subarray(at, (at += count));
  const list = (): number[] => Array.from(take(number()), Number);
  const typed = (dataset: number, found: BigInt64Array): Elements =>
    dataset === 2 ? new Float64Array(found.buffer, found.byteOffset, found.length) : found;
  const arrays = kNames.map((name, dataset) => {
    const shape = list();
    return { name, shape, elements: typed(dataset, take(shape.reduce((product, extent) => product * extent, 1))) };
  });
  const change = (): Change => {
    const [kind, dataset] = [kKinds[number()]!, number()];
    const [start, shape, positions] = [list(), list(), list()];
    return { kind, dataset, start, shape, positions, elements: typed(dataset, take(number())) };
  };
  const several = <T>(made: () => T): T[] => Array.from({ length: number() }, made);
  return { arrays, transactions: several(() => several(change)) };
}
