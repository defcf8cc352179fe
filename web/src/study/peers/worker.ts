// The worker of one engine in JavaScript: runs cases that it is sent, one after the other, with or without an account of
// its memory. The engine's module comes from an address that the page names.

import { privateFiles } from '../../storage/private_files';
import { CopyCase } from '../case_stores';
import { kAccount, MemoryAccount } from './account';
import { FolderStore, MapStore, Objects, PeerStore } from './stores';
import { PeerEngine, zarrita } from './zarrita';

const kEngines: Record<string, (module: unknown) => PeerEngine> = { zarrita };

export interface PeerRequest {
  address: string;
  copyCase: CopyCase;
  /** What a write stores, and a read must find. */
  data: ArrayBuffer;
  /** Whether memory is accounted for, which takes time. */
  accounted: boolean;
  /** Of a read from memory; of a folder its path below the origin's private file system. */
  objects: Objects;
  folder: string[] | null;
}
export interface PeerAnswer {
  seconds: number;
  libraries: Record<string, string>;
  memory_by: string;
  peak_bytes: number;
  scratch_bytes: number;
  bytes_in: number;
  bytes_out: number;
  stored_bytes: number;
}
export type PeerMessage = { told: PeerAnswer; objects: Objects } | { error: string };

const kViews = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
};

let account: MemoryAccount | null = null;
let engine: PeerEngine | null = null;
let libraries: Record<string, string> = {};

const viewOf = (copyCase: CopyCase, data: ArrayBuffer): ArrayBufferView & ArrayLike<unknown> =>
  new kViews[copyCase.dtype as keyof typeof kViews](data);

async function storeOf({ folder, objects }: PeerRequest): Promise<PeerStore> {
  if (folder === null) return new MapStore(objects);
  let at = await privateFiles();
  for (const name of folder) at = await at.getDirectoryHandle(name, { create: true });
  return new FolderStore(at);
}

function checkSame(found: ArrayBufferView, expected: ArrayBuffer): void {
  const [a, b] = [found.buffer, expected].map((buffer) => new Int32Array(buffer, 0, buffer.byteLength >> 2));
  const at = found.byteLength === expected.byteLength ? a!.findIndex((value, i) => value !== b![i]) : 0;
  if (at >= 0) throw new Error(`the elements read differ from those written, at byte ${4 * at}`);
}

/** The engine with its codecs loaded: a small array is stored and read first. */
async function start({ address, copyCase, accounted }: PeerRequest): Promise<PeerEngine> {
  if (accounted) account = new MemoryAccount();
  const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ address)) as {
    libraries?: typeof libraries;
  };
  libraries = module.libraries ?? {};
  const made = kEngines[copyCase.engine]!(module);
  const small = { ...copyCase, shape: [64], chunks: [64] };
  const store = new MapStore();
  await made.write(small, store, viewOf(small, new kViews[copyCase.dtype as keyof typeof kViews](64).buffer));
  await made.read(small, store);
  return made;
}

async function run(request: PeerRequest): Promise<PeerMessage> {
  const { copyCase, data, folder } = request;
  engine ??= await start(request);
  const store = await storeOf(request);
  const isWrite = copyCase.operation === 'write';
  const array = viewOf(copyCase, data);
  const before = account?.begin() ?? 0;
  const began = performance.now();
  const found = isWrite ? await engine.write(copyCase, store, array) : await engine.read(copyCase, store);
  const seconds = (performance.now() - began) / 1000;
  const peak = account?.peak ?? 0;
  if (found) checkSame(found, data);
  const objects: Objects = isWrite && store instanceof MapStore ? [...store.objects] : [];
  const { in: bytes_in, out: bytes_out } = store.moved;
  // What a write to memory leaves there is its destination, as the array is that of a read.
  const kept = isWrite ? (folder === null ? bytes_out : 0) : data.byteLength;
  const told = {
    ...{ seconds, libraries, memory_by: kAccount, peak_bytes: peak, scratch_bytes: peak - before - kept },
    ...{ bytes_in, bytes_out, stored_bytes: isWrite ? bytes_out : bytes_in },
  };
  return { told, objects };
}

self.onmessage = async ({ data }: MessageEvent<PeerRequest>): Promise<void> => {
  const message = await run(data).catch((error: unknown): PeerMessage => ({
    error: error instanceof Error ? error.message : String(error),
  }));
  self.postMessage(message);
};
