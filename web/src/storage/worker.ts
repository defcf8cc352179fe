// The worker of StorageClient (client.ts): the module, and by number what of it is open. A result's elements are
// transferred, not copied.

import { ChunkmarkError, ModuleFactory } from '../core';
import { OpfsStore } from './opfs_store';
import { Elements, Region } from './elements';
import { Commit, Hdf5File } from './hdf5_file';
import { ChunkmarkStorage } from './storage';
import { ZarrArray, ZarrCreation, ZarrStore } from './zarr';
import type { SyncHandle } from './host_files';

export interface Request {
  id: number;
  op: string;
  target: number;
  args: unknown[];
}
export interface Reply {
  id: number;
  result?: unknown;
  error?: { code: string; message: string };
}

type Open = Hdf5File | ZarrStore | ZarrArray;
interface SyncFile extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncHandle>;
}

let storage: Promise<ChunkmarkStorage> | null = null;
const opened = new Map<number, Open>();
const aborts = new Map<number, AbortController>();
let next = 1;

function add(object: Open): number {
  opened.set(next, object);
  return next++;
}

async function start(moduleUrl: string, wasmUrl?: string): Promise<ChunkmarkStorage> {
  const { default: factory } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ moduleUrl)) as {
    default: ModuleFactory;
  };
  return ChunkmarkStorage.create(factory, {
    locateFile: (name) => (name.endsWith('.wasm') && wasmUrl ? wasmUrl : new URL(name, moduleUrl).href),
  });
}

async function handleOf(folder: FileSystemDirectoryHandle, name: string): Promise<SyncHandle> {
  const file = (await folder.getFileHandle(name, { create: true })) as SyncFile;
  return file.createSyncAccessHandle();
}

async function folderOf(path: string): Promise<FileSystemDirectoryHandle> {
  let folder = await navigator.storage.getDirectory();
  for (const part of path.split('/').filter((each) => each !== '')) {
    folder = await folder.getDirectoryHandle(part, { create: true });
  }
  return folder;
}

async function fetchWhole(url: string, signal: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new ChunkmarkError('not_found', `${url}: the server answers ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

type Handler = (request: Request, signal: AbortSignal) => Promise<unknown>;
const kOps: Record<string, Handler> = {
  start: async ({ args: [moduleUrl, wasmUrl] }) => {
    storage = start(moduleUrl as string, wasmUrl as string | undefined);
    await storage;
  },
  openHdf5: async ({ args: [from, indexUrl] }, signal) => {
    const index = indexUrl === undefined ? undefined : await fetchWhole(indexUrl as string, signal);
    return add(await (await ready()).openHdf5(from as string | Blob | Uint8Array, { index, signal }));
  },
  newHdf5: async () => add(await (await ready()).newHdf5()),
  openHdf5InOpfs: async ({ args: [path] }) => {
    const parts = (path as string).split('/');
    const name = parts.pop()!;
    const folder = await folderOf(parts.join('/'));
    const file = await handleOf(folder, name);
    return add(await (await ready()).openHandle(name, file, await handleOf(folder, `${name}-journal`)));
  },
  openStore: async ({ args: [from] }) => add(await (await ready()).openStore(from as string)),
  openStoreInOpfs: async ({ args: [path] }) =>
    add(await (await ready()).openStore(new OpfsStore(path as string, await folderOf(path as string)))),
  log: ({ target }, signal) => at<Hdf5File>(target).log(signal),
  tree: ({ target, args: [version] }, signal) => at<Hdf5File>(target).tree(version as string | undefined, signal),
  attributes: ({ target, args: [path, version] }, signal) =>
    at<Hdf5File>(target).attributes(path as string, version as string | undefined, signal),
  readHdf5: ({ target, args: [path, options] }, signal) =>
    at<Hdf5File>(target).read(path as string, { ...(options as { version?: string; region?: Region }), signal }),
  commit: ({ target, args: [commit] }) => at<Hdf5File>(target).commit(commit as Commit),
  bytes: async ({ target }) => at<Hdf5File>(target).bytes(),
  counted: async ({ target }) => at<Hdf5File>(target).counted,
  array: async ({ target, args: [path] }, signal) => made(await at<ZarrStore>(target).array(path as string, signal)),
  create: async ({ target, args: [path, creation] }) =>
    made(await at<ZarrStore>(target).create(path as string, creation as ZarrCreation)),
  list: ({ target, args: [path] }) => at<ZarrStore>(target).list(path as string),
  readZarr: ({ target, args: [region] }, signal) =>
    at<ZarrArray>(target).read({ region: region as Region | undefined, signal }),
  write: ({ target, args: [data, region] }) =>
    at<ZarrArray>(target).write(data as ArrayBufferView, { region: region as Region | undefined }),
  close: async ({ target }) => {
    const object = opened.get(target);
    opened.delete(target);
    if (object && 'close' in object) await object.close();
  },
};

const made = (array: ZarrArray): { number: number; facts: object } => ({ number: add(array), facts: array.facts });

function ready(): Promise<ChunkmarkStorage> {
  if (!storage) throw new ChunkmarkError('unavailable', 'the worker was not started');
  return storage;
}

function at<T extends Open>(number: number): T {
  const found = opened.get(number);
  if (!found) throw new ChunkmarkError('not_found', `object ${number}: it is closed`);
  return found as T;
}

async function answer(request: Request): Promise<Reply> {
  const abort = new AbortController();
  aborts.set(request.id, abort);
  try {
    const handler = kOps[request.op];
    if (!handler) throw new ChunkmarkError('invalid_argument', `no operation ${request.op}`);
    return { id: request.id, result: await handler(request, abort.signal) };
  } catch (error) {
    const code = error instanceof ChunkmarkError ? error.code : 'unavailable';
    return { id: request.id, error: { code, message: error instanceof Error ? error.message : String(error) } };
  } finally {
    aborts.delete(request.id);
  }
}

/** What of a result can be handed over. */
function transferred(result: unknown): Transferable[] {
  if (result instanceof Uint8Array) return [result.buffer as ArrayBuffer];
  const data = (result as Partial<Elements> | undefined)?.data;
  return data instanceof Uint8Array ? [data.buffer as ArrayBuffer] : [];
}

self.onmessage = async ({ data }: MessageEvent<Request | { abort: number }>) => {
  if ('abort' in data) return aborts.get(data.abort)?.abort();
  const reply = await answer(data);
  self.postMessage(reply, { transfer: transferred(reply.result) });
};
