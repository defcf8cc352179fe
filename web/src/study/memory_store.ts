// MemoryStore: Zarr objects in JavaScript's memory, outside of any module's. What the copy study calls "memory": a module
// that writes to it hands bytes over, as it does to a file, and another one can read them. Objects are lists of
// segments, so that growing moves nothing.

import { ChunkmarkError } from '../core';
import { HostStore } from '../storage/host';
import { HostFile, kDone } from '../storage/host_files';

const kLeastSegment = 4096;
const kMostSegment = 1 << 20; // bounds what an object wastes; a larger write has a segment of its own size

interface Segment {
  begin: number;
  bytes: Uint8Array;
}

/** One object, or a file that is written in place. */
export class SegmentFile implements HostFile {
  readonly waits = false;
  private segments: Segment[] = [];
  private length = 0;

  constructor(readonly name: string) {}

  size(): number {
    return this.length;
  }

  read(offset: number, into: Uint8Array): number {
    this.pieces(offset, into.length, (bytes, at) => into.set(bytes, at));
    return kDone;
  }

  write(offset: number, from: Uint8Array): void {
    this.room(offset + from.length);
    this.length = Math.max(this.length, offset + from.length);
    this.pieces(offset, from.length, (bytes, at) => bytes.set(from.subarray(at, at + bytes.length)));
  }

  truncate(size: number): void {
    if (size < this.length) {
      this.segments = this.segments.filter(({ begin }) => begin < size);
      this.pieces(size, this.end() - size, (bytes) => bytes.fill(0), this.end()); // zeros, should it grow again
    }
    this.room(size);
    this.length = size;
  }

  flush(): void {}
  settled(): void {}
  close(): void {}
  async arrive(): Promise<void> {}

  private room(size: number): void {
    const end = this.end();
    if (size <= end) return;
    const grown = Math.min(Math.max(end, kLeastSegment), kMostSegment);
    this.segments.push({ begin: end, bytes: new Uint8Array(Math.max(size - end, grown)) });
  }

  /** Of all that there is room for. */
  private end(): number {
    const last = this.segments.at(-1);
    return last ? last.begin + last.bytes.length : 0;
  }

  private pieces(
    offset: number,
    length: number,
    visit: (bytes: Uint8Array, at: number) => void,
    end = this.length,
  ): void {
    if (offset + length > end)
      throw new ChunkmarkError('corrupt', `${this.name}: expected ${offset + length} bytes, found ${end}`);
    for (const { begin, bytes } of this.segments) {
      const from = Math.max(offset, begin);
      const to = Math.min(offset + length, begin + bytes.length);
      if (from < to) visit(bytes.subarray(from - begin, to - begin), from - offset);
    }
  }
}

export class MemoryStore implements HostStore {
  private readonly objects = new Map<string, HostFile>();

  constructor(readonly name = 'memory:') {}

  open(key: string): HostFile | null {
    return this.objects.get(key) ?? null;
  }

  create(key: string): HostFile {
    return new SegmentFile(key);
  }

  publish(key: string, file: HostFile): void {
    this.objects.set(key, file);
  }

  erase(key: string): void {
    this.objects.delete(key);
  }

  list(prefix: string): string[] {
    const begin = prefix === '' ? '' : `${prefix}/`;
    const names = new Set<string>();
    for (const key of this.objects.keys()) {
      if (!key.startsWith(begin)) continue;
      const rest = key.slice(begin.length);
      const slash = rest.indexOf('/');
      names.add(slash < 0 ? rest : rest.slice(0, slash + 1));
    }
    return [...names].sort();
  }

  async arrive(): Promise<void> {}

  storedBytes(): number {
    return [...this.objects.values()].reduce((sum, file) => sum + (file.size() ?? 0), 0);
  }
}
