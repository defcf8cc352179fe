// Where bytes come from that a page cannot read at once: an address on the web, a dropped file. A source is asked for
// ranges, several at a time, and stays what it was when it was opened: another ETag is an error.

import { ChunkmarkError } from '../core';

export interface Source {
  readonly name: string;
  /** Known once the first range was read. */
  readonly size: number | null;
  read(from: number, to: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** A file that was dropped, or any Blob: its ranges alone are read. */
export class BlobSource implements Source {
  readonly name: string;
  readonly size: number;

  constructor(private readonly blob: Blob) {
    this.name = blob instanceof File ? blob.name : 'blob';
    this.size = blob.size;
  }

  async read(from: number, to: number): Promise<Uint8Array> {
    return new Uint8Array(await this.blob.slice(from, to).arrayBuffer());
  }
}

// A server that answers every request with all of an object may do so for objects up to this size.
const kWholeBytes = 64 << 20;

/** An object on the web, by ranges. Errors: not_found for 404 and 403 (a bucket may say either), io for other answers. */
export class UrlSource implements Source {
  readonly name: string;
  size: number | null = null;
  private tag: string | null = null;
  private whole: Uint8Array | null = null;

  constructor(
    url: string,
    private readonly fetcher: typeof fetch = (...given) => fetch(...given),
    private readonly headers: Record<string, string> = {},
  ) {
    this.name = url;
  }

  async read(from: number, to: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.whole) return this.whole.subarray(from, to);
    const headers = { ...this.headers, Range: `bytes=${from}-${to - 1}` };
    const response = await this.fetcher(this.name, { headers, signal, cache: 'no-store' });
    if (response.status === 404 || response.status === 403)
      throw new ChunkmarkError('not_found', `${this.name}: the server answers ${response.status}`);
    if (response.status === 416) return this.empty(response);
    if (response.status !== 206 && response.status !== 200)
      throw new ChunkmarkError('io', `${this.name}: expected the status 206, found ${response.status}`);
    this.checkTag(response);
    if (response.status === 200) return this.all(response, from, to);
    const total = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (total) this.size = Number(total[1]);
    else if (this.size === null)
      throw new ChunkmarkError('io', `${this.name}: the answer hides Content-Range (Access-Control-Expose-Headers)`);
    const expected = Math.min(to, this.size!) - from;
    if (bytes.length !== expected)
      throw new ChunkmarkError('io', `${this.name}: expected ${expected} bytes from ${from} on, found ${bytes.length}`);
    return bytes;
  }

  private empty(response: Response): Uint8Array {
    const total = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
    this.size = total ? Number(total[1]) : 0;
    return new Uint8Array(0);
  }

  private async all(response: Response, from: number, to: number): Promise<Uint8Array> {
    const declared = Number(response.headers.get('Content-Length') ?? 0);
    if (declared > kWholeBytes) {
      await response.body?.cancel();
      throw new ChunkmarkError('unsupported', `${this.name}: the server sends no ranges of its ${declared} bytes`);
    }
    this.whole = new Uint8Array(await response.arrayBuffer());
    this.size = this.whole.length;
    return this.whole.subarray(from, to);
  }

  private checkTag(response: Response): void {
    const tag = response.headers.get('ETag');
    if (this.tag !== null && tag !== null && tag !== this.tag)
      throw new ChunkmarkError('conflict', `${this.name}: it was replaced while it was read`);
    this.tag ??= tag;
  }
}
