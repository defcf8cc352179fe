// The worker of Storage (client.ts): the modules, each loaded when it is first asked for, and by number what of them is
// open. A result's elements are transferred, not copied.

import { ChunkmarkError, ModuleFactory } from '../core';
import { OpfsStore } from './opfs_store';
import { Elements, Region } from './elements';
import { Commit, Hdf5File } from './hdf5_file';
import type { ModulePlaces } from './far_worker';
import { privateFiles } from './private_files';
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

type Format = 'zarr' | 'hdf5';

let places: ModulePlaces<Format> | null = null;
const modules = new Map<Format, Promise<ChunkmarkStorage>>();
const opened = new Map<number, Open>();
const aborts = new Map<number, AbortController>();
let next = 1;

function add(object: Open): number {
  opened.set(next, object);
  return next++;
}

async function load([moduleUrl, wasmUrl]: [string, string]): Promise<ChunkmarkStorage> {
  const { default: factory } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ moduleUrl)) as {
    default: ModuleFactory;
  };
  return ChunkmarkStorage.create(factory, {
    locateFile: (name) => (name.endsWith('.wasm') ? wasmUrl : new URL(name, moduleUrl).href),
  });
}

async function handleOf(folder: FileSystemDirectoryHandle, name: string): Promise<SyncHandle> {
  const file = (await folder.getFileHandle(name, { create: true })) as SyncFile;
  return file.createSyncAccessHandle();
}

async function folderOf(path: string): Promise<FileSystemDirectoryHandle> {
  let folder = await privateFiles();
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
  start: async ({ args }) => {
    places = args[0] as ModulePlaces<Format>;
  },
  openHdf5: async ({ args: [from, indexUrl] }, signal) => {
    const index = indexUrl === undefined ? undefined : await fetchWhole(indexUrl as string, signal);
    return add(await (await module('hdf5')).openHdf5(from as string | Blob | Uint8Array, { index, signal }));
  },
  newHdf5: async () => add(await (await module('hdf5')).newHdf5()),
  openHdf5InOpfs: async ({ args: [path] }) => {
    const parts = (path as string).split('/');
    const name = parts.pop()!;
    const folder = await folderOf(parts.join('/'));
    const file = await handleOf(folder, name);
    return add(await (await module('hdf5')).openHandle(name, file, await handleOf(folder, `${name}-journal`)));
  },
  openStore: async ({ args: [from] }) => add(await (await module('zarr')).openStore(from as string)),
  openStoreInOpfs: async ({ args: [path] }) =>
    add(await (await module('zarr')).openStore(new OpfsStore(path as string, await folderOf(path as string)))),
  log: ({ target }, signal) => at<Hdf5File>(target).log(signal),
  tree: ({ target, args: [version] }, signal) => at<Hdf5File>(target).tree(version as string | undefined, signal),
  attributes: ({ target, args: [path, version] }, signal) =>
    at<Hdf5File>(target).attributes(path as string, version as string | undefined, signal),
  describe: ({ target, args: [path, version] }, signal) =>
    at<Hdf5File>(target).describe(path as string, version as string | undefined, signal),
  texts: ({ target, args: [path, options] }, signal) =>
    at<Hdf5File>(target).texts(path as string, { ...(options as { version?: string; region?: Region }), signal }),
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

/** One that could not be loaded is tried again the next time. */
function module(format: Format): Promise<ChunkmarkStorage> {
  if (!places) throw new ChunkmarkError('unavailable', 'the worker was not started');
  let loading = modules.get(format);
  if (!loading) {
    loading = load(places[format]);
    loading.catch(() => modules.delete(format));
    modules.set(format, loading);
  }
  return loading;
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
