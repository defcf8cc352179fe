// Host: the files and stores of a page, by number, for the storage modules (wasm/host.cc calls these functions
// while one of its own calls runs). One Host for a module. Errors are kept for the module to ask for.

import { ChunkmarkError } from '../core';
import { FetchedFile, HostFile, kDone, kPending } from './host_files';

const kFailed = 2;
const kNone = -1;
const kOpenPending = -2;
const kOpenFailed = -3;

/** Objects by key; what is not there at once is noted, and fetched by arrive(). */
export interface HostStore {
  readonly name: string;
  /** 'pending', or null where there is no such object. */
  open(key: string): HostFile | 'pending' | null;
  /** Of stores that are far away: whether so many bytes of the object are there; if not, they arrive together. */
  want?(key: string, bytes: number): boolean;
  create(key: string): HostFile | 'pending';
  publish(key: string, file: HostFile): void;
  erase(key: string): void;
  /** Names directly below, with a '/' behind those of groups. */
  list(prefix: string): string[] | 'pending';
  arrive(signal?: AbortSignal): Promise<void>;
  /** After a call. */
  finish?(): Promise<void>;
}

export class Host {
  private readonly files = new Map<number, HostFile>();
  private readonly stores = new Map<number, HostStore>();
  private next = 1;
  private failure = '';
  /** Told of every byte that crosses between the module's memory and JavaScript's, where somebody counts. */
  moved: (direction: 'in' | 'out', bytes: number) => void = () => undefined;

  addFile(file: HostFile): number {
    this.files.set(this.next, file);
    return this.next++;
  }

  addStore(store: HostStore): number {
    this.stores.set(this.next, store);
    return this.next++;
  }

  /** A number that nothing of the page has: for what the module has in its own memory. */
  freeNumber(): number {
    return this.next++;
  }

  dropStore(number: number): void {
    this.stores.delete(number);
  }

  /** Lets come what the last call lacked. Errors: io where nothing was lacking, since the call would never end. */
  async arrive(signal?: AbortSignal): Promise<void> {
    const files = [...this.files.values()].filter((file) => file.waits);
    await Promise.all([
      ...files.map((file) => file.arrive(signal)),
      ...[...this.stores.values()].map((store) => store.arrive(signal)),
    ]);
  }

  async settled(): Promise<void> {
    for (const store of this.stores.values()) await store.finish?.();
    for (const file of this.files.values()) file.settled();
  }

  // What the module calls.

  size(number: number): number {
    return this.files.get(number)?.size() ?? kOpenPending;
  }

  want(number: number, offset: number, bytes: number): number {
    const file = this.files.get(number);
    return file instanceof FetchedFile && !file.want(offset, bytes) ? kPending : kDone;
  }

  wantObject(number: number, key: string, bytes: number): number {
    const store = this.stores.get(number);
    return !store?.want || store.want(key, bytes) ? kDone : kPending;
  }

  isFar(number: number): number {
    return this.files.get(number) instanceof FetchedFile ? 1 : 0;
  }

  read(number: number, offset: number, into: Uint8Array): number {
    return this.answer(() => {
      const answer = this.file(number).read(offset, into);
      if (answer === kDone) this.moved('in', into.length);
      return answer;
    });
  }

  write(number: number, offset: number, from: Uint8Array): number {
    return this.answer(() => {
      this.file(number).write(offset, from);
      this.moved('out', from.length);
    });
  }

  truncate(number: number, size: number): number {
    return this.answer(() => this.file(number).truncate(size));
  }

  flush(number: number): number {
    return this.answer(() => this.file(number).flush());
  }

  close(number: number): number {
    return this.answer(() => {
      this.files.get(number)?.close();
      this.files.delete(number);
    });
  }

  open(number: number, key: string): number {
    return this.opened(() => this.store(number).open(key));
  }

  create(number: number, key: string): number {
    return this.opened(() => this.store(number).create(key));
  }

  publish(number: number, key: string, file: number): number {
    return this.answer(() => this.store(number).publish(key, this.file(file)));
  }

  erase(number: number, key: string): number {
    return this.answer(() => this.store(number).erase(key));
  }

  /** JSON; empty: pending. An error is no list. */
  list(number: number, prefix: string): string {
    let names: string[] | 'pending' = 'pending';
    const answer = this.answer(() => {
      names = this.store(number).list(prefix);
    });
    if (answer === kFailed) return 'null';
    return (names as string[] | 'pending') === 'pending' ? '' : JSON.stringify(names);
  }

  message(): string {
    return this.failure;
  }

  name(number: number): string {
    return this.files.get(number)?.name ?? this.stores.get(number)?.name ?? `number ${number}`;
  }

  private opened(ask: () => HostFile | 'pending' | null): number {
    let found: HostFile | 'pending' | null = null;
    if (this.answer(() => void (found = ask())) === kFailed) return kOpenFailed;
    const file = found as HostFile | 'pending' | null;
    return file === null ? kNone : file === 'pending' ? kOpenPending : this.addFile(file);
  }

  private answer(work: () => number | void): number {
    try {
      return work() ?? kDone;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      return kFailed;
    }
  }

  private file(number: number): HostFile {
    const found = this.files.get(number);
    if (!found) throw new ChunkmarkError('not_found', `file ${number}: it is not open`);
    return found;
  }

  private store(number: number): HostStore {
    const found = this.stores.get(number);
    if (!found) throw new ChunkmarkError('not_found', `store ${number}: it is not open`);
    return found;
  }
}
