// A run's rows as marks of charts: which belong into one chart, in which order, and what each says.

import { count, duration } from '../format';
import { kVersionEngines } from '../generated/constants';
import type { PublishedVersions, VersionRecord, VersionRow } from '../generated/version_record';
import { kindOf as ofEngine } from '../results/mark';
import type { Mark } from './chart';
import { engineTitle, Figure, publishedTitle } from './figures';

/** What one chart of a small multiple shows: a chunk size and a compression. */
export interface Cell {
  chunk_size: number;
  compression: string;
  rows: VersionRow[];
  published: PublishedVersions[];
}

export const cellTitle = ({ chunk_size, compression }: Cell): string =>
  `chunks of ${count(chunk_size)}, ${compression === 'none' ? 'uncompressed' : compression}`;

const kOrder = kVersionEngines.map((engine) => engine.name);
const rank = (row: VersionRow): number => kOrder.indexOf(row.engine);

export function cells(run: VersionRecord, workload: string): Cell[] {
  const found = new Map<string, Cell>();
  for (const row of run.results.filter((each) => each.workload === workload)) {
    const key = `${row.chunk_size} ${row.compression}`;
    const { chunk_size, compression } = row;
    if (!found.has(key)) found.set(key, { chunk_size, compression, rows: [], published: [] });
    found.get(key)!.rows.push(row);
  }
  for (const row of run.published ?? []) {
    if (row.workload === workload) found.get(`${row.chunk_size} ${row.compression}`)?.published.push(row);
  }
  for (const cell of found.values()) cell.rows.sort((a, b) => a.transactions - b.transactions || rank(a) - rank(b));
  return [...found.values()];
}

type Look = Pick<Mark, 'name' | 'kind' | 'hue' | 'dash'>;

const kHues: Record<string, Mark['hue']> = { 'versioned-hdf5': 'cost', arcticdb: 'mapped' };
const kDashes: Record<string, number> = {
  ...{ 'chunkmark-python': 3, tiledb: 1, hdf5: 2, h5py: 0 },
  ...{ power_loss: 1, process_crash: 2, none: 0 },
};

function look(row: VersionRow): Look {
  const kind = kindOf(row);
  const hue = kind === 'own' ? 'accent' : kind === 'plain' ? 'ink-soft' : (kHues[row.engine] ?? 'ink');
  return {
    name: engineTitle(row),
    kind,
    hue,
    dash: kDashes[row.engine === 'chunkmark' ? row.durability : row.engine] ?? 0,
  };
}

const publishedLook = (row: PublishedVersions): Look => ({
  name: publishedTitle(row),
  kind: 'published',
  hue: row.versioned ? 'cost' : 'ink-soft',
  dash: 2,
});

const kindOf = (row: VersionRow): Mark['kind'] =>
  ofEngine(row.engine) === 'own' ? 'own' : row.versioned ? 'peer' : 'plain';

const isNumber = (value: number | null | undefined): value is number => typeof value === 'number';

/** Of all lengths in the cell; published ones of that length, or up to the longest where the chart has an axis for it. */
export function figureMarks(cell: Cell, figure: Figure): Mark[] {
  const lengths = new Set(cell.rows.map((row) => row.transactions));
  const longest = Math.max(...lengths);
  const mark = (as: Look, n: number, value: number): Mark => ({
    ...as,
    n,
    value,
    short: figure.text(value),
    told: `${as.name}: ${figure.text(value)}, ${count(n)} transactions`,
  });
  const marks: Mark[] = [];
  for (const row of cell.published) {
    const value = figure.published?.(row);
    if (isNumber(value) && (lengths.has(row.transactions) || (lengths.size > 1 && row.transactions < longest))) {
      marks.push(mark(publishedLook(row), row.transactions, value));
    }
  }
  for (const row of cell.rows) {
    const value = figure.of(row);
    if (isNumber(value)) marks.push(mark(look(row), row.transactions, value));
  }
  return marks;
}

/** Lines have at most so many points: the rest is their neighbours' mean. */
const kPoints = 400;

/** Of the cell's longest run, the whole series; published ones as the means of their first and last tenth. */
export function seriesMarks(cell: Cell): Mark[] {
  const longest = Math.max(...cell.rows.map((row) => row.transactions));
  const marks: Mark[] = [];
  const add = (as: Look, n: number, value: number, what: string): void => {
    marks.push({ ...as, n, value, short: '', told: `${as.name}: ${duration(value)}, ${what}` });
  };
  for (const row of cell.rows.filter((each) => each.transactions === longest)) {
    const series = row.per_version_ms ?? [];
    const step = Math.ceil(series.length / kPoints);
    for (let at = 0; at < series.length; at += step) {
      const part = series.slice(at, at + step);
      const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
      add(look(row), at + 1, mean, `version ${count(at + 1)}`);
    }
  }
  for (const row of cell.published.filter((each) => each.transactions === longest)) {
    const { first_decile_ms: first, last_decile_ms: last } = row;
    if (isNumber(first)) add(publishedLook(row), 0.05 * longest, first, 'mean of the first tenth');
    if (isNumber(last)) add(publishedLook(row), 0.95 * longest, last, 'mean of the last tenth');
  }
  return marks;
}

const ratios = (run: VersionRecord, other: string, of: (row: VersionRow) => number): number[] => {
  const key = (row: VersionRow): string => [row.workload, row.transactions, row.chunk_size, row.compression].join(' ');
  const theirs = new Map(run.results.filter((row) => row.engine === other).map((row) => [key(row), row]));
  return run.results
    .filter((row) => row.engine === 'chunkmark' && row.durability === 'none' && theirs.has(key(row)))
    .map((row) => of(theirs.get(key(row))!) / of(row))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
};

const times = (value: number): string => String(Number(value.toPrecision(2)));
function between(values: number[], invert = false): string {
  const sorted = invert ? values.map((value) => 1 / value).reverse() : values;
  const [least, most] = [times(sorted[0]), times(sorted[sorted.length - 1])];
  return least === most ? least : `${least} to ${most}`;
}

/** The study's answer in a sentence or two; each number is a range over all cells that both engines have. */
export function answerText(run: VersionRecord): string {
  const parts: string[] = [];
  const slower = ratios(run, 'versioned-hdf5', (row) => row.mean_ms);
  if (slower.length > 0) {
    const larger = ratios(run, 'versioned-hdf5', (row) => row.file_bytes);
    parts.push(
      `A version takes versioned-hdf5 ${between(slower)} times as long as Chunkmark, and its file is ` +
        `${between(larger)} times as large, in ${count(slower.length)} ${slower.length === 1 ? 'cell' : 'cells'}.`,
    );
  }
  const plain = ratios(run, 'hdf5', (row) => row.mean_ms);
  if (plain.length > 0) {
    parts.push(
      `Keeping every version costs Chunkmark ${between(plain, true)} times what the HDF5 library takes to change ` +
        'the same arrays in place.',
    );
  }
  if (parts.length === 0) parts.push(`${count(run.results.length)} replays of one history of versions.`);
  return parts.join(' ');
}
