// The worker that holds chunkmark-core, so that reading a capture never blocks a page. Messages are described in
// core_worker_client.ts. The module is imported from the address that the first message names.

import { ChunkmarkCore, ChunkmarkError, MethodName, Methods, ModuleFactory } from './core';
import { WorkerReply, WorkerRequest } from './core_worker_client';

let core: Promise<ChunkmarkCore> | null = null;

async function open(moduleUrl: string, wasmUrl?: string): Promise<ChunkmarkCore> {
  const loaded = (await import(/* @vite-ignore */ /* webpackIgnore: true */ moduleUrl)) as { default: ModuleFactory };
  return ChunkmarkCore.create(loaded.default, { locateFile: (name) => wasmUrl ?? new URL(name, moduleUrl).href });
}

const kEvery_ms = 50;

/** What a request's progress is told with: not more often than somebody looks. */
function progressOf(id: number): (share: number) => void {
  let last = performance.now();
  return (share) => {
    const now = performance.now();
    if (now - last < kEvery_ms) return;
    last = now;
    self.postMessage({ id, progress: share } satisfies WorkerReply);
  };
}

async function answer(request: WorkerRequest): Promise<unknown> {
  core ??= open(request.moduleUrl, request.wasmUrl);
  try {
    const ready = await core;
    const params = request.params as Methods[MethodName]['params'];
    return ready.call(request.method, params, new Uint8Array(request.data), progressOf(request.id));
  } catch (error) {
    if (!(error instanceof ChunkmarkError)) core = null;
    throw error;
  }
}

self.onmessage = async (event: MessageEvent<WorkerRequest>) => {
  const { id } = event.data;
  let reply: WorkerReply;
  try {
    reply = { id, result: await answer(event.data) };
  } catch (error) {
    const known = error instanceof ChunkmarkError;
    reply = {
      id,
      error: {
        code: known ? error.code : 'unavailable',
        message: error instanceof Error ? error.message : String(error),
      },
    };
  }
  self.postMessage(reply);
};
