// ChunkmarkStorage: one of the storage modules as typed objects: of chunkmark-hdf5 files with versions in them or without,
// of chunkmark-zarr arrays; at addresses, in dropped files, in the origin's private file system, in memory.
//
// Shapes and regions are in elements; elements come and go in row-major order. One module, one call at a time: calls are
// queued. A call that lacks bytes lets them come and is made again, so that reading far away blocks nobody; an AbortSignal
// ends it in between. For workers and node; pages use StorageWorker. Errors are ChunkmarkError with the core's codes.

import { ChunkmarkError, ModuleFactory, ModuleOptions } from '../core';
import { Take } from './elements';
import { Hdf5File } from './hdf5_file';
import { Host, HostStore } from './host';
import { BytesFile, FetchedFile, HandleFile, HostFile, SyncHandle } from './host_files';
import { BlobSource, Source, UrlSource } from './sources';
import { UrlStore } from './url_store';
import { ZarrStore } from './zarr';

interface Module {
  HEAPU8: Uint8Array;
  _chunkmark_buffer(bytes: number): number;
  _chunkmark_release(pointer: number): void;
  _chunkmark_call(request: number, data: number, dataBytes: number): number;
  _chunkmark_result(): number;
  _chunkmark_result_bytes(): number;
  _chunkmark_drop_result(): void;
  /** Of the module that counts. */
  _chunkmark_moved?(isIn: number, bytes: number): void;
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

  static async create(
    factory: ModuleFactory,
    options: ModuleOptions = {},
    host = new Host(),
  ): Promise<ChunkmarkStorage> {
    const module = (await factory({ ...options, host } as ModuleOptions)) as Module;
    const count = module._chunkmark_moved;
    if (count) host.moved = (direction, bytes) => count(direction === 'in' ? 1 : 0, bytes);
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
    if (file.getSize() === 0) {
      journal.truncate(0); // of a file that was there before
      await opened.fillNew(new Date());
    } else {
      await opened.recover();
    }
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

  /** The module's memory as it is now: it never shrinks. */
  get memoryBytes(): number {
    return this.module.HEAPU8.length;
  }

  /** One request; `take` sees the elements in the module's memory, valid for that moment only. */
  call<T>(
    method: string,
    params: object,
    given: { data?: ArrayBufferView[]; signal?: AbortSignal; take?: Take } = {},
  ): Promise<T> {
    const work = this.queue.then(() => this.ask<T>(method, params, given));
    this.queue = work.catch(() => undefined);
    return work;
  }

  private async ask<T>(
    method: string,
    params: object,
    given: { data?: ArrayBufferView[]; signal?: AbortSignal; take?: Take },
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
          const bytes = this.module._chunkmark_result_bytes();
          given.take(this.module.HEAPU8.subarray(at, at + bytes));
          this.host.moved('out', bytes);
        }
        return result as T;
      }
      throw new ChunkmarkError('corrupt', `${method}: it asks for the same bytes again and again`);
    } finally {
      this.module._chunkmark_drop_result();
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

  /** Bytes of a file as they are, which do not pass the module. */
  slice(file: HostFile, offset: number, bytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.fetched(signal, async () => {
      if (file.slice) return file.slice(offset, offset + bytes, signal);
      const own = new Uint8Array(bytes);
      file.read(offset, own);
      return own;
    });
  }

  private arrive(signal?: AbortSignal): Promise<void> {
    return this.fetched(signal, () => this.host.arrive(signal));
  }

  private async fetched<T>(signal: AbortSignal | undefined, fetch: () => Promise<T>): Promise<T> {
    if (signal?.aborted) throw new ChunkmarkError('cancelled', 'cancelled');
    try {
      return await fetch();
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
    this.host.moved('in', bytes);
    return { at, bytes };
  }

  private text(at: number): string {
    const heap = this.module.HEAPU8;
    return new TextDecoder().decode(heap.slice(at, heap.indexOf(0, at)));
  }
}

const isSource = (from: Blob | Source): from is Source => !(typeof Blob !== 'undefined' && from instanceof Blob);
