// CoreWorker: the page's side of the worker that holds chunkmark-core. Requests are answered in order; the capture's bytes
// are transferred, not copied, so the caller's buffer is empty afterwards. close() ends the worker and fails what is open.

import { ChunkmarkError, MethodName, Methods } from './core';

export interface WorkerRequest {
  id: number;
  moduleUrl: string;
  wasmUrl?: string;
  method: MethodName;
  params: unknown;
  data: ArrayBuffer;
}
export interface WorkerReply {
  id: number;
  /** From 0 to 1, before the answer. */
  progress?: number;
  result?: unknown;
  error?: { code: string; message: string };
}

interface Pending {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
  onProgress?: (share: number) => void;
}

export class CoreWorker {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private next = 1;

  constructor(
    worker: string | URL | Worker,
    private readonly moduleUrl: string,
    private readonly wasmUrl?: string,
  ) {
    this.worker = worker instanceof Worker ? worker : new Worker(worker, { type: 'module' });
    this.worker.onmessage = (event: MessageEvent<WorkerReply>) => this.settle(event.data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.fail(
        new ChunkmarkError(
          'unavailable',
          `the worker of chunkmark-core could not start: ${event.message || 'no reason given'}`,
        ),
      );
    };
  }

  call<M extends MethodName>(
    method: M,
    params: Methods[M]['params'],
    data: ArrayBuffer,
    onProgress?: (share: number) => void,
  ): Promise<Methods[M]['result']> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject, onProgress });
      const { moduleUrl, wasmUrl } = this;
      const request: WorkerRequest = { id, moduleUrl, wasmUrl, method, params, data };
      this.worker.postMessage(request, [data]);
    });
  }

  close(): void {
    this.worker.terminate();
    this.fail(new ChunkmarkError('cancelled', 'cancelled'));
  }

  private settle(reply: WorkerReply): void {
    const waiting = this.pending.get(reply.id);
    if (!waiting) return;
    if (reply.progress !== undefined) {
      waiting.onProgress?.(reply.progress);
      return;
    }
    this.pending.delete(reply.id);
    if (reply.error) waiting.reject(new ChunkmarkError(reply.error.code, reply.error.message));
    else waiting.resolve(reply.result as never);
  }

  private fail(error: Error): void {
    for (const waiting of this.pending.values()) waiting.reject(error);
    this.pending.clear();
  }
}
