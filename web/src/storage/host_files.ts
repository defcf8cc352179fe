// The files that the module reads through Host: each answers at once, with what it has. What it lacks it notes, and
// fetches when arrive() is called; the module's call is then made again.

import { ChunkmarkError } from '../core';
import { Source } from './sources';

/** Answers to the module (wasm/host.cc). */
export const kDone = 0;
export const kPending = 1;

export interface HostFile {
  readonly name: string;
  /** Null while it is not known: then it is pending. */
  size(): number | null;
  read(offset: number, into: Uint8Array): number;
  write(offset: number, from: Uint8Array): void;
  truncate(size: number): void;
  flush(): void;
  /** Whether something is missing. */
  readonly waits: boolean;
  arrive(signal?: AbortSignal): Promise<void>;
  /** A call of the module has ended: what it needed may go. */
  settled(): void;
  close(): void;
}

const refuse = (name: string): never => {
  throw new ChunkmarkError('unsupported', `${name}: it cannot be written`);
};

/** Bytes in JavaScript's memory, which grow. */
export class BytesFile implements HostFile {
  readonly waits = false;

  constructor(
    readonly name: string,
    private bytes: Uint8Array = new Uint8Array(0),
    private length = bytes.length,
  ) {}

  size(): number {
    return this.length;
  }

  read(offset: number, into: Uint8Array): number {
    into.set(this.bytes.subarray(offset, offset + into.length));
    return kDone;
  }

  write(offset: number, from: Uint8Array): void {
    this.room(offset + from.length);
    this.bytes.set(from, offset);
    this.length = Math.max(this.length, offset + from.length);
  }

  truncate(size: number): void {
    this.room(size);
    if (size < this.length) this.bytes.fill(0, size, this.length);
    this.length = size;
  }

  /** The content, as a view that holds until the next write. */
  content(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  flush(): void {}
  settled(): void {}
  close(): void {}
  async arrive(): Promise<void> {}

  private room(size: number): void {
    if (size <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(size, 2 * this.bytes.length));
    larger.set(this.content());
    this.bytes = larger;
  }
}

/** What is used of a FileSystemSyncAccessHandle (the origin's private file system, in workers). */
export interface SyncHandle {
  getSize(): number;
  read(into: Uint8Array, options: { at: number }): number;
  write(from: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

/** A file that is read and written in place, straight from and into the module's memory. */
export class HandleFile implements HostFile {
  readonly waits = false;

  constructor(
    readonly name: string,
    private readonly handle: SyncHandle,
  ) {}

  size(): number {
    return this.handle.getSize();
  }

  read(offset: number, into: Uint8Array): number {
    const got = this.handle.read(into, { at: offset });
    if (got !== into.length)
      throw new ChunkmarkError('io', `${this.name}: expected ${into.length} bytes from ${offset} on, found ${got}`);
    return kDone;
  }

  write(offset: number, from: Uint8Array): void {
    const done = this.handle.write(from, { at: offset });
    if (done !== from.length)
      throw new ChunkmarkError('io', `${this.name}: ${done} of ${from.length} bytes could be written: no room?`);
  }

  truncate(size: number): void {
    this.handle.truncate(size);
  }

  flush(): void {
    this.handle.flush();
  }

  close(): void {
    this.handle.close();
  }

  settled(): void {}
  async arrive(): Promise<void> {}
}

const kBlock = 64 << 10;
const kKeptBlocks = 512; // 32 MiB
const kRequests = 6;

/** A source's bytes in blocks, of which those that were used last are kept between the module's calls. */
export class FetchedFile implements HostFile {
  requests = 0;
  moved = 0;
  /** Since it was forgotten last. */
  wasRead = false;
  private readonly blocks = new Map<number, Uint8Array>();
  private readonly wanted = new Set<number>();

  /** `isPassing`: what comes is read once, and forgotten soon. */
  constructor(
    private readonly source: Source,
    private readonly isPassing = false,
  ) {}

  get name(): string {
    return this.source.name;
  }

  get waits(): boolean {
    return this.wanted.size > 0;
  }

  size(): number | null {
    if (this.source.size === null) this.wanted.add(0);
    return this.source.size;
  }

  read(offset: number, into: Uint8Array): number {
    if (!this.want(offset, into.length)) return kPending;
    this.wasRead = true;
    for (let at = 0; at < into.length;) {
      const number = Math.floor((offset + at) / kBlock);
      const block = this.blocks.get(number)!;
      const from = offset + at - number * kBlock;
      const part = block.subarray(from, from + into.length - at);
      if (part.length === 0) throw new ChunkmarkError('corrupt', `${this.name}: it ends before byte ${offset + at}`);
      into.set(part, at);
      at += part.length;
      this.blocks.delete(number); // the last used come last
      this.blocks.set(number, block);
    }
    return kDone;
  }

  /** Whether all of it is there; what is not is wanted. */
  want(offset: number, length: number): boolean {
    let has = true;
    const end = Math.min(offset + length, this.source.size ?? Infinity);
    for (let number = Math.floor(offset / kBlock); number * kBlock < end; ++number) {
      if (this.blocks.has(number)) continue;
      this.wanted.add(number);
      has = false;
    }
    return has;
  }

  async arrive(signal?: AbortSignal): Promise<void> {
    const numbers = [...this.wanted].sort((a, b) => a - b);
    this.wanted.clear();
    const runs: [number, number][] = [];
    for (const number of numbers) {
      const last = runs.at(-1);
      if (last && last[1] === number) last[1] = number + 1;
      else runs.push([number, number + 1]);
    }
    const next = async (): Promise<void> => {
      for (let run = runs.shift(); run; run = runs.shift()) await this.fetch(run[0], run[1], signal);
    };
    await Promise.all(Array.from({ length: Math.min(kRequests, runs.length) }, next));
  }

  /** Forgets all bytes; how many there are is still known. */
  forget(): void {
    this.wasRead = false;
    this.blocks.clear();
  }

  settled(): void {
    for (const number of this.blocks.keys()) {
      if (this.blocks.size <= kKeptBlocks) return;
      this.blocks.delete(number);
    }
  }

  private async fetch(first: number, end: number, signal?: AbortSignal): Promise<void> {
    const last = Math.min(end * kBlock, this.source.size ?? Infinity);
    const bytes = await this.source.read(first * kBlock, last, signal);
    ++this.requests;
    this.moved += bytes.length;
    for (let number = first; number < end; ++number) {
      const from = (number - first) * kBlock;
      if (from >= bytes.length) break;
      // Copies, so that one block that is kept does not keep the whole answer.
      const whole = this.isPassing || end - first === 1;
      this.blocks.set(number, whole ? bytes.subarray(from, from + kBlock) : bytes.slice(from, from + kBlock));
    }
  }

  write(): void {
    refuse(this.name);
  }
  truncate(): void {
    refuse(this.name);
  }
  flush(): void {}
  close(): void {}
}
