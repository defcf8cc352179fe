// The documents that the C++ side writes and the pages read: run index, run record, inspect figures.
// Unknown fields are ignored; a figure that the source cannot tell is null.

export interface Buffer {
  bytes: number;
  /** Of them, what was there before the mark begin and so counts as no copy. */
  bytes_before?: number;
  blocks: number;
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
  buffers_at_peak?: Buffer[];
  findings?: string[];
  /** Between the marks begin and end; null: the whole capture. Peak figures are of the window. */
  window?: { begin_ms: number; end_ms: number } | null;
  peak_ms?: number | null;
  scratch_bytes?: number | null;
  resident?: { anonymous_bytes: number | null; file_bytes: number | null; file_growth_bytes?: number | null } | null;
}

export interface CopiesResult {
  operation: string;
  filesystem: string;
  engine: string;
  engine_version?: string | null;
  format: string;
  codec: string;
  array_bytes: number;
  data?: string | null;
  dtype?: string | null;
  shape?: number[] | null;
  chunks?: number[] | null;
  threads?: number | null;
  durability?: string | null;
  /** What the store's folder lies on, as the kernel calls it: "ext4", "tmpfs". */
  store_filesystem?: string | null;
  stored_bytes?: number | null;
  extra_copies: number | null;
  extra_heap: number | null;
  malloc_extra_heap?: number | null;
  bytes_moved?: { user: number | null; in: number | null; out: number | null; realloc: number | null } | null;
  scratch_bytes?: number | null;
  resident?: { anonymous_bytes: number | null; file_bytes: number | null; file_growth_bytes?: number | null } | null;
  seconds?: { median: number; min: number; max: number; repeat: number } | null;
  slope?: number | null;
  zero?: boolean | null;
  /** Paths relative to runs/ID/. */
  capture?: string | null;
  report?: string | null;
  /** inspect's figures as the native program gave them, when the record keeps them. */
  figures?: Figures | null;
}

/** A row that others have published of the same study: theirs, not measured here. */
export interface PublishedCopy {
  source: string;
  url: string;
  /** When, as the record says it: "2025-03/05". */
  published: string;
  operation: string;
  filesystem: string;
  engine: string;
  zarr_python?: string | null;
  format: string;
  codec: string;
  extra_copies: number;
  extra_heap: number | null;
  /** Address of the report that shows it. */
  report?: string | null;
  note?: string | null;
}

export interface RunRecord {
  schema: string;
  id: string;
  kind: string;
  created: string;
  host: string;
  version: string;
  environment?: {
    cpu?: string;
    cores?: number;
    memory_bytes?: number;
    os?: string;
    compiler?: string;
    libraries?: Record<string, string>;
  };
  settings?: Record<string, unknown>;
  results: CopiesResult[];
  published?: PublishedCopy[] | null;
}

export interface RunIndex {
  /** array_bytes: the smallest array of the results; null for a run that has none. */
  runs: { id: string; kind: string; created: string; array_bytes: number | null }[];
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
// What is no disk for certain (nfs, fuse, a number) goes by its own name.
const kDisks = ['ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'bcachefs', 'overlay', 'vfat', 'exfat', 'ntfs3'];
const kFormats: Record<string, string> = { zarr2: 'Zarr 2', zarr3: 'Zarr 3' };
const kEngines: Record<string, string> = {
  chunkmark: 'Chunkmark',
  'zarr-python-2': 'zarr-python 2',
  'zarr-python-3': 'zarr-python 3',
};

export const filesystemName = (name: string): string => kFilesystems[name] ?? name;
export const isMemory = (filesystem: string | null | undefined): boolean =>
  filesystem === 'tmpfs' || filesystem === 'ramfs';

/** Where a cell was measured: "local disk (ext4)", "memory (tmpfs)". */
export function storeName({ filesystem, store_filesystem: under }: CopiesResult): string {
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
