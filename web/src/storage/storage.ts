// ChunkmarkStorage: the module chunkmark-storage as typed objects: HDF5 files with versions in them or without, Zarr
// arrays, at addresses, in dropped files, in the origin's private file system, in memory.
//
// Shapes and regions are in elements; elements come and go in row-major order. One module, one call at a time: calls are
// queued. A call that lacks bytes lets them come and is made again, so that reading far away blocks nobody; an AbortSignal
// ends it in between. For workers and node; pages use StorageWorker. Errors are ChunkmarkError with the core's codes.

import { ChunkmarkError, ModuleFactory, ModuleOptions } from '../core';
import { Host, HostStore } from './host';
import { BytesFile, FetchedFile, HandleFile, HostFile, SyncHandle } from './host_files';
import { BlobSource, Source, UrlSource } from './sources';
import { UrlStore } from './url_store';

export type Region = [start: number[], shape: number[]];

/** What was read: `data` are the elements' bytes; of variable-length strings there is a list instead. */
export interface Elements {
  shape: number[];
  dtype: string | unknown[];
  data: Uint8Array;
  strings?: string[];
}

export interface VersionEntry {
  name: string;
  previous: string | null;
  timestamp: string;
  committed: boolean;
}

export interface DatasetFacts {
  shape?: number[] | null;
  dtype?: string | unknown[];
  chunks?: number[] | null;
  bytes?: number;
  error?: string;
}

export interface Hdf5Tree {
  groups: string[];
  datasets: Record<string, DatasetFacts>;
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

export interface ZarrFacts {
  format: 'zarr2' | 'zarr3';
  shape: number[];
  chunks: number[];
  shards: number[] | null;
  dtype: string | unknown;
  fill_value: unknown;
  attributes: Record<string, unknown>;
  warnings: string[];
}

export interface ZarrCreation {
  format?: 'zarr2' | 'zarr3';
  shape: number[];
  chunks: number[];
  shards?: number[];
  dtype: string;
  codec?: string;
  attributes?: Record<string, unknown>;
}

interface Module {
  HEAPU8: Uint8Array;
  _chunkmark_buffer(bytes: number): number;
  _chunkmark_release(pointer: number): void;
  _chunkmark_call(request: number, data: number, dataBytes: number): number;
  _chunkmark_result(): number;
  _chunkmark_result_bytes(): number;
  _chunkmark_drop_result(): void;
}

// A reader that finds nothing new after so many rounds reads in a circle.
const kMaxRounds = 10_000;

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

export class ChunkmarkStorage {
  readonly host: Host;
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly module: Module,
    host: Host,
  ) {
    this.host = host;
  }

  static async create(factory: ModuleFactory, options: ModuleOptions = {}): Promise<ChunkmarkStorage> {
    const host = new Host();
    const module = (await factory({ ...options, host } as ModuleOptions)) as Module;
    return new ChunkmarkStorage(module, host);
  }

  /** An HDF5 file. A handle is written in place, its commits over the journal in the second one; bytes in memory. */
  async openHdf5(
    from: string | Blob | Uint8Array | Source,
    { index, signal }: { index?: Uint8Array; signal?: AbortSignal } = {},
  ): Promise<Hdf5File> {
    const file =
      from instanceof Uint8Array
        ? new BytesFile('bytes', from.slice())
        : new FetchedFile(
            typeof from === 'string' ? new UrlSource(from) : isSource(from) ? from : new BlobSource(from),
          );
    const opened = await this.open(file);
    if (index) await opened.useIndex(index, signal);
    return opened;
  }

  /** A file in the origin's private file system. What a writer that was stopped left is finished or forgotten first. */
  async openHandle(name: string, file: SyncHandle, journal: SyncHandle): Promise<Hdf5File> {
    const opened = await this.open(new HandleFile(name, file), new HandleFile(`${name}-journal`, journal));
    if (file.getSize() === 0) await opened.fillNew(new Date());
    else await opened.recover();
    return opened;
  }

  /** A new versioned file in memory; bytes() is its content. */
  async newHdf5(time = new Date()): Promise<Hdf5File> {
    const opened = await this.open(new BytesFile('new file'));
    await opened.fillNew(time);
    return opened;
  }

  private async open(file: HostFile, journal?: HostFile): Promise<Hdf5File> {
    const number = this.host.addFile(file);
    await this.call('open.file', { number });
    const journalNumber = journal && this.host.addFile(journal);
    if (journalNumber !== undefined) await this.call('open.file', { number: journalNumber });
    return new Hdf5File(this, number, file, journalNumber);
  }

  /** Zarr arrays below an address, in the module's own memory, or in a store of the page. */
  async openStore(from: string | 'memory:' | HostStore): Promise<ZarrStore> {
    if (from === 'memory:') {
      const number = this.host.freeNumber();
      await this.call('open.memory', { number });
      return new ZarrStore(this, number);
    }
    const number = this.host.addStore(typeof from === 'string' ? new UrlStore(from) : from);
    await this.call('open.store', { number });
    return new ZarrStore(this, number);
  }

  /** One request; `take` sees the elements in the module's memory, valid for that moment only. */
  call<T>(
    method: string,
    params: object,
    given: { data?: ArrayBufferView[]; signal?: AbortSignal; take?: (bytes: Uint8Array) => void } = {},
  ): Promise<T> {
    const work = this.queue.then(() => this.ask<T>(method, params, given));
    this.queue = work.catch(() => undefined);
    return work;
  }

  private async ask<T>(
    method: string,
    params: object,
    given: { data?: ArrayBufferView[]; signal?: AbortSignal; take?: (bytes: Uint8Array) => void },
  ): Promise<T> {
    const request = this.put([new TextEncoder().encode(`${JSON.stringify({ method, params })}\0`)]);
    let data: { at: number; bytes: number } | null = null;
    try {
      data = this.put((given.data ?? []).map(bytesOf));
      for (let round = 0; round < kMaxRounds; ++round) {
        if (given.signal?.aborted) throw new ChunkmarkError('cancelled', 'cancelled');
        const answer = this.text(this.module._chunkmark_call(request.at, data.at, data.bytes));
        const { pending, result, error } = JSON.parse(answer) as {
          pending?: boolean;
          result?: T;
          error?: { code: string; message: string };
        };
        if (pending) {
          await this.arrive(given.signal);
          continue;
        }
        if (error) throw new ChunkmarkError(error.code, error.message);
        if (given.take) {
          const at = this.module._chunkmark_result();
          given.take(this.module.HEAPU8.subarray(at, at + this.module._chunkmark_result_bytes()));
          this.module._chunkmark_drop_result();
        }
        return result as T;
      }
      throw new ChunkmarkError('corrupt', `${method}: it asks for the same bytes again and again`);
    } finally {
      this.module._chunkmark_release(request.at);
      if (data) this.module._chunkmark_release(data.at);
      await this.host.settled();
    }
  }

  /** Lets what a later call needs come meanwhile. An error is for that call. */
  async announce(method: string, params: object): Promise<void> {
    await this.call(method, params);
    void this.host.arrive().catch(() => undefined);
  }

  private async arrive(signal?: AbortSignal): Promise<void> {
    try {
      await this.host.arrive(signal);
    } catch (error) {
      if (signal?.aborted) throw new ChunkmarkError('cancelled', 'cancelled');
      if (error instanceof ChunkmarkError) throw error;
      throw new ChunkmarkError('io', error instanceof Error ? error.message : String(error));
    }
  }

  private put(parts: Uint8Array[]): { at: number; bytes: number } {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const at = this.module._chunkmark_buffer(Math.max(bytes, 1));
    if (at === 0) throw new ChunkmarkError('unavailable', `no memory for ${bytes} bytes`);
    let end = at;
    for (const part of parts) {
      this.module.HEAPU8.set(part, end); // read after the allocation: growth replaces it
      end += part.length;
    }
    return { at, bytes };
  }

  private text(at: number): string {
    const heap = this.module.HEAPU8;
    return new TextDecoder().decode(heap.slice(at, heap.indexOf(0, at)));
  }
}

const isSource = (from: Blob | Source): from is Source => !(typeof Blob !== 'undefined' && from instanceof Blob);

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

  attributes(path: string, version?: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
    return this.storage.call('hdf5.attributes', { file: this.number, version, path }, { signal });
  }

  async read(
    path: string,
    options: { version?: string; region?: Region; signal?: AbortSignal } = {},
  ): Promise<Elements> {
    const { version, region, signal } = options;
    return readInto((take) =>
      this.storage.call('hdf5.read', { file: this.number, version, path, region }, { signal, take }),
    );
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

export class ZarrStore {
  constructor(
    private readonly storage: ChunkmarkStorage,
    private readonly number: number,
  ) {}

  /** Errors: not_found where there is no array. */
  async array(path = '', signal?: AbortSignal): Promise<ZarrArray> {
    const facts = await this.storage.call<ZarrFacts>('zarr.open', { store: this.number, path }, { signal });
    return new ZarrArray(this.storage, this.number, path, facts);
  }

  async create(path: string, creation: ZarrCreation): Promise<ZarrArray> {
    const facts = await this.storage.call<ZarrFacts>('zarr.create', { store: this.number, path, ...creation });
    return new ZarrArray(this.storage, this.number, path, facts);
  }

  list(path = ''): Promise<{ members: { name: string; kind: 'array' | 'group' }[]; attributes: object }> {
    return this.storage.call('zarr.list', { store: this.number, path });
  }

  async close(): Promise<void> {
    await this.storage.call('close', { number: this.number });
    this.storage.host.dropStore(this.number);
  }
}

export class ZarrArray {
  constructor(
    private readonly storage: ChunkmarkStorage,
    private readonly store: number,
    readonly path: string,
    readonly facts: ZarrFacts,
  ) {}

  /** In pieces of some 8 MB, so that no more than that is decoded beside the result; the next one arrives meanwhile. */
  read(options: { region?: Region; signal?: AbortSignal } = {}): Promise<Elements> {
    const { shape, chunks, shards } = this.facts;
    const region = options.region ?? [shape.map(() => 0), shape];
    const params = (piece: Region): object => ({ store: this.store, path: this.path, region: piece });
    return readPieces(region, (shards ?? chunks)[0], {
      read: (piece, take) => this.storage.call('zarr.read', params(piece), { signal: options.signal, take }),
      want: (piece) => this.storage.announce('zarr.want', params(piece)),
    });
  }

  /** The elements where they are, in the module's memory: `look` must not keep them. */
  view(look: (bytes: Uint8Array) => void, options: { region?: Region; signal?: AbortSignal } = {}): Promise<unknown> {
    const { region, signal } = options;
    return this.storage.call('zarr.read', { store: this.store, path: this.path, region }, { signal, take: look });
  }

  async write(data: ArrayBufferView, options: { region?: Region } = {}): Promise<void> {
    const params = { store: this.store, path: this.path, region: options.region };
    await this.storage.call('zarr.write', params, { data: [data] });
  }
}

const kPieceBytes = 8 << 20;

type Take = (bytes: Uint8Array) => void;

/** Reads a region in pieces along the first axis, each of whole chunks. The first piece tells how large an element is. */
async function readPieces(
  [start, shape]: Region,
  step: number,
  { read, want }: { read(piece: Region, take: Take): Promise<unknown>; want(piece: Region): Promise<unknown> },
): Promise<Elements> {
  const rows = shape[0];
  // Up to the end of the first chunk that the region meets, and at least so much that it can be told from none.
  const first = rows === undefined ? 0 : Math.min(rows, step - (start[0] % step));
  if (rows === undefined || first === rows) return readInto((take) => read([start, shape], take));
  const part = (from: number, count: number): Region => [
    [start[0] + from, ...start.slice(1)],
    [count, ...shape.slice(1)],
  ];
  let data = new Uint8Array(0);
  let rowBytes = 0;
  const put = (at: number, total: number) => (bytes: Uint8Array) => {
    if (at === 0) {
      rowBytes = bytes.length / first;
      data = new Uint8Array(rowBytes * total);
    }
    data.set(bytes, at * rowBytes);
  };
  const answer = (await read(part(0, first), put(0, rows))) as Omit<Elements, 'data'>;
  const strings = answer.strings;
  const rowsAtOnce = Math.max(step, Math.floor(kPieceBytes / Math.max(rowBytes, 1) / step) * step);
  for (let at = first; at < rows; at += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - at);
    const next = Math.min(rowsAtOnce, rows - at - count);
    if (next > 0) await want(part(at + count, next));
    const piece = (await read(part(at, count), put(at, rows))) as Omit<Elements, 'data'>;
    if (strings) strings.push(...piece.strings!);
  }
  return { ...answer, shape, strings, data };
}

async function readInto(call: (take: (bytes: Uint8Array) => void) => Promise<unknown>): Promise<Elements> {
  let data = new Uint8Array(0);
  const answer = (await call((bytes) => {
    data = bytes.slice();
  })) as Omit<Elements, 'data'>;
  return { ...answer, data };
}
