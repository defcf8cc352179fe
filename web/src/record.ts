// The documents that the C++ side writes and the pages read: run index, run record (its types are made from its schema),
// inspect figures. Unknown fields are ignored; a figure that the source cannot tell is null.

import { kDisks, kMemories, kPeerTitles, kVersionEngines } from './generated/constants';
import type { CopyRow } from './generated/run_record';

export type { CopyRow, Failure, PublishedCopy, RunRecord, Settings } from './generated/run_record';

export interface Buffer {
  bytes: number;
  /** Of them, what was there before the mark begin and so counts as no copy. */
  bytes_before?: number;
  blocks: number;
  /** What its large blocks hold: "same bytes as the array", "different content"; null: not known. */
  content?: string | null;
  has_array?: boolean | null;
  /** Of its samples, the fraction that the array, or the other buffer, has too. */
  likeness?: number | null;
  /** The call site of the other buffer. */
  same_as?: string | null;
  /** Call site in words, where the writer says one. */
  site?: string;
  /** "function file:line", innermost frame first. */
  stack: string[];
  /** Node of the flame tree that holds it, where the writer knows. */
  node?: number | null;
}

export interface Figures {
  format?: string | null;
  command?: string | null;
  duration_seconds?: number | null;
  /** Of a capture that is cut: peaks and sums are of the run up to then, and so at least that. */
  known_until_ms?: number | null;
  allocations?: number | null;
  peak_heap_bytes?: number | null;
  malloc_peak_bytes?: number | null;
  live_at_end_bytes?: number | null;
  bytes_copied?: number | null;
  bytes_realloc_moved?: number | null;
  bytes_in?: number | null;
  bytes_out?: number | null;
  array_bytes?: number | null;
  extra_copies?: number | null;
  extra_heap?: number | null;
  proven_copies?: number | null;
  bytes_duplicated?: number | null;
  buffers_at_peak?: Buffer[];
  /** What the capture shows of copies, in sentences. */
  conclusions?: string[];
  /** What to know before trusting a figure. */
  findings?: string[];
  /** Between the marks begin and end; null: the whole capture. Peak figures are of the window. */
  window?: { begin_ms: number; end_ms: number } | null;
  peak_ms?: number | null;
  scratch_bytes?: number | null;
  resident?: { anonymous_bytes: number | null; file_bytes: number | null; file_growth_bytes?: number | null } | null;
}

export interface RunIndex {
  /** array_bytes: the smallest array of the results; null for a run that has none. */
  runs: {
    id: string;
    kind: string;
    created: string;
    array_bytes: number | null;
    /** How many; of which libraries and stores. */
    results?: number;
    engines?: string[];
    stores?: string[];
  }[];
}

export interface Status {
  engine: string;
  api?: number;
  version?: string;
}

const kFilesystems: Record<string, string> = {
  local: 'local disk',
  s3: 'S3',
  memory: 'memory',
  opfs: 'browser storage',
  http: 'HTTP',
};
const kFormats: Record<string, string> = { zarr2: 'Zarr 2', zarr3: 'Zarr 3' };
const kEngines: Record<string, string> = {
  ...Object.fromEntries(kVersionEngines.map(({ name, title }) => [name, title.replace(/ \(.*|,.*/, '')])),
  chunkmark: 'Chunkmark',
  ...kPeerTitles,
};

export const filesystemName = (name: string): string => kFilesystems[name] ?? name;
export const isMemory = (filesystem: string | null | undefined): boolean => kMemories.includes(filesystem ?? '');

/** Where a cell was measured: "local disk (ext4)", "memory (tmpfs)". */
export function storeName({ filesystem, store_filesystem: under }: CopyRow): string {
  if (filesystem !== 'local' || !under) return filesystemName(filesystem);
  return isMemory(under)
    ? `memory (${under})`
    : kDisks.includes(under)
      ? `${filesystemName(filesystem)} (${under})`
      : under;
}
export const formatName = (name: string): string => kFormats[name] ?? name;
export const engineName = (name: string): string => kEngines[name] ?? name;
export const codecName = (name: string): string => (name === 'none' ? 'uncompressed' : name);
