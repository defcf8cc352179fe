// MemoryAccount: the bytes of a worker's ArrayBuffers and WebAssembly memories, kept as they are made, for libraries in
// JavaScript, which no tracer sees. It takes the place of the worker's constructors, so it comes before the library.
//
// A buffer counts until the collector says that it has gone, which is later than its last use: the peak is an upper bound
// of what was needed, as a process's resident memory is. What the browser makes by itself (messages, files) is seen where
// a script asks for it as an ArrayBuffer.

export const kAccount =
  "ArrayBuffers and WebAssembly memories of the engine's worker, from when they are made until the collector tells of their end";

const kViews = [
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'BigUint64Array',
  'BigInt64Array',
  'Float32Array',
  'Float64Array',
  'DataView',
];

type Constructor = new (...given: unknown[]) => object;

export class MemoryAccount {
  peak = 0;
  private buffers = 0;
  private readonly known = new WeakSet<ArrayBufferLike>();
  private readonly memories = new Set<WebAssembly.Memory>();
  private readonly gone = new FinalizationRegistry<number>((bytes) => (this.buffers -= bytes));

  constructor(private readonly scope: Record<string, unknown> = globalThis as never) {
    this.replace('ArrayBuffer', (made) => this.see(made as ArrayBuffer));
    for (const name of kViews) this.replace(name, (made) => this.see((made as ArrayBufferView).buffer));
    this.seeMemories();
    for (const type of [Response, Blob]) {
      const ask = type.prototype.arrayBuffer;
      const see = (buffer: ArrayBuffer): ArrayBuffer => this.see(buffer);
      type.prototype.arrayBuffer = async function (this: Response & Blob): Promise<ArrayBuffer> {
        return see(await ask.call(this));
      };
    }
  }

  /** Of now. */
  bytes(): number {
    return [...this.memories].reduce((sum, memory) => sum + memory.buffer.byteLength, this.buffers);
  }

  /** The peak counts from here on. */
  begin(): number {
    return (this.peak = this.bytes());
  }

  private see<Buffer extends ArrayBufferLike>(buffer: Buffer): Buffer {
    const isMemory = [...this.memories].some((memory) => memory.buffer === (buffer as ArrayBufferLike));
    if (!isMemory && !this.known.has(buffer)) {
      this.known.add(buffer);
      this.buffers += buffer.byteLength;
      this.gone.register(buffer, buffer.byteLength);
    }
    this.peak = Math.max(this.peak, this.bytes());
    return buffer;
  }

  private replace(name: string, see: (made: object) => void): void {
    const original = this.scope[name] as Constructor;
    const counted = new Proxy(original, {
      construct(target, given, asked): object {
        const made = Reflect.construct(target, given, asked) as object;
        see(made);
        return made;
      },
    });
    this.scope[name] = counted;
    // Copies (slice, map) are made by the constructor that an array names.
    (original.prototype as { constructor: unknown }).constructor = counted;
  }

  private seeMemories(): void {
    const grow = WebAssembly.Memory.prototype.grow;
    const keep = (memory: WebAssembly.Memory): void => {
      this.memories.add(memory);
      this.peak = Math.max(this.peak, this.bytes());
    };
    WebAssembly.Memory.prototype.grow = function (pages: number): number {
      const before = grow.call(this, pages);
      keep(this);
      return before;
    };
    const instantiate = WebAssembly.instantiate.bind(WebAssembly) as (...given: unknown[]) => Promise<unknown>;
    WebAssembly.instantiate = (async (...given: unknown[]) => {
      const made = await instantiate(...given);
      const instance = (made as { instance?: WebAssembly.Instance }).instance ?? (made as WebAssembly.Instance);
      for (const each of Object.values(instance.exports)) if (each instanceof WebAssembly.Memory) keep(each);
      return made;
    }) as typeof WebAssembly.instantiate;
  }
}
