// Cell: one case that was measured, with the run that holds it and the page that explains it; what a case is called in
// plain words.

import { isMemory } from '../record';
import type { CopyRow, Failure, RunRecord } from '../record';

export interface Cell {
  run: RunRecord;
  result: CopyRow;
  /** The page of its answer; null: there is none. */
  href: string | null;
}

/** What "store" means to a reader: where the bytes end up, whatever its kernel calls it. */
export const storeOf = ({ filesystem, store_filesystem: under }: CopyRow): string =>
  filesystem === 'local' && isMemory(under) ? 'memory' : filesystem;

const kPlaces: Record<string, string> = {
  local: 'on disk',
  memory: 'in memory',
  s3: 'in S3',
  opfs: 'in browser storage',
  http: 'over HTTP',
};
export const placeName = (store: string): string => kPlaces[store] ?? store;

/** A column of the matrix. */
export interface Column {
  operation: string;
  codec: string;
}
export const columnKey = ({ operation, codec }: Column): string => `${operation}-${codec}`;

const kOperations = ['write', 'read'];
const kCodecs = ['none', 'blosc', 'zstd', 'gzip', 'lz4'];
const rank = (order: string[], name: string): number => (order.indexOf(name) + order.length + 1) % (order.length + 1);

/** Writes before reads, uncompressed before compressed; each once. */
export function columnsOf(results: Column[]): Column[] {
  const each = new Map(results.map(({ operation, codec }) => [columnKey({ operation, codec }), { operation, codec }]));
  return [...each.values()].sort(
    (a, b) =>
      rank(kOperations, a.operation) - rank(kOperations, b.operation) ||
      rank(kCodecs, a.codec) - rank(kCodecs, b.codec),
  );
}

/** "a", "a and b", "a, b and c": each once. */
export function list(names: string[]): string {
  const each = [...new Set(names)];
  return each.length < 2 ? each.join('') : `${each.slice(0, -1).join(', ')} and ${each[each.length - 1]}`;
}

/** What was said of the case that failed, in runs that measured its neighbours; a failed case is named by its parts. */
export function failureOf(
  runs: RunRecord[],
  column: Column,
  engine: string,
  format: string,
  store: string,
): Failure | null {
  for (const { failures, results } of runs)
    for (const failure of failures ?? []) {
      const filesystem = results.find((result) => storeOf(result) === store)?.filesystem;
      if (filesystem && failure.case === [column.operation, filesystem, format, column.codec, engine].join('-'))
        return failure;
    }
  return null;
}
