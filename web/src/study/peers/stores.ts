// Stores for engines in JavaScript: whole objects by their keys, in memory or as files of the origin's private file system,
// and what went through them.

import { SyncHandle } from '../../storage/host_files';

export interface PeerStore {
  readonly moved: { in: number; out: number };
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, value: Uint8Array): Promise<void>;
}

export type Objects = [string, Uint8Array][];

export class MapStore implements PeerStore {
  readonly moved = { in: 0, out: 0 };
  readonly objects: Map<string, Uint8Array>;

  constructor(objects: Objects = []) {
    this.objects = new Map(objects);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const found = this.objects.get(key);
    this.moved.in += found?.byteLength ?? 0;
    return found;
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    this.moved.out += value.byteLength;
    this.objects.set(key, value);
  }
}

interface SyncFile extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncHandle>;
}

/** Synchronous handles: the fastest that a worker has. Objects are written in place, not beside and renamed. */
export class FolderStore implements PeerStore {
  readonly moved = { in: 0, out: 0 };

  constructor(private readonly root: FileSystemDirectoryHandle) {}

  async get(key: string): Promise<Uint8Array | undefined> {
    const handle = await this.open(key, false).catch(() => null);
    if (!handle) return undefined;
    const bytes = new Uint8Array(handle.getSize());
    handle.read(bytes, { at: 0 });
    handle.close();
    this.moved.in += bytes.byteLength;
    return bytes;
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    const handle = await this.open(key, true);
    handle.truncate(0);
    handle.write(value, { at: 0 });
    handle.flush();
    handle.close();
    this.moved.out += value.byteLength;
  }

  private async open(key: string, create: boolean): Promise<SyncHandle> {
    const parts = key.split('/').filter((part) => part !== '');
    const name = parts.pop()!;
    let folder = this.root;
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
    return ((await folder.getFileHandle(name, { create })) as SyncFile).createSyncAccessHandle();
  }
}
