// UrlStore: the objects below an address on the web, each by ranges. Nothing can be listed there.

import { ChunkmarkError } from '../core';
import { FetchedFile, HostFile } from './host_files';
import { HostStore } from './host';
import { UrlSource } from './sources';

const kKept = 1024; // objects that are known

export class UrlStore implements HostStore {
  readonly name: string;
  /** What was asked of the server, and what came. */
  readonly counted = { requests: 0, bytes: 0 };
  private readonly known = new Map<string, FetchedFile | null>();
  private readonly wanted = new Map<string, FetchedFile>();

  constructor(
    url: string,
    private readonly fetcher?: typeof fetch,
  ) {
    this.name = url.replace(/\/+$/, '');
  }

  open(key: string): HostFile | 'pending' | null {
    const found = this.known.get(key);
    if (found !== undefined) return found;
    if (!this.wanted.has(key)) {
      const counted: typeof fetch = async (...given) => {
        const response = await (this.fetcher ?? fetch)(...given);
        ++this.counted.requests;
        this.counted.bytes += Number(response.headers.get('Content-Length') ?? 0);
        return response;
      };
      this.wanted.set(key, new FetchedFile(new UrlSource(`${this.name}/${key}`, counted)));
    }
    return 'pending';
  }

  /** The first block tells whether the object is there, and how long it is. */
  async arrive(signal?: AbortSignal): Promise<void> {
    const wanted = [...this.wanted];
    this.wanted.clear();
    await Promise.all(
      wanted.map(async ([key, file]) => {
        file.size();
        try {
          await file.arrive(signal);
          this.known.set(key, file);
        } catch (error) {
          if (!(error instanceof ChunkmarkError) || error.code !== 'not_found') throw error;
          this.known.set(key, null);
        }
      }),
    );
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
