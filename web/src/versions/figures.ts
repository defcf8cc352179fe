// The figures of the transaction study: what each is, its unit, and where a row has it. Those of the article first, in its
// order; then what it lacks.

import { bytes, duration } from '../format';
import { kVersionEngines } from '../generated/constants';
import type { PublishedVersions, VersionRow } from '../generated/version_record';
import type { Unit } from './chart';

export interface Figure {
  id: string;
  title: string;
  note: string;
  axis: string;
  unit: Unit;
  /** Null: not measured, or the engine cannot have it. */
  of: (row: VersionRow) => number | null | undefined;
  published?: (row: PublishedVersions) => number | null | undefined;
  text: (value: number) => string;
}

const size = { unit: 'bytes' as const, text: (value: number): string => bytes(value) };
const milliseconds = { unit: 'ms' as const, text: (value: number): string => duration(value) };
const seconds = { unit: 's' as const, text: (value: number): string => duration(1000 * value) };

export const kFigures: Figure[] = [
  {
    id: 'size',
    title: 'File size',
    note: 'Of everything stored, after the last version.',
    axis: 'size',
    ...size,
    of: (row) => row.file_bytes,
    published: (row) => row.file_bytes,
  },
  {
    id: 'creation',
    title: 'Creation time',
    note: 'All versions, each readable by others when the next begins.',
    axis: 'time',
    ...seconds,
    of: (row) => row.creation_seconds,
    published: (row) => row.creation_seconds,
  },
  {
    id: 'version',
    title: 'Time per version',
    note: 'The mean; the first is left out. Versions in which nothing changes are among them.',
    axis: 'time',
    ...milliseconds,
    of: (row) => row.mean_ms,
  },
  {
    id: 'read-all',
    title: 'Read all versions',
    note: 'Every element of every version.',
    axis: 'time',
    ...seconds,
    of: (row) => row.read_all_seconds,
  },
  {
    id: 'read-latest',
    title: 'Read the latest version',
    note: 'Opened anew and read, the median.',
    axis: 'time',
    ...milliseconds,
    of: (row) => row.read_latest_ms?.median,
  },
  {
    id: 'read-first',
    title: 'Read the first version',
    note: 'As the latest.',
    axis: 'time',
    ...milliseconds,
    of: (row) => row.read_first_ms?.median,
  },
  {
    id: 'read-middle',
    title: 'Read the middle version',
    note: 'As the latest.',
    axis: 'time',
    ...milliseconds,
    of: (row) => row.read_middle_ms?.median,
  },
  {
    id: 'open-all',
    title: 'Open all versions, read none',
    note: 'What the article timed as reading.',
    axis: 'time',
    ...seconds,
    of: (row) => row.open_all_seconds,
  },
  {
    id: 'heap',
    title: 'Peak memory',
    note: 'Heap while versions are written, above what was there before; traced.',
    axis: 'bytes',
    ...size,
    of: (row) => row.peak_heap_bytes,
  },
  {
    id: 'out',
    title: 'Bytes written per version',
    note: 'Given to the kernel, the mean; traced. Pages of a mapped file are not in it.',
    axis: 'bytes',
    ...size,
    of: (row) => row.bytes_moved?.out,
  },
  {
    id: 'copied',
    title: 'Bytes copied per version',
    note: 'Within the process by memcpy and its like, the mean; traced.',
    axis: 'bytes',
    ...size,
    of: (row) => row.bytes_moved?.user,
  },
];

const kDurable: Record<string, string> = { power_loss: 'durable', process_crash: 'crash-safe' };

/** "Chunkmark, durable": of commits that are asked to survive more. */
export function engineTitle(row: VersionRow): string {
  const known = kVersionEngines.find((engine) => engine.name === row.engine);
  const durable = kDurable[row.durability];
  return (known?.title ?? row.engine) + (durable ? `, ${durable}` : '');
}

/** "versioned-hdf5, 2020": a name of its own, so that nobody takes it for a row of this run. */
export function publishedTitle(row: PublishedVersions): string {
  return `${row.versioned ? 'versioned-hdf5' : 'h5py'}, published ${row.published.slice(0, 4)}`;
}

export const kWorkloads: Record<string, [string, string]> = {
  large_fraction_changes: [
    'Many changes',
    'Three arrays of 5,000 elements; many change in each version, some rows come and go.',
  ],
  small_fraction_changes: [
    'Few changes',
    'Three arrays of 5,000 elements; few change in each version, some rows come and go.',
  ],
  large_fraction_constant: [
    'Many changes, constant size',
    'Three arrays of 5,000 elements; many change in each version, no row is added on purpose.',
  ],
  mostly_appends: ['Mostly appends', 'Three arrays that grow by about 1,000 elements in each version.'],
  mostly_appends_dense: [
    'Mostly appends, two dimensions',
    'Two arrays of 30 elements and their 30 × 30 product, which grows by rows.',
  ],
};
