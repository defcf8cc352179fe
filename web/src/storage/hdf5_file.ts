// Hdf5File: an HDF5 file that the module has open, with versions in it or without. Errors are ChunkmarkError.

import { ChunkmarkError } from '../core';
import { Elements, readInto, readPieces, Region } from './elements';
import { BytesFile, FetchedFile, HostFile } from './host_files';
import type { ChunkmarkStorage } from './storage';

export interface VersionEntry {
  name: string;
  previous: string | null;
  timestamp: string;
  message: string;
  committed: boolean;
}

export interface DatasetFacts {
  shape?: number[] | null;
  dtype?: string | unknown[];
  /** The type in words: "sequence of <i4", "{id <i4, v <f8}"; else NumPy's name. */
  type?: string;
  /** In the order in which a chunk is encoded, as "shuffle, gzip 4"; empty for none, and for datasets of versions. */
  filters?: string;
  chunks?: number[] | null;
  bytes?: number;
  /** Of a versioned file: which one these are of. */
  version?: string;
  error?: string;
}

/** In words, for people. Of a group only its attributes. */
export interface Description extends DatasetFacts {
  /** Per axis the path of its dimension scale, or its label, or null. */
  dimensions?: (string | null)[];
  scale?: string;
  fill?: string;
  attributes: Record<string, string>;
}

/** Elements of a region, row by row; of a compound by its fields. */
export interface Texts {
  shape: number[] | null;
  texts?: string[];
  columns?: { name: string; texts: string[] }[];
}

export interface Hdf5Tree {
  groups: string[];
  datasets: Record<string, DatasetFacts>;
  /** Soft and external links, and where they lead. */
  links: Record<string, string>;
  attributes: Record<string, unknown>;
}

export interface Change {
  path: string;
  shape?: number[];
  /** Of a new dataset: NumPy's name, "<f8", or "string". */
  dtype?: string;
  chunks?: number[];
  compression?: string;
  region?: Region;
  data?: ArrayBufferView;
  strings?: string[];
}

export interface Commit {
  version: string;
  parent?: string;
  message?: string;
  time?: Date;
  set?: Change[];
  delete?: string[];
}

export interface CommitSummary {
  version: string;
  parent: string;
  chunks_written: number;
  chunks_found: number;
  datasets_written: number;
  datasets_unchanged: number;
}

/** Where the file has a dataset's elements just as they are answered, one after the other. */
interface Run {
  offset: number;
  bytes: number;
}

// Less than this comes by the blocks that are kept, since what is asked for next is often near.
const kStraightBytes = 1 << 20;

/** The part of a run that a region of whole rows is, if it is large. */
function partOf(run: Run, shape: number[], [start, count]: Region = [shape.map(() => 0), shape]): Run | null {
  const rows = shape[0];
  const isWhole = shape.every((extent, axis) => axis === 0 || (start[axis] === 0 && count[axis] === extent));
  if (!rows || start.length !== shape.length || count.length !== shape.length || !isWhole) return null;
  if (!(start[0] >= 0 && count[0] >= 0 && start[0] + count[0] <= rows)) return null; // the module says what is wrong
  const row = run.bytes / rows;
  return count[0] * row < kStraightBytes ? null : { offset: run.offset + start[0] * row, bytes: count[0] * row };
}

export class Hdf5File {
  constructor(
    private readonly storage: ChunkmarkStorage,
    private readonly number: number,
    private readonly file: HostFile,
    private readonly journal: number | undefined,
  ) {}

  /** Null where there are no versions in it. */
  log(signal?: AbortSignal): Promise<{ versions: VersionEntry[] | null; current: string | null }> {
    return this.storage.call('hdf5.log', { file: this.number }, { signal });
  }

  /** Of a version, or of the current one; of a file without versions, all of it. */
  tree(version?: string, signal?: AbortSignal): Promise<Hdf5Tree> {
    return this.storage.call('hdf5.tree', { file: this.number, version }, { signal });
  }

  /** Of a dataset; in a file without versions also of a group ("" is the file's own). */
  attributes(path: string, version?: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
    return this.storage.call('hdf5.attributes', { file: this.number, version, path }, { signal });
  }

  /** In pieces of some 8 MB, so that no more than that is decoded beside the result; the next one arrives meanwhile. */
  async read(
    path: string,
    options: { version?: string; region?: Region; signal?: AbortSignal } = {},
  ): Promise<Elements> {
    const { signal } = options;
    const asked = { file: this.number, version: options.version, path };
    const facts = await this.storage.call<DatasetFacts & { run?: Run }>('hdf5.dataset', asked, { signal });
    const { shape, dtype, chunks, bytes, version, run } = facts;
    const straight = shape && run && partOf(run, shape, options.region);
    if (straight) {
      const data = await this.storage.slice(this.file, straight.offset, straight.bytes, signal);
      return { shape: options.region?.[1] ?? shape, dtype: dtype!, data };
    }
    const params = { ...asked, version }; // of one version, whatever is committed between two pieces
    if (!shape) return readInto((take) => this.storage.call('hdf5.read', params, { signal, take }));
    const region = options.region ?? [shape.map(() => 0), shape];
    const count = shape.reduce((product, extent) => product * extent, 1);
    const elements = region[1].slice(1).reduce((product, extent) => product * extent, 1);
    return readPieces(region, {
      step: chunks?.[0] ?? 1,
      rowBytes: bytes && count > 0 ? (bytes / count) * elements : undefined,
      read: (piece, take) => this.storage.call('hdf5.read', { ...params, region: piece }, { signal, take }),
      want: (piece) => this.storage.announce('hdf5.want', { ...params, region: piece }),
    });
  }

  /** Of a dataset; in a file without versions also of a group. */
  describe(path: string, version?: string, signal?: AbortSignal): Promise<Description> {
    return this.storage.call('hdf5.describe', { file: this.number, version, path }, { signal });
  }

  /** Up to 10,000 elements of any type as `chunkmark h5 show` prints them. */
  async texts(path: string, options: { version?: string; region?: Region; signal?: AbortSignal } = {}): Promise<Texts> {
    const { version, region, signal } = options;
    return this.storage.call('hdf5.texts', { file: this.number, version, path, region }, { signal });
  }

  /** All of it happens, or nothing. */
  commit(commit: Commit): Promise<CommitSummary> {
    const data: ArrayBufferView[] = [];
    let at = 0;
    const set = (commit.set ?? []).map(({ data: given, ...change }) => {
      const sent = { ...change, at };
      if (given) {
        data.push(given);
        at += given.byteLength;
      }
      return sent;
    });
    const { version, parent, message, delete: removed } = commit;
    const time = (commit.time ?? new Date()).getTime() * 1000;
    const params = { file: this.number, journal: this.journal, version, parent, message, time, set, delete: removed };
    return this.storage.call('hdf5.commit', params, { data });
  }

  /** A copy of the content. Errors: unsupported unless it is in memory. */
  bytes(): Uint8Array {
    if (!(this.file instanceof BytesFile))
      throw new ChunkmarkError('unsupported', `${this.file.name}: it is not in memory`);
    return this.file.content().slice();
  }

  /** What was asked of the source so far. */
  get counted(): { requests: number; bytes: number } {
    return this.file instanceof FetchedFile
      ? { requests: this.file.requests, bytes: this.file.moved }
      : { requests: 0, bytes: 0 };
  }

  /** What `chunkmark h5 index` made of it: lists and trees then take no request. One that is of another state of the
   * file is not used. */
  async useIndex(index: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    try {
      await this.storage.call('hdf5.index', { file: this.number }, { data: [index], signal });
      return true;
    } catch (error) {
      if (error instanceof ChunkmarkError && error.code === 'conflict') return false;
      throw error;
    }
  }

  recover(): Promise<{ replayed: boolean }> {
    return this.storage.call('hdf5.recover', { file: this.number, journal: this.journal });
  }

  async fillNew(time: Date): Promise<void> {
    await this.storage.call(
      'hdf5.create',
      { time: time.getTime() * 1000 },
      { take: (bytes) => this.file.write(0, bytes) },
    );
    this.file.flush();
  }

  async close(): Promise<void> {
    await this.storage.call('close', { number: this.number });
    if (this.journal !== undefined) await this.storage.call('close', { number: this.journal });
  }
}
