// The copy study in WebAssembly: how many extra copies storing an array takes here, in this browser or in node. The same
// steps, figures and record as natively; every case in a module of its own, traced for memory and copies, and again
// untraced for its times. For workers and node; pages use runStudy (client.ts).

import { ChunkmarkError } from '../core';
import type { RunRecord } from '../generated/run_record';
import { ChunkmarkStorage } from '../storage/storage';
import { MemoryStores, OpfsStores } from './case_stores';
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
  /** Whether an array of four times the size is traced too, which decides whether a cell is zero. */
  slope?: boolean;
}

export interface StudyProgress {
  done: number;
  total: number;
  doing: string;
}

export interface StudyRun {
  record: RunRecord;
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

function runId(): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `copies-${time}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Errors: ChunkmarkError; cancelled once the signal is aborted. A case that fails stands in the record. */
export async function runStudyHere(
  modules: StudyModules,
  options: StudyOptions = {},
  { onProgress, signal }: StudyCallbacks = {},
): Promise<StudyRun> {
  const id = runId();
  const stores = options.store === 'opfs' ? new OpfsStores(`.chunkmark-${id}`) : new MemoryStores();
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
  const host = new StudyHost(modules, stores);
  const core = await ChunkmarkStorage.create(...(await modules.study()), host);
  try {
    await core.call('study.start', {
      formats: options.formats ?? ['zarr2', 'zarr3'],
      codecs: options.codecs ?? ['none', 'blosc'],
      operations: options.operations ?? ['write', 'read'],
      engines: ['chunkmark'],
      case: array,
      repeat: options.repeat ?? 5,
      slope: options.slope ?? false,
      id,
      ...machine(),
    });
    for (;;) {
      if (signal?.aborted) throw new ChunkmarkError('cancelled', 'cancelled');
      const { record, more, ...progress } = await core.call<StudyProgress & { more: boolean; record?: RunRecord }>(
        'study.step',
        {},
        { signal },
      );
      host.stepped();
      onProgress?.(progress);
      if (!more) return { record: record!, captures: host.captures };
    }
  } finally {
    await stores.clear();
  }
}
