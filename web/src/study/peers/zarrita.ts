// zarrita.js as an engine of the copy study: of its module, which the page names, only what is used here.

import { CopyCase } from '../case_stores';
import { PeerStore } from './stores';

type View = ArrayBufferView & ArrayLike<unknown>;
interface Zarrita {
  root(store: PeerStore): { resolve(path: string): object };
  create(location: object, options: object): Promise<object>;
  open(location: object, options: { kind: 'array' }): Promise<object>;
  set(array: object, selection: null, chunk: { data: View; shape: number[]; stride: number[] }): Promise<void>;
  get(array: object, selection?: null): Promise<{ data: View }>;
}

export interface PeerEngine {
  write(copyCase: CopyCase, store: PeerStore, data: View): Promise<void>;
  read(copyCase: CopyCase, store: PeerStore): Promise<View>;
}

// The settings that the study compares everywhere (shared/study/peers/engines/codecs.py).
const kCodecs: Record<string, object[]> = {
  none: [],
  blosc: [{ name: 'blosc', configuration: { cname: 'lz4', clevel: 5, shuffle: 1, blocksize: 0 } }],
  zstd: [{ name: 'zstd', configuration: { level: 3, checksum: false } }],
  lz4: [{ name: 'numcodecs.lz4', configuration: { acceleration: 1 } }],
};

function stridesOf(shape: number[]): number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 1; i > 0; --i) strides[i - 1] = strides[i]! * shape[i]!;
  return strides;
}

export function zarrita(module: unknown): PeerEngine {
  const zarr = module as Zarrita;
  const place = (store: PeerStore): object => zarr.root(store).resolve('array');
  return {
    async write({ shape, chunks, dtype, codec }, store, data) {
      const bytes = { name: 'bytes', configuration: { endian: 'little' } };
      const options = { shape, chunkShape: chunks, dtype, fillValue: 0, codecs: [bytes, ...kCodecs[codec]!] };
      const array = await zarr.create(place(store), options);
      await zarr.set(array, null, { data, shape, stride: stridesOf(shape) });
    },
    async read(_copyCase, store) {
      return (await zarr.get(await zarr.open(place(store), { kind: 'array' }))).data;
    },
  };
}
