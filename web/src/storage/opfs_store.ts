// OpfsStore: Zarr objects as files of the origin's private file system, read and written in place; for workers. A new
// object is written beside, and takes its name when it is whole.

import { HostStore } from './host';
import { HandleFile, HostFile, SyncHandle } from './host_files';

/** What is used of the file system that the DOM's types lack. */
type Folder = FileSystemDirectoryHandle & { entries(): AsyncIterable<[string, FileSystemHandle]> };
interface File extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncHandle>;
  move(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/** Stays open until its store ends it, however often the module opens and closes it within a call. */
class KeptFile extends HandleFile {
  override close(): void {}
  end(): void {
    super.close();
  }
}

/** A file that has no name yet. */
interface Slot {
  entry: File;
  file: KeptFile;
}
const kKeptSpares = 16;

const isMissing = (error: unknown): boolean =>
  error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'TypeMismatchError');

// A call that lacks something is made again from its start, so what is lacking must be made in ever larger numbers: twice
// as many new files each time.
export class OpfsStore implements HostStore {
  private readonly read = new Map<string, KeptFile | null>();
  private readonly lists = new Map<string, string[]>();
  private readonly wanted = { open: new Set<string>(), list: new Set<string>(), spares: 0 };
  private spares: Slot[] = [];
  private taken: Slot[] = [];
  private readonly published = new Map<string, Slot>();
  private readonly erased = new Set<string>();
  private swept = false;

  constructor(
    readonly name: string,
    private readonly root: FileSystemDirectoryHandle,
  ) {}

  open(key: string): HostFile | 'pending' | null {
    const found = this.published.get(key)?.file ?? (this.erased.has(key) ? null : this.read.get(key));
    if (found !== undefined) return found;
    this.wanted.open.add(key);
    return 'pending';
  }

  create(): HostFile | 'pending' {
    const slot = this.spares.pop();
    if (!slot) {
      this.wanted.spares = Math.max(1, 2 * this.taken.length);
      return 'pending';
    }
    this.taken.push(slot);
    slot.file.truncate(0);
    return slot.file;
  }

  publish(key: string, file: HostFile): void {
    this.published.set(
      key,
      this.taken.find((slot) => slot.file === file)!,
    );
    this.erased.delete(key);
    this.lists.clear();
  }

  erase(key: string): void {
    this.published.delete(key);
    this.erased.add(key);
    this.lists.clear();
  }

  list(prefix: string): string[] | 'pending' {
    const found = this.lists.get(prefix);
    if (found) return found;
    this.wanted.list.add(prefix);
    return 'pending';
  }

  async arrive(): Promise<void> {
    this.recycle();
    for (const key of this.wanted.open) this.read.set(key, await this.openKey(key));
    for (const prefix of this.wanted.list) this.lists.set(prefix, await this.listKey(prefix));
    if (this.wanted.spares > 0) await this.sweep();
    while (this.spares.length < this.wanted.spares) {
      const entry = (await this.root.getFileHandle(`.${crypto.randomUUID()}.tmp`, { create: true })) as File;
      this.spares.push({ entry, file: new KeptFile(entry.name, await entry.createSyncAccessHandle()) });
    }
    this.wanted.open.clear();
    this.wanted.list.clear();
    this.wanted.spares = 0;
  }

  /** After a call: what it published gets its name, and no file that has one stays open. */
  async finish(): Promise<void> {
    for (const file of this.read.values()) file?.end();
    this.read.clear();
    this.lists.clear();
    const published = [...this.published];
    const erased = [...this.erased];
    this.taken = this.taken.filter((slot) => !published.some(([, each]) => each === slot));
    this.recycle();
    for (const [key, { entry, file }] of published) {
      file.flush();
      file.end();
      const [folder, name] = await this.place(key, true);
      await entry.move(folder, name);
    }
    for (const key of erased) {
      const [folder, name] = await this.place(key, false);
      await folder.removeEntry(name);
    }
    for (const { entry, file } of this.spares.splice(kKeptSpares)) {
      file.end();
      await this.root.removeEntry(entry.name);
    }
  }

  /** Closes what it keeps open; it is not used again. */
  async end(): Promise<void> {
    this.recycle();
    for (const file of this.read.values()) file?.end();
    this.read.clear();
    for (const { entry, file } of this.spares.splice(0)) {
      file.end();
      await this.root.removeEntry(entry.name);
    }
  }

  /** Once: what a worker that was stopped left. Of others that are at work it cannot be removed. */
  private async sweep(): Promise<void> {
    if (this.swept) return;
    this.swept = true;
    for await (const [name] of (this.root as Folder).entries()) {
      if (name.endsWith('.tmp')) await this.root.removeEntry(name).catch(() => undefined);
    }
  }

  private recycle(): void {
    this.spares.push(...this.taken);
    this.taken = [];
    this.published.clear();
    this.erased.clear();
  }

  private async place(key: string, create: boolean): Promise<[FileSystemDirectoryHandle, string]> {
    const parts = key.split('/');
    const name = parts.pop()!;
    let folder = this.root;
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
    return [folder, name];
  }

  private async openKey(key: string): Promise<KeptFile | null> {
    try {
      const [folder, name] = await this.place(key, false);
      const entry = (await folder.getFileHandle(name)) as File;
      return new KeptFile(key, await entry.createSyncAccessHandle());
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  private async listKey(prefix: string): Promise<string[]> {
    try {
      const [folder, name] = await this.place(prefix === '' ? '' : prefix, false);
      const at = (name === '' ? folder : await folder.getDirectoryHandle(name)) as Folder;
      const names: string[] = [];
      for await (const [each, { kind }] of at.entries()) {
        if (!each.endsWith('.tmp')) names.push(kind === 'directory' ? `${each}/` : each);
      }
      return names.sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }
}
