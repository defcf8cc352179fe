// Storage for pages: everything runs in a worker, so that nothing blocks the page; elements come as typed arrays. Of the
// modules, one a format, that worker loads what is used.
//
//   const storage = await Storage.start();
//   const file = await storage.openHdf5('https://example.org/prices.h5');
//   const { versions } = await file.log();
//   const prices = await file.read('group/prices', { version: versions.at(-1).name, region: [[0, 0], [100, 8]] });
//
// Errors are ChunkmarkError. An AbortSignal ends what waits for bytes; close() ends the worker, whatever it does.

import { ChunkmarkError } from '../core';
import { absolute, farWorker, modulesIn } from './far_worker';
import type { Region } from './elements';
import type { Commit, CommitSummary, Description, Hdf5Tree, Texts, VersionEntry } from './hdf5_file';
import type { ZarrCreation, ZarrFacts } from './zarr';
import type { Reply } from './worker';

export interface StartOptions {
  /** Where worker.mjs is, and the folder of chunkmark-zarr and chunkmark-hdf5; beside this module unless told. */
  workerUrl?: string | URL;
  modulesUrl?: string | URL;
}

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** `data`: of numbers a typed array (of complex numbers their parts, of float16 their bits), of all else its bytes. */
export interface ArrayPart {
  shape: number[] | null;
  dtype: string | unknown[];
  data: TypedArray;
  strings?: string[];
}

export interface ReadOptions {
  region?: Region;
  signal?: AbortSignal;
}

const kTypes: Record<string, new (buffer: ArrayBuffer) => TypedArray> = {
  i1: Int8Array,
  u1: Uint8Array,
  b1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  f2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  i8: BigInt64Array,
  u8: BigUint64Array,
  f4: Float32Array,
  f8: Float64Array,
  c8: Float32Array,
  c16: Float64Array,
};
const kNames: Record<string, string> = {
  bool: 'b1',
  int8: 'i1',
  uint8: 'u1',
  int16: 'i2',
  uint16: 'u2',
  float16: 'f2',
  int32: 'i4',
  uint32: 'u4',
  int64: 'i8',
  uint64: 'u8',
  float32: 'f4',
  float64: 'f8',
  complex64: 'c8',
  complex128: 'c16',
};

function typed(part: Omit<ArrayPart, 'data'> & { data: Uint8Array }): ArrayPart {
  const name = typeof part.dtype === 'string' ? (kNames[part.dtype] ?? part.dtype.replace(/^[<>|=]/, '')) : '';
  const type = kTypes[name] ?? Uint8Array;
  return { ...part, data: new type(part.data.buffer as ArrayBuffer) };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class Storage {
  private readonly waiting = new Map<number, Waiting>();
  private next = 1;

  private constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      const waiting = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.error) waiting?.reject(new ChunkmarkError(data.error.code, data.error.message));
      else waiting?.resolve(data.result);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.fail(new ChunkmarkError('unavailable', `the worker could not start: ${event.message || 'no reason given'}`));
    };
  }

  static async start(options: StartOptions = {}): Promise<Storage> {
    // These stand as they are where they are used: that is how bundlers find the files.
    const places = modulesIn(options.modulesUrl, {
      zarr: [
        new URL('./chunkmark-zarr.mjs', import.meta.url).href,
        new URL('./chunkmark-zarr.wasm', import.meta.url).href,
      ],
      hdf5: [
        new URL('./chunkmark-hdf5.mjs', import.meta.url).href,
        new URL('./chunkmark-hdf5.wasm', import.meta.url).href,
      ],
    });
    const given = absolute(options.workerUrl);
    const isNear = !given && new URL(import.meta.url).origin === location.origin;
    const storage = new Storage(
      isNear
        ? new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' })
        : farWorker(given ?? new URL('./worker.mjs', import.meta.url).href),
    );
    try {
      await storage.ask('start', 0, [places]);
    } catch (error) {
      storage.close();
      throw error;
    }
    return storage;
  }

  /** An address that answers ranges, a dropped file, or bytes. `index`: the address of what `chunkmark h5 index` made of
   * it, true for the one beside it: the list of versions then takes no further request. */
  async openHdf5(
    from: string | URL | Blob | Uint8Array,
    { index, signal }: { index?: true | string | URL; signal?: AbortSignal } = {},
  ): Promise<Hdf5> {
    const given = from instanceof URL || typeof from === 'string' ? absolute(from)! : from;
    const beside = index === true && typeof given === 'string' ? `${given}.idx` : undefined;
    const indexUrl = index === true ? beside : absolute(index);
    return new Hdf5(this, (await this.ask('openHdf5', 0, [given, indexUrl], signal)) as number);
  }

  /** A new versioned file in memory. */
  async newHdf5(): Promise<Hdf5> {
    return new Hdf5(this, (await this.ask('newHdf5', 0, [])) as number);
  }

  /** A versioned file in the origin's private file system, made if it is not there; its commits survive a crash. */
  async openHdf5InOpfs(path: string): Promise<Hdf5> {
    return new Hdf5(this, (await this.ask('openHdf5InOpfs', 0, [path])) as number);
  }

  /** A Zarr store: an address, 'memory:', or 'opfs:PATH' in the origin's private file system. */
  async openZarr(from: string | URL): Promise<Zarr> {
    const text = String(from);
    if (text.startsWith('opfs:'))
      return new Zarr(this, (await this.ask('openStoreInOpfs', 0, [text.slice(5)])) as number);
    const given = text === 'memory:' ? text : new URL(text, document.baseURI).href;
    return new Zarr(this, (await this.ask('openStore', 0, [given])) as number);
  }

  ask(op: string, target: number, args: unknown[], signal?: AbortSignal): Promise<unknown> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      signal?.addEventListener('abort', () => this.worker.postMessage({ abort: id }), { once: true });
      this.worker.postMessage({ id, op, target, args });
    });
  }

  close(): void {
    this.worker.terminate();
    this.fail(new ChunkmarkError('cancelled', 'cancelled'));
  }

  private fail(error: Error): void {
    for (const waiting of this.waiting.values()) waiting.reject(error);
    this.waiting.clear();
  }
}

export class Hdf5 {
  constructor(
    private readonly storage: Storage,
    private readonly number: number,
  ) {}

  /** The versions, by name; null where there are none in the file. */
  log(options: { signal?: AbortSignal } = {}): Promise<{ versions: VersionEntry[] | null; current: string | null }> {
    return this.ask('log', [], options.signal) as Promise<{ versions: VersionEntry[] | null; current: string | null }>;
  }

  tree(version?: string, options: { signal?: AbortSignal } = {}): Promise<Hdf5Tree> {
    return this.ask('tree', [version], options.signal) as Promise<Hdf5Tree>;
  }

  attributes(path: string, version?: string): Promise<Record<string, unknown>> {
    return this.ask('attributes', [path, version]) as Promise<Record<string, unknown>>;
  }

  /** A dataset in words, for people; in a file without versions also a group. */
  describe(path: string, version?: string): Promise<Description> {
    return this.ask('describe', [path, version]) as Promise<Description>;
  }

  /** Up to 10,000 elements of any type as `chunkmark h5 show` prints them. */
  texts(path: string, { signal, ...options }: ReadOptions & { version?: string } = {}): Promise<Texts> {
    return this.ask('texts', [path, options], signal) as Promise<Texts>;
  }

  async read(path: string, { signal, ...options }: ReadOptions & { version?: string } = {}): Promise<ArrayPart> {
    return typed((await this.ask('readHdf5', [path, options], signal)) as ArrayPart & { data: Uint8Array });
  }

  /** All of it happens, or nothing. */
  commit(commit: Commit): Promise<CommitSummary> {
    return this.ask('commit', [commit]) as Promise<CommitSummary>;
  }

  /** The content of a file in memory. */
  bytes(): Promise<Uint8Array> {
    return this.ask('bytes', []) as Promise<Uint8Array>;
  }

  /** What was asked of an address or a dropped file so far. */
  counted(): Promise<{ requests: number; bytes: number }> {
    return this.ask('counted', []) as Promise<{ requests: number; bytes: number }>;
  }

  close(): Promise<void> {
    return this.ask('close', []) as Promise<void>;
  }

  private ask(op: string, args: unknown[], signal?: AbortSignal): Promise<unknown> {
    return this.storage.ask(op, this.number, args, signal);
  }
}

export class Zarr {
  constructor(
    private readonly storage: Storage,
    private readonly number: number,
  ) {}

  async array(path = '', options: { signal?: AbortSignal } = {}): Promise<ZarrArray> {
    return this.made(await this.storage.ask('array', this.number, [path], options.signal));
  }

  async create(path: string, creation: ZarrCreation): Promise<ZarrArray> {
    return this.made(await this.storage.ask('create', this.number, [path, creation]));
  }

  list(path = ''): Promise<{ members: { name: string; kind: 'array' | 'group' }[]; attributes: object }> {
    return this.storage.ask('list', this.number, [path]) as Promise<{
      members: { name: string; kind: 'array' | 'group' }[];
      attributes: object;
    }>;
  }

  close(): Promise<void> {
    return this.storage.ask('close', this.number, []) as Promise<void>;
  }

  private made(answer: unknown): ZarrArray {
    const { number, facts } = answer as { number: number; facts: ZarrFacts };
    return new ZarrArray(this.storage, number, facts);
  }
}

export class ZarrArray {
  constructor(
    private readonly storage: Storage,
    private readonly number: number,
    readonly facts: ZarrFacts,
  ) {}

  async read({ region, signal }: ReadOptions = {}): Promise<ArrayPart> {
    return typed(
      (await this.storage.ask('readZarr', this.number, [region], signal)) as ArrayPart & { data: Uint8Array },
    );
  }

  async write(data: ArrayBufferView, options: { region?: Region } = {}): Promise<void> {
    await this.storage.ask('write', this.number, [data, options.region]);
  }
}
