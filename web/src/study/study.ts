// Both studies in WebAssembly: how many extra copies storing an array takes here, in this browser or in node, and what
// versions of one cost. The same steps, figures and record as natively; every case in a module of its own, traced for
// memory and copies, and again untraced for its times. For workers and node; pages use runStudy (client.ts).

import { ChunkmarkError } from '../core';
import type { RunRecord } from '../generated/run_record';
import type { VersionRecord } from '../generated/version_record';
import { ChunkmarkStorage } from '../storage/storage';
import { MemoryStores, OpfsStores } from './case_stores';
import { PeerPlaces, Peers } from './peers/peers';
import { StudyHost, StudyModules } from './study_host';

export interface StudyOptions {
  /** Where arrays are stored: in JavaScript's memory, or in the origin's private file system (workers alone). */
  store?: 'memory' | 'opfs';
  formats?: ('zarr2' | 'zarr3')[];
  codecs?: ('none' | 'blosc' | 'zstd' | 'gzip' | 'lz4')[];
  operations?: ('write' | 'read')[];
  shape?: number[];
  /** One chunk unless told. */
  chunks?: number[];
  shards?: number[];
  dtype?: string;
  data?: 'random' | 'smooth';
  /** Timed rounds. */
  repeat?: number;
  /** Engines in JavaScript that are measured too, each by the address of its ES module; in pages alone. */
  peers?: { zarrita?: string };
  /** Whether an array of four times the size is traced too, which decides whether a cell is zero. */
  slope?: boolean;
}

export interface VersionStudyOptions {
  store?: 'memory' | 'opfs';
  workloads?: string[];
  compressions?: string[];
  /** How many versions after the first; the elements of a chunk along each axis. */
  transactions?: number[];
  chunkSizes?: number[];
  mode?: 'published' | 'described';
  seed?: number;
  /** Engines in JavaScript that are measured too, each by the address of its ES module; in pages, in memory alone. */
  peers?: { h5wasm?: string };
  /** How often one version is read for its times; how many transactions are replayed under the tracer, 0 for none. */
  reads?: number;
  traced?: number;
}

export interface StudyProgress {
  done: number;
  total: number;
  doing: string;
  /** Memory of the WebAssembly module that has run a case last. */
  held_bytes: number;
}

export interface StudyRun<Record = RunRecord> {
  record: Record;
  /** By their paths in the record: what Chunkmark's report opens. */
  captures: Map<string, Uint8Array>;
}

export interface StudyCallbacks {
  onProgress?: (progress: StudyProgress) => void;
  signal?: AbortSignal;
}

interface Machine {
  deviceMemory?: number;
  hardwareConcurrency?: number;
  userAgent?: string;
}

function machine(): { cpu: string; cores: number; memory_bytes: number; os: string } {
  const told = (globalThis.navigator ?? {}) as Machine;
  const node = (globalThis as { process?: { version?: string; platform?: string } }).process;
  return {
    cpu: 'not told to pages',
    cores: told.hardwareConcurrency ?? 0,
    memory_bytes: (told.deviceMemory ?? 0) * 2 ** 30, // rounded, and at most 8 GiB
    os: node?.version ? `Node ${node.version}, ${node.platform}` : (told.userAgent ?? ''),
  };
}

function runId(kind: string): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `${kind}-${time}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Errors: ChunkmarkError; cancelled once the signal is aborted. A case that fails stands in the record. */
export function runStudyHere(
  modules: StudyModules,
  options: StudyOptions = {},
  callbacks: StudyCallbacks = {},
  peers: PeerPlaces | null = null,
): Promise<StudyRun> {
  const shape = options.shape ?? [2500, 2500];
  const array = {
    operation: 'write',
    filesystem: options.store ?? 'memory',
    engine: 'chunkmark',
    format: 'zarr3',
    codec: 'none',
    data: options.data ?? 'random',
    dtype: options.dtype ?? 'float32',
    shape,
    chunks: options.chunks ?? shape,
    ...(options.shards ? { shards: options.shards } : {}),
  };
  const params = {
    formats: options.formats ?? ['zarr2', 'zarr3'],
    codecs: options.codecs ?? ['none', 'blosc'],
    operations: options.operations ?? ['write', 'read'],
    engines: [...Object.keys(peers?.engines ?? {}), 'chunkmark'],
    case: array,
    repeat: options.repeat ?? 5,
    slope: options.slope ?? false,
  };
  return run(modules, { kind: 'copies', method: 'study.start', params, store: options.store, peers }, callbacks);
}

/** The transaction study; errors as above. */
export function runVersionStudyHere(
  modules: StudyModules,
  options: VersionStudyOptions = {},
  callbacks: StudyCallbacks = {},
  peers: PeerPlaces | null = null,
): Promise<StudyRun<VersionRecord>> {
  if (peers && options.store === 'opfs')
    throw new ChunkmarkError('invalid_argument', 'store: expected memory for engines in JavaScript, found opfs');
  const params = {
    workloads: options.workloads ?? ['small_fraction_changes', 'mostly_appends'],
    compressions: options.compressions ?? ['none'],
    transactions: options.transactions ?? [50],
    engines: ['chunkmark', ...Object.keys(peers?.engines ?? {})],
    chunk_sizes: options.chunkSizes ?? [4096],
    mode: options.mode ?? 'published',
    seed: options.seed ?? 1,
    reads: options.reads ?? 20,
    traced: options.traced ?? 20,
    filesystem: options.store ?? 'memory',
  };
  return run(modules, { kind: 'versions', method: 'versions.start', params, store: options.store, peers }, callbacks);
}

interface Start {
  kind: 'copies' | 'versions';
  method: string;
  params: object;
  store?: 'memory' | 'opfs';
  peers?: PeerPlaces | null;
}

async function run<Record>(
  modules: StudyModules,
  { kind, method, params, store, peers: places }: Start,
  { onProgress, signal }: StudyCallbacks,
): Promise<StudyRun<Record>> {
  const id = runId(kind);
  const folder = `.chunkmark-${id}`;
  const stores = store === 'opfs' ? new OpfsStores(folder) : new MemoryStores();
  const peers = places && kind === 'copies' ? new Peers(places, store === 'opfs' ? `${folder}-peers` : null) : null;
  const host = new StudyHost(modules, stores, peers, kind === 'versions' ? places : null);
  const core = await ChunkmarkStorage.create(...(await modules.study()), host);
  try {
    await core.call(method, { ...params, id, ...machine() });
    for (;;) {
      if (signal?.aborted) throw new ChunkmarkError('cancelled', 'cancelled');
      const { record, more, ...progress } = await core.call<
        Omit<StudyProgress, 'held_bytes'> & { more: boolean; record?: Record }
      >('study.step', {}, { signal });
      host.stepped();
      onProgress?.({ ...progress, held_bytes: host.heldBytes });
      if (!more) return { record: record!, captures: host.captures };
    }
  } finally {
    await stores.clear();
    await peers?.clear();
  }
}
