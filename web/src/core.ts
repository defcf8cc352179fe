// ChunkmarkCore: the WebAssembly module chunkmark-core as a typed object. One call at a time; a call copies the capture into
// the module's heap once and blocks its thread, so pages use CoreWorker (core_worker_client.ts) instead.
// Owns the module instance. Errors are ChunkmarkError with the code that the C++ side gave.

import { Figures } from './record';
import { ReportData } from './profile/data';

export class ChunkmarkError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ChunkmarkError';
  }
}

/** What Emscripten's factory takes and what it gives; only what is used here. */
export interface ModuleOptions {
  locateFile?: (name: string) => string;
  wasmBinary?: ArrayBuffer;
}
interface CoreModule {
  HEAPU8: Uint8Array;
  _chunkmark_buffer(bytes: number): number;
  _chunkmark_release(pointer: number): void;
  _chunkmark_call(request: number, data: number, dataBytes: number): number;
  progress?: (bytes: number) => void;
}
export type ModuleFactory = (options?: ModuleOptions) => Promise<unknown>;

export interface Methods {
  'profile.inspect': { params: { array_bytes: number | null }; result: Figures };
  'profile.report': { params: { array_bytes: number | null; title?: string }; result: ReportData };
}
export type MethodName = keyof Methods;

export class ChunkmarkCore {
  private constructor(private readonly module: CoreModule) {}

  static async create(factory: ModuleFactory, options: ModuleOptions = {}): Promise<ChunkmarkCore> {
    const module = (await factory(options)) as Partial<CoreModule>;
    for (const name of ['_chunkmark_buffer', '_chunkmark_release', '_chunkmark_call', 'HEAPU8'] as const) {
      if (!module[name])
        throw new ChunkmarkError('unsupported', `chunkmark-core: expected the export ${name}, found none`);
    }
    return new ChunkmarkCore(module as CoreModule);
  }

  /** Asks for one method; `data` is the capture's bytes, `onProgress` is told now and then which share of them was read.
   * Throws ChunkmarkError. */
  call<M extends MethodName>(
    method: M,
    params: Methods[M]['params'],
    data: Uint8Array,
    onProgress?: (share: number) => void,
  ): Methods[M]['result'] {
    this.module.progress = onProgress && ((bytes) => onProgress(bytes / Math.max(data.byteLength, 1)));
    const request = new TextEncoder().encode(`${JSON.stringify({ method, params })}\0`);
    const requestAt = this.put(request);
    try {
      const dataAt = this.put(data);
      try {
        return this.answer<M>(this.module._chunkmark_call(requestAt, dataAt, data.byteLength));
      } finally {
        this.module._chunkmark_release(dataAt);
      }
    } finally {
      this.module._chunkmark_release(requestAt);
    }
  }

  private put(bytes: Uint8Array): number {
    const at = this.module._chunkmark_buffer(Math.max(bytes.byteLength, 1));
    if (at === 0) throw new ChunkmarkError('unavailable', `chunkmark-core: no memory for ${bytes.byteLength} bytes`);
    // HEAPU8 is read after the allocation: growth replaces it.
    this.module.HEAPU8.set(bytes, at);
    return at;
  }

  /** The response belongs to the module and holds until its next call: it is decoded at once. */
  private answer<M extends MethodName>(at: number): Methods[M]['result'] {
    const heap = this.module.HEAPU8;
    const end = at === 0 ? -1 : heap.indexOf(0, at);
    if (end < 0) throw new ChunkmarkError('corrupt', 'chunkmark-core: expected a response, found none');
    // A copy, since a decoder may refuse views on shared memory.
    const text = new TextDecoder().decode(heap.slice(at, end));
    const response = JSON.parse(text) as { result?: Methods[M]['result']; error?: { code: string; message: string } };
    if (response.error) throw new ChunkmarkError(response.error.code, response.error.message);
    if (response.result === undefined)
      throw new ChunkmarkError('corrupt', 'chunkmark-core: a response without result or error');
    return response.result;
  }
}
