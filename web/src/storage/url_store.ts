// UrlStore: the objects below an address on the web, each by ranges. Nothing can be listed there.

import { ChunkmarkError } from '../core';
import { FetchedFile, HostFile } from './host_files';
import { HostStore } from './host';
import { UrlSource } from './sources';

const kKept = 4096; // objects that are known

interface Known {
  file: FetchedFile;
  there: boolean;
}

export class UrlStore implements HostStore {
  readonly name: string;
  /** What was asked of the server, and what came. */
  readonly counted = { requests: 0, bytes: 0 };
  private readonly known = new Map<string, Known>();
  private readonly wanted = new Map<string, FetchedFile>();
  private readonly coming = new Map<string, Promise<void>>();
  private readonly needed = new Set<string>();

  constructor(
    url: string,
    private readonly fetcher?: typeof fetch,
  ) {
    this.name = url.replace(/\/+$/, '');
  }

  open(key: string): HostFile | 'pending' | null {
    const found = this.known.get(key);
    if (found) return found.there ? found.file : null;
    this.want(key, 1);
    return 'pending';
  }

  /** Whether it is known; if not, so many bytes of it come with the next arrive(). */
  want(key: string, bytes: number): boolean {
    const found = this.known.get(key);
    if (found) return !found.there || found.file.want(0, bytes);
    if (this.coming.has(key)) {
      this.needed.add(key);
      return false;
    }
    if (!this.wanted.has(key)) {
      const counted: typeof fetch = async (...given) => {
        const response = await (this.fetcher ?? fetch)(...given);
        ++this.counted.requests;
        this.counted.bytes += Number(response.headers.get('Content-Length') ?? 0);
        return response;
      };
      this.wanted.set(key, new FetchedFile(new UrlSource(`${this.name}/${key}`, counted)));
    }
    this.wanted.get(key)!.want(0, bytes);
    return false;
  }

  /** What was wanted is on its way, and what of it or of earlier is needed now is there. */
  async arrive(signal?: AbortSignal): Promise<void> {
    for (const [key, file] of this.wanted) {
      const here = this.first(key, file, signal).finally(() => this.coming.delete(key));
      here.catch(() => undefined); // told to whoever waits for it; if nobody does, it is asked for again
      this.coming.set(key, here);
      this.needed.add(key);
    }
    this.wanted.clear();
    const needed = [...this.needed].map((key) => this.coming.get(key));
    this.needed.clear();
    const more = [...this.known.values()].filter(({ file, there }) => there && file.waits);
    await Promise.all([...needed, ...more.map(({ file }) => file.arrive(signal))]);
  }

  private async first(key: string, file: FetchedFile, signal?: AbortSignal): Promise<void> {
    try {
      await file.arrive(signal);
      this.known.set(key, { file, there: true });
    } catch (error) {
      if (!(error instanceof ChunkmarkError) || error.code !== 'not_found') throw error;
      this.known.set(key, { file, there: false });
    }
  }

  /** After a call: of chunks that were read nothing is kept, since they are not read again. */
  async finish(): Promise<void> {
    for (const [key, { file, there }] of this.known) {
      if (there && file.wasRead && !key.endsWith('.json') && !key.endsWith('.zarray') && !key.endsWith('.zattrs'))
        file.forget();
    }
    for (const key of this.known.keys()) {
      if (this.known.size <= kKept) return;
      this.known.delete(key);
    }
  }

  create(): never {
    throw new ChunkmarkError('unsupported', `${this.name}: an address cannot be written to`);
  }
  publish(): never {
    return this.create();
  }
  erase(): never {
    return this.create();
  }
  list(): never {
    throw new ChunkmarkError('unsupported', `${this.name}: what lies at an address cannot be listed; name the array`);
  }
}
