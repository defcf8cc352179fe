// h5wasm, the HDF5 library as WebAssembly, as an engine of the transaction study: plain datasets in one file, without
// versions. Of its module, which the page names, only what is used here.

import type { Change, Elements, History } from './history';

type Ranges = [number, number][];
interface Dataset {
  shape: number[];
  value: Elements;
  resize(shape: number[]): number;
  slice(ranges: Ranges): Elements;
  write_slice(ranges: Ranges, data: Elements): void;
}
interface File {
  create_dataset(options: object): void;
  get(name: string): Dataset;
  flush(): void;
  close(): void;
}
interface H5wasm {
  ready: Promise<{ FS: { stat(path: string): { size: number }; unlink(path: string): void } }>;
  File: new (path: string, mode: 'r' | 'w') => File;
}

export interface VersionCase {
  engine: string;
  compression: string;
  chunk_size: number;
  reads: number;
}

/** A file in the library's own memory. Each call of `commit` leaves it as another reader would find it. */
export interface VersionEngine {
  begin(history: History): void;
  commit(changes: Change[]): void;
  end(): void;
  fileBytes(): number;
  /** The arrays, read as if the file had not been open. */
  read(): { shape: number[]; elements: Elements }[];
}

const kPath = '/history.h5';

const rangesOf = (start: number[], shape: number[]): Ranges =>
  start.map((first, axis) => [first, first + shape[axis]!] as [number, number]);

// Each of its calls opens the dataset anew, so scattered elements cost least as the rows from the first to the last one.
function set(dataset: Dataset, { positions, elements }: Change): void {
  const [rank, inner] = [dataset.shape.length, dataset.shape.slice(1)];
  const rows = positions.filter((_, i) => i % rank === 0);
  const first = rows.reduce((least, row) => Math.min(least, row), Infinity);
  const end = rows.reduce((most, row) => Math.max(most, row + 1), 0);
  const ranges: Ranges = [
    [first, end],
    ...rangesOf(
      inner.map(() => 0),
      inner,
    ),
  ];
  const part = dataset.slice(ranges);
  for (let i = 0; i < elements.length; ++i) {
    const place = positions.slice(i * rank, (i + 1) * rank);
    const at = inner.reduce((index, extent, axis) => index * extent + place[axis + 1]!, place[0]! - first);
    part[at] = elements[i]!;
  }
  dataset.write_slice(ranges, part);
}

export async function h5wasm(module: unknown, { compression, chunk_size }: VersionCase): Promise<VersionEngine> {
  const hdf5 = module as H5wasm;
  const { FS } = await hdf5.ready;
  let names: string[] = [];
  let file: File;
  const apply = (change: Change): void => {
    const dataset = file.get(names[change.dataset]!);
    if (change.kind === 'resize') dataset.resize(change.shape);
    else if (change.kind === 'write') dataset.write_slice(rangesOf(change.start, change.shape), change.elements);
    else set(dataset, change);
  };
  return {
    begin({ arrays }) {
      names = arrays.map(({ name }) => name);
      file = new hdf5.File(kPath, 'w');
      for (const { name, shape, elements } of arrays)
        file.create_dataset({
          ...{ name, shape, data: elements, dtype: elements instanceof Float64Array ? '<d' : '<q' },
          ...{ maxshape: shape.map(() => null), chunks: shape.map(() => chunk_size) },
          ...(compression === 'gzip' ? { compression: 'gzip', compression_opts: [4] } : {}),
        });
      file.flush();
    },
    commit(changes) {
      changes.forEach(apply);
      file.flush();
    },
    end: () => file.close(),
    fileBytes: () => FS.stat(kPath).size,
    read() {
      const opened = new hdf5.File(kPath, 'r');
      const read = names.map((name) => {
        const dataset = opened.get(name);
        return { shape: dataset.shape, elements: dataset.value };
      });
      opened.close();
      return read;
    },
  };
}
