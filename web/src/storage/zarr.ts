// ZarrStore and ZarrArray: Zarr arrays that the module reads and writes. Errors are ChunkmarkError.

import { Elements, readPieces, Region } from './elements';
import type { ChunkmarkStorage } from './storage';

export interface ZarrFacts {
  format: 'zarr2' | 'zarr3';
  shape: number[];
  chunks: number[];
  shards: number[] | null;
  dtype: string | unknown;
  fill_value: unknown;
  attributes: Record<string, unknown>;
  warnings: string[];
}

export interface ZarrCreation {
  format?: 'zarr2' | 'zarr3';
  shape: number[];
  chunks: number[];
  shards?: number[];
  dtype: string;
  codec?: string;
  attributes?: Record<string, unknown>;
}

export class ZarrStore {
  constructor(
    private readonly storage: ChunkmarkStorage,
    private readonly number: number,
  ) {}

  /** Errors: not_found where there is no array. */
  async array(path = '', signal?: AbortSignal): Promise<ZarrArray> {
    const facts = await this.storage.call<ZarrFacts>('zarr.open', { store: this.number, path }, { signal });
    return new ZarrArray(this.storage, this.number, path, facts);
  }

  async create(path: string, creation: ZarrCreation): Promise<ZarrArray> {
    const facts = await this.storage.call<ZarrFacts>('zarr.create', { store: this.number, path, ...creation });
    return new ZarrArray(this.storage, this.number, path, facts);
  }

  list(path = ''): Promise<{ members: { name: string; kind: 'array' | 'group' }[]; attributes: object }> {
    return this.storage.call('zarr.list', { store: this.number, path });
  }

  async close(): Promise<void> {
    await this.storage.call('close', { number: this.number });
    this.storage.host.dropStore(this.number);
  }
}

export class ZarrArray {
  constructor(
    private readonly storage: ChunkmarkStorage,
    private readonly store: number,
    readonly path: string,
    readonly facts: ZarrFacts,
  ) {}

  /** In pieces of some 8 MB, so that no more than that is decoded beside the result; the next one arrives meanwhile. */
  read(options: { region?: Region; signal?: AbortSignal } = {}): Promise<Elements> {
    const { shape, chunks, shards } = this.facts;
    const region = options.region ?? [shape.map(() => 0), shape];
    const params = (piece: Region): object => ({ store: this.store, path: this.path, region: piece });
    return readPieces(region, {
      step: (shards ?? chunks)[0],
      read: (piece, take) => this.storage.call('zarr.read', params(piece), { signal: options.signal, take }),
      want: (piece) => this.storage.announce('zarr.want', params(piece)),
    });
  }

  /** The elements where they are, in the module's memory: `look` must not keep them. */
  view(look: (bytes: Uint8Array) => void, options: { region?: Region; signal?: AbortSignal } = {}): Promise<unknown> {
    const { region, signal } = options;
    return this.storage.call('zarr.read', { store: this.store, path: this.path, region }, { signal, take: look });
  }

  async write(data: ArrayBufferView, options: { region?: Region } = {}): Promise<void> {
    const params = { store: this.store, path: this.path, region: options.region };
    await this.storage.call('zarr.write', params, { data: [data] });
  }
}
