// Where the arrays of the copy study's cases are stored: a read finds what the write of its cell has left. Only the cell
// that is measured is kept, since arrays are large and a page has little.

import { HostStore } from '../storage/host';
import { HandleFile, HostFile, SyncHandle } from '../storage/host_files';
import { OpfsStore } from '../storage/opfs_store';
import { privateFiles } from '../storage/private_files';
import { MemoryStore, SegmentFile } from './memory_store';

/** As shared/study/copy_case.h writes it. */
export interface CopyCase {
  operation: 'write' | 'read';
  filesystem: string;
  engine: string;
  format: string;
  codec: string;
  data: string;
  dtype: string;
  shape: number[];
  chunks: number[];
  shards?: number[];
}

/** Times what a store does between the module's calls: opening files, giving them their names. */
export class ClockedStore implements HostStore {
  seconds = 0;

  constructor(private readonly store: HostStore) {}

  get name(): string {
    return this.store.name;
  }

  open = (key: string): ReturnType<HostStore['open']> => this.store.open(key);
  create = (key: string): ReturnType<HostStore['create']> => this.store.create(key);
  publish = (...given: Parameters<HostStore['publish']>): void => this.store.publish(...given);
  erase = (key: string): void => this.store.erase(key);
  list = (prefix: string): ReturnType<HostStore['list']> => this.store.list(prefix);
  arrive = (signal?: AbortSignal): Promise<void> => this.timed(() => this.store.arrive(signal));
  finish = (): Promise<void> => this.timed(async () => this.store.finish?.());

  private async timed(work: () => Promise<void>): Promise<void> {
    const begin = performance.now();
    await work();
    this.seconds += (performance.now() - begin) / 1000;
  }
}

export interface CaseStores {
  /** The store of a case's array; empty for a write. */
  of(copyCase: CopyCase): Promise<HostStore>;
  storedBytes(copyCase: CopyCase): Promise<number>;
  /** A file for one history of versions; the one before is over. */
  file(): Promise<HostFile>;
  /** Removes everything. */
  clear(): Promise<void>;
}

const cellOf = ({ format, codec }: CopyCase): string => `${format}-${codec}`;
const nameOf = (copyCase: CopyCase): string => `${cellOf(copyCase)}-${copyCase.engine}-${copyCase.shape.join('x')}`;

export class MemoryStores implements CaseStores {
  private readonly stores = new Map<string, MemoryStore>();
  private cell = '';

  async of(copyCase: CopyCase): Promise<HostStore> {
    if (this.cell !== cellOf(copyCase)) await this.clear();
    this.cell = cellOf(copyCase);
    const name = nameOf(copyCase);
    if (copyCase.operation === 'write' || !this.stores.has(name)) this.stores.set(name, new MemoryStore());
    return this.stores.get(name)!;
  }

  async storedBytes(copyCase: CopyCase): Promise<number> {
    return this.stores.get(nameOf(copyCase))?.storedBytes() ?? 0;
  }

  async file(): Promise<HostFile> {
    return new SegmentFile('versions.h5');
  }

  async clear(): Promise<void> {
    this.stores.clear();
  }
}

interface SyncFile extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncHandle>;
}
type Folder = FileSystemDirectoryHandle & { entries(): AsyncIterable<[string, FileSystemHandle]> };

async function bytesIn(folder: FileSystemDirectoryHandle): Promise<number> {
  let bytes = 0;
  for await (const [name, entry] of (folder as Folder).entries()) {
    if (entry.kind === 'directory') bytes += await bytesIn(entry as FileSystemDirectoryHandle);
    else if (!name.endsWith('.tmp')) bytes += (await (entry as FileSystemFileHandle).getFile()).size;
  }
  return bytes;
}

/** Folders of the origin's private file system, below one of their own. */
export class OpfsStores implements CaseStores {
  private readonly stores = new Map<string, OpfsStore>();
  private versions: HandleFile | null = null;
  private cell = '';

  constructor(private readonly folder: string) {}

  async of(copyCase: CopyCase): Promise<HostStore> {
    if (this.cell !== cellOf(copyCase)) await this.clear();
    this.cell = cellOf(copyCase);
    const name = nameOf(copyCase);
    const known = this.stores.get(name);
    if (known && copyCase.operation === 'read') return known;
    await known?.end();
    const root = await this.root();
    if (copyCase.operation === 'write') await root.removeEntry(name, { recursive: true }).catch(() => undefined);
    const store = new OpfsStore(name, await root.getDirectoryHandle(name, { create: true }));
    this.stores.set(name, store);
    return store;
  }

  async storedBytes(copyCase: CopyCase): Promise<number> {
    const root = await this.root();
    return bytesIn(await root.getDirectoryHandle(nameOf(copyCase), { create: true }));
  }

  async file(): Promise<HostFile> {
    this.versions?.close();
    const entry = (await (await this.root()).getFileHandle('versions.h5', { create: true })) as SyncFile;
    this.versions = new HandleFile('versions.h5', await entry.createSyncAccessHandle());
    return this.versions;
  }

  async clear(): Promise<void> {
    for (const store of this.stores.values()) await store.end();
    this.stores.clear();
    this.versions?.close();
    const origin = await privateFiles();
    await origin.removeEntry(this.folder, { recursive: true }).catch(() => undefined);
  }

  private async root(): Promise<FileSystemDirectoryHandle> {
    return (await privateFiles()).getDirectoryHandle(this.folder, { create: true });
  }
}
