// Made by web/types.mjs from shared/record/run.schema.json; not to be edited.

export type Bytes = number;
/**
 * @minItems 1
 */
export type Extents = number[];
/**
 * random does not compress.
 */
export type Data = 'random' | 'smooth';
/**
 * What our own writes survive.
 */
export type Durability = 'none' | 'process_crash' | 'power_loss';
export type Operation = 'write' | 'read';
export type Filesystem = 'local' | 's3' | 'memory' | 'opfs' | 'http';
export type Format = 'zarr2' | 'zarr3';
export type Codec = 'none' | 'blosc' | 'zstd' | 'gzip' | 'lz4';

/**
 * What one run of a study measured, and where: runs/ID/run.json. A member that is added keeps the number of `schema`; the number rises when an older reader would take a member for something else.
 */
export interface RunRecord {
  schema: 'chunkmark.run/1';
  /**
   * Name of the run's folder.
   */
  id: string;
  kind: 'copies';
  /**
   * UTC, as 2026-11-22T10:00:00Z.
   */
  created: string;
  host: 'native' | 'wasm';
  version: string;
  environment?: Environment;
  settings?: Settings;
  results: CopyRow[];
  failures?: Failure[];
  published?: PublishedCopy[];
}
export interface Environment {
  cpu?: string;
  cores?: number;
  memory_bytes?: Bytes;
  os?: string;
  compiler?: string;
  libraries?: Libraries;
  /**
   * What resident bytes are, where the kernel does not tell them.
   */
  resident?: string;
}
/**
 * Name to version.
 */
export interface Libraries {
  [k: string]: string;
}
export interface Settings {
  shape?: Extents;
  chunks?: Extents;
  shards?: Extents;
  dtype?: string;
  data?: Data;
  threads?: number;
  durability?: Durability;
  repeat?: number;
  slope?: boolean;
  store_filesystem?: string;
}
/**
 * One cell: what one storage operation of one engine held and moved, and how long it took.
 */
export interface CopyRow {
  operation: Operation;
  filesystem: Filesystem;
  engine: string;
  engine_version?: string;
  libraries?: Libraries;
  /**
   * The newest version for a newer Python than the one it ran in, where there is one.
   */
  newer?: {
    version: string;
    python: string;
  };
  format: Format;
  codec: Codec;
  data?: Data;
  dtype?: string;
  shape?: Extents;
  chunks?: Extents;
  shards?: Extents;
  array_bytes: number;
  stored_bytes?: Bytes;
  /**
   * Buffers alive at the heap peak besides the array.
   */
  extra_copies: number | null;
  /**
   * Of these, what is proven by its content to hold the array's bytes; null: nothing was looked at.
   */
  proven_copies?: number | null;
  /**
   * Bytes held more than once at the heap peak, by content; null: nothing was looked at.
   */
  bytes_duplicated?: number | null;
  /**
   * In arrays.
   */
  extra_heap: number | null;
  /**
   * Of the allocation family alone.
   */
  malloc_extra_heap?: number | null;
  /**
   * In arrays.
   */
  bytes_moved?: {
    user: number | null;
    in: number | null;
    out: number | null;
    realloc: number | null;
  } | null;
  scratch_bytes?: number | null;
  resident?: {
    anonymous_bytes?: number | null;
    file_bytes?: number | null;
    file_growth_bytes?: number | null;
  } | null;
  /**
   * Of runs without tracing; null: not timed.
   */
  seconds?: {
    median: number;
    min: number;
    max: number;
    repeat: number;
    /**
     * Median of all threads' time.
     */
    processor?: number;
  } | null;
  /**
   * Bytes of extra heap that came with each byte of array; null: not measured.
   */
  slope?: number | null;
  /**
   * By the contract; null: not told.
   */
  zero?: boolean | null;
  /**
   * What the store's folder lies on, as the kernel calls it: ext4, tmpfs.
   */
  store_filesystem?: string;
  durability?: Durability;
  threads?: number;
  /**
   * How extra_heap and resident bytes were found, where there is no capture.
   */
  memory_by?: string;
  /**
   * Path in the run's folder.
   */
  capture?: string | null;
  /**
   * Path in the run's folder.
   */
  report?: string | null;
}
/**
 * A case that could not be measured.
 */
export interface Failure {
  case: string;
  message: string;
}
/**
 * A row that others have published of the same study: theirs, not measured here.
 */
export interface PublishedCopy {
  source: string;
  url: string;
  /**
   * When, as they say it: 2025-03/05.
   */
  published: string;
  operation: Operation;
  filesystem: Filesystem;
  engine: string;
  /**
   * Version beneath the engine.
   */
  zarr_python?: string;
  format: Format;
  codec: Codec;
  array_bytes?: Bytes;
  extra_copies: number;
  /**
   * null: the report does not show it.
   */
  extra_heap: number | null;
  /**
   * Address of the report that shows it.
   */
  report?: string;
  /**
   * What a reader must know of this row.
   */
  note?: string;
}
