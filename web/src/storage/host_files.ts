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
  /** Of what is far away: a range, as memory of the caller's own. */
  slice?(from: number, to: number, signal?: AbortSignal): Promise<Uint8Array>;
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
const kKeptBytes = 16 << 20;
const kRequests = 6;

/** What a source answered: whole blocks from `first` on, but at its end. */
interface Answer {
  first: number;
  bytes: Uint8Array;
}

/** A source's bytes in blocks; of its answers those that were used last are kept between the module's calls. */
export class FetchedFile implements HostFile {
  requests = 0;
  moved = 0;
  /** Since it was forgotten last. */
  wasRead = false;
  private readonly blocks = new Map<number, Answer>();
  private readonly answers = new Set<Answer>(); // the last used come last
  private readonly wanted = new Set<number>();
  private readonly coming = new Map<number, Promise<void>>();

  constructor(private readonly source: Source) {}

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
      const answer = this.blocks.get(Math.floor((offset + at) / kBlock))!;
      const from = offset + at - answer.first * kBlock;
      const part = answer.bytes.subarray(from, from + into.length - at);
      if (part.length === 0) throw new ChunkmarkError('corrupt', `${this.name}: it ends before byte ${offset + at}`);
      into.set(part, at);
      at += part.length;
      this.answers.delete(answer);
      this.answers.add(answer);
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

  /** Of what was wanted, what is not on its way yet is asked for; all of it is there afterwards. */
  async arrive(signal?: AbortSignal): Promise<void> {
    const all = [...this.wanted];
    this.wanted.clear();
    const numbers = all.filter((number) => !this.coming.has(number)).sort((a, b) => a - b);
    const fetched = this.fetchAll(numbers, signal).finally(() => {
      for (const number of numbers) this.coming.delete(number);
    });
    for (const number of numbers) this.coming.set(number, fetched);
    await Promise.all([fetched, ...new Set(all.map((number) => this.coming.get(number)))]);
  }

  private async fetchAll(numbers: number[], signal?: AbortSignal): Promise<void> {
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
    this.answers.clear();
  }

  settled(): void {
    let kept = 0;
    for (const answer of [...this.answers].reverse()) {
      kept += answer.bytes.length;
      if (kept > kKeptBytes) this.drop(answer);
    }
  }

  private drop(answer: Answer): void {
    this.answers.delete(answer);
    const end = answer.first + answer.bytes.length / kBlock;
    for (let number = answer.first; number < end; ++number) this.blocks.delete(number);
  }

  private async fetch(first: number, end: number, signal?: AbortSignal): Promise<void> {
    const last = Math.min(end * kBlock, this.source.size ?? Infinity);
    const answer = { first, bytes: await this.source.read(first * kBlock, last, signal) };
    ++this.requests;
    this.moved += answer.bytes.length;
    this.answers.add(answer);
    for (let number = first; number < end && (number - first) * kBlock < answer.bytes.length; ++number)
      this.blocks.set(number, answer);
  }

  async slice(from: number, to: number, signal?: AbortSignal): Promise<Uint8Array> {
    const bytes = await this.source.read(from, to, signal);
    ++this.requests;
    this.moved += bytes.length;
    if (bytes.length !== to - from)
      throw new ChunkmarkError(
        'corrupt',
        `${this.name}: expected ${to - from} bytes from ${from} on, found ${bytes.length}`,
      );
    return bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
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
