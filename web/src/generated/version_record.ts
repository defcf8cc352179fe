// Made by web/types.mjs from shared/record/versions.schema.json; not to be edited.

import type { Durability, Environment, Failure, Libraries } from './run_record';

/**
 * published: what the programs behind the article's figures did; described: what it says they did.
 */
export type Mode = 'published' | 'described';
export type Workload =
  | 'large_fraction_changes'
  | 'small_fraction_changes'
  | 'large_fraction_constant'
  | 'mostly_appends'
  | 'mostly_appends_dense';
export type Compression = 'none' | 'gzip' | 'lzf' | 'zstd' | 'blosc';
/**
 * null: not measured, or the engine keeps no versions.
 */
export type Milliseconds = {
  median: number;
  min: number;
  max: number;
  repeat: number;
} | null;

/**
 * What one run of the transaction study measured: a run record (run.schema.json) of the kind versions.
 */
export interface VersionRecord {
  schema: 'chunkmark.run/1';
  /**
   * Name of the run's folder.
   */
  id: string;
  kind: 'versions';
  /**
   * UTC, as 2026-11-22T10:00:00Z.
   */
  created: string;
  host: 'native' | 'wasm';
  version: string;
  environment?: Environment;
  settings: VersionSettings;
  results: VersionRow[];
  failures?: Failure[];
  published?: PublishedVersions[];
}
export interface VersionSettings {
  mode: Mode;
  /**
   * Of the history.
   */
  seed: number;
  /**
   * How our engine stores edge chunks without compression.
   */
  edges?: 'none' | 'trim' | 'deflate';
  /**
   * How often one version is read.
   */
  reads?: number;
  /**
   * Replayed once more under the tracer; 0: none.
   */
  traced_transactions?: number;
  /**
   * What the files lie on, as the kernel calls it.
   */
  store_filesystem?: string;
}
/**
 * One engine's replay of one history.
 */
export interface VersionRow {
  workload: Workload;
  mode: Mode;
  engine: string;
  engine_version?: string;
  libraries?: Libraries;
  /**
   * false: it keeps the latest state alone.
   */
  versioned: boolean;
  /**
   * Versions after the first.
   */
  transactions: number;
  /**
   * Elements of a chunk; of dense arrays on each axis.
   */
  chunk_size: number;
  compression: Compression;
  durability: Durability;
  /**
   * Of all files, when the last version is written.
   */
  file_bytes: number;
  /**
   * Of these, what is no chunk; null: not told by this format.
   */
  metadata_bytes?: number | null;
  /**
   * Of these, what lies in chunks beyond the edge of every version; null: not told, or compressed.
   */
  padding_bytes?: number | null;
  creation_seconds: number;
  creation_processor_seconds?: number;
  /**
   * Of one version; the first is left out. Versions in which nothing changes count.
   */
  mean_ms: number;
  median_ms: number;
  /**
   * Mean of the first tenth of the versions.
   */
  first_decile_ms?: number;
  last_decile_ms?: number;
  per_version_ms?: number[];
  /**
   * Every version, all of its elements.
   */
  read_all_seconds?: number | null;
  /**
   * Every version's arrays opened and none read, which is what the article timed.
   */
  open_all_seconds?: number | null;
  read_latest_ms?: Milliseconds;
  read_first_ms?: Milliseconds;
  read_middle_ms?: Milliseconds;
  open_latest_ms?: Milliseconds;
  /**
   * Of the replay behind the next three.
   */
  traced_transactions?: number;
  /**
   * While versions are written, above what was there before.
   */
  peak_heap_bytes?: number | null;
  /**
   * Of one version, the mean.
   */
  bytes_moved?: {
    user: number | null;
    in: number | null;
    out: number | null;
    realloc: number | null;
  } | null;
  /**
   * Path in the run's folder.
   */
  capture?: string | null;
}
/**
 * What others have published of the same cell: theirs, not measured here.
 */
export interface PublishedVersions {
  source: string;
  url: string;
  published: string;
  /**
   * With what it was measured.
   */
  note?: string;
  workload: Workload;
  versioned: boolean;
  transactions: number;
  chunk_size: number;
  compression: Compression;
  file_bytes: number;
  creation_seconds: number;
  first_decile_ms?: number;
  last_decile_ms?: number;
}
