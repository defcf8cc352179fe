// Reads the document that a report carries into columns: "chunkmark.report/1" (one flame graph, at the heap peak) and
// "chunkmark.report/2" (every interval, copy and transfer, so that any range of time can be asked). DATA.md defines both.

import { CopyRow, Figures } from '../record';
import { Packed, unpack32, unpack64, unpackStrings } from './packed';
import { Columns, HeapTimeline, Intervals, Moves, Selection } from './range';
import { checkTree, Frame, StackTree } from './tree';

type PackedTable = Record<string, Packed>;

interface Common {
  title: string;
  figures: Figures;
  result: CopyRow | null;
  timeline: { t_ms: number[]; heap: number[] };
  resident?: { t_ms: number[]; anonymous: number[] | null; file: number[] | null } | null;
  marks: { t_ms: number; name: string }[];
}

export interface ReportData1 extends Common {
  schema?: 'chunkmark.report/1';
  frames: Frame[];
  flame: { parent: number[]; frame: number[]; bytes: number[]; blocks: number[] };
}

export interface ReportData2 extends Common {
  schema: 'chunkmark.report/2';
  /** One tick is this many nanoseconds; times of columns are ticks since the capture began. */
  tick_ns: number;
  end_ticks: number;
  threads: string[];
  strings: Packed;
  frames: PackedTable;
  stacks: PackedTable;
  intervals: PackedTable;
  copies: PackedTable;
  transfers: PackedTable;
  /** How the columns were made small: of a coarse grid its instants, else 0; of the stacks how many are told by themselves. */
  detail?: { instants: number; stacks: number; shown: number };
  /** Of a page that a server shows: who answers with the columns of a range, of the same stacks. */
  detail_url?: string;
}

/** What that server answers. */
export interface DetailData {
  from: number;
  to: number;
  instants: number;
  intervals: PackedTable;
  copies: PackedTable;
  transfers: PackedTable;
}

export type ReportData = ReportData1 | ReportData2;

export interface Series {
  t: Float64Array;
  v: Float64Array;
}

export interface Profile {
  title: string;
  figures: Figures;
  result: CopyRow | null;
  heap: Series;
  anonymous: Series | null;
  file: Series | null;
  marks: { t_ms: number; name: string }[];
  threads: string[];
  tree: StackTree;
  tick_ms: number;
  end: number;
  /** Null in schema 1: then `peak` is all there is. */
  columns: Columns | null;
  peak: Selection | null;
  detail?: ReportData2['detail'];
}

function series(name: string, t: number[], v: number[]): Series {
  if (t.length !== v.length) throw new Error(`report data: ${name}: expected ${t.length} values, found ${v.length}`);
  return { t: Float64Array.from(t), v: Float64Array.from(v) };
}

function common(
  data: ReportData,
): Pick<Profile, 'title' | 'figures' | 'result' | 'heap' | 'anonymous' | 'file' | 'marks'> {
  const resident = data.resident ?? null;
  return {
    title: data.title,
    figures: data.figures,
    result: data.result,
    marks: data.marks ?? [],
    heap: series('heap', data.timeline.t_ms, data.timeline.heap),
    anonymous: resident?.anonymous ? series('anonymous', resident.t_ms, resident.anonymous) : null,
    file: resident?.file ? series('file', resident.t_ms, resident.file) : null,
  };
}

export function readReport1(data: ReportData1): Profile {
  const { flame } = data;
  const tree: StackTree = {
    frames: data.frames,
    parent: Int32Array.from(flame.parent),
    frame: Int32Array.from(flame.frame),
  };
  checkTree(tree);
  const n = flame.parent.length;
  if (flame.bytes.length !== n || flame.blocks.length !== n) {
    throw new Error(
      `report data: flame: expected ${n} bytes and blocks, found ${flame.bytes.length} and ${flame.blocks.length}`,
    );
  }
  const selfBytes = Float64Array.from(flame.bytes);
  const selfBlocks = Float64Array.from(flame.blocks);
  const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
  return {
    ...common(data),
    threads: [],
    tree,
    tick_ms: 1,
    end: 0,
    columns: null,
    peak: { at: data.figures.peak_ms ?? -1, bytes: sum(selfBytes), blocks: sum(selfBlocks), selfBytes, selfBlocks },
  };
}

/** Every column of a table has the same rows, and every value that names something names something that exists. */
function checkColumn(name: string, column: ArrayLike<number>, rows: number, below?: number): void {
  if (column.length !== rows) throw new Error(`report data: ${name}: expected ${rows} rows, found ${column.length}`);
  if (below === undefined) return;
  for (let i = 0; i < rows; i++) {
    if (column[i] >= below)
      throw new Error(`report data: ${name}: expected values below ${below}, found ${column[i]} in row ${i}`);
  }
}

async function readMoves(name: string, table: PackedTable, nodes: number, threads: number): Promise<Moves> {
  const [t, bytes, calls, stack, thread] = await Promise.all([
    unpack32(`${name}.t`, table.t),
    unpack64(`${name}.bytes`, table.bytes),
    unpack32(`${name}.calls`, table.calls),
    unpack32(`${name}.stack`, table.stack),
    unpack32(`${name}.thread`, table.thread),
  ]);
  checkColumn(`${name}.bytes`, bytes, t.length);
  checkColumn(`${name}.calls`, calls, t.length);
  checkColumn(`${name}.stack`, stack, t.length, nodes);
  checkColumn(`${name}.thread`, thread, t.length, threads);
  return { t, bytes, calls, stack, thread };
}

async function readIntervals(table: PackedTable, nodes: number, threads: number): Promise<Intervals> {
  const [t0, t1, bytes, blocks, stack, thread] = await Promise.all([
    unpack32('intervals.t0', table.t0),
    unpack32('intervals.t1', table.t1),
    unpack64('intervals.bytes', table.bytes),
    unpack32('intervals.blocks', table.blocks),
    unpack32('intervals.stack', table.stack),
    unpack32('intervals.thread', table.thread),
  ]);
  checkColumn('intervals.t1', t1, t0.length);
  checkColumn('intervals.bytes', bytes, t0.length);
  checkColumn('intervals.blocks', blocks, t0.length);
  checkColumn('intervals.stack', stack, t0.length, nodes);
  checkColumn('intervals.thread', thread, t0.length, threads);
  return { t0, t1, bytes, blocks, stack, thread };
}

export async function readColumns(
  data: Pick<ReportData2, 'intervals' | 'copies' | 'transfers'>,
  nodes: number,
  threads: number,
): Promise<Columns> {
  const [intervals, copies, transfers] = await Promise.all([
    readIntervals(data.intervals, nodes, threads),
    readMoves('copies', data.copies, nodes, threads),
    readMoves('transfers', data.transfers, nodes, threads),
  ]);
  return { intervals, copies, transfers };
}

async function read2(data: ReportData2): Promise<Profile> {
  const [strings, fn, file, line, module, source, parent, frame] = await Promise.all([
    unpackStrings('strings', data.strings),
    unpack32('frames.function', data.frames.function),
    unpack32('frames.file', data.frames.file),
    unpack32('frames.line', data.frames.line),
    unpack32('frames.module', data.frames.module),
    data.frames.source ? unpack32('frames.source', data.frames.source) : null,
    unpack32('stacks.parent', data.stacks.parent),
    unpack32('stacks.frame', data.stacks.frame),
  ]);
  for (const [name, column] of [
    ['function', fn],
    ['file', file],
    ['module', module],
  ] as const) {
    checkColumn(`frames.${name}`, column, fn.length, strings.length);
  }
  const frames = Array.from(fn, (f, i): Frame => ({
    function: strings[f],
    file: strings[file[i]],
    line: line[i],
    module: strings[module[i]],
    ...(source && strings[source[i]] ? { source: strings[source[i]] } : {}),
  }));
  const tree: StackTree = { frames, parent: Int32Array.from(parent), frame: Int32Array.from(frame) };
  if (tree.parent.length > 0) tree.parent[0] = -1;
  checkTree(tree);
  const threads = Math.max(1, data.threads.length);
  const columns = await readColumns(data, parent.length, threads);
  return {
    ...common(data),
    threads: data.threads,
    tree,
    tick_ms: data.tick_ns / 1e6,
    end: data.end_ticks,
    columns,
    peak: null,
    detail: data.detail,
  };
}

/** Throws, by name, when the data do not hold together. */
export async function readReport(data: ReportData): Promise<Profile> {
  switch (data.schema ?? 'chunkmark.report/1') {
    case 'chunkmark.report/1':
      return readReport1(data as ReportData1);
    case 'chunkmark.report/2':
      return read2(data as ReportData2);
    default:
      throw new Error(`report data: expected schema chunkmark.report/1 or /2, found ${data.schema}`);
  }
}

const kDrawn = 1500;

/** The heap as the columns have it, thinned to what a chart can show: of each stretch the lowest and the highest value. */
export function drawnHeap({ t, heap }: HeapTimeline, tick_ms: number, end: number): Series {
  if (t.length <= 2 * kDrawn) return { t: Float64Array.from(t, (ticks) => ticks * tick_ms), v: heap };
  const times: number[] = [];
  const values: number[] = [];
  const width = Math.max(1, (end + 1) / kDrawn);
  for (let i = 0; i < t.length;) {
    const until = (Math.floor(t[i] / width) + 1) * width;
    let low = i;
    let high = i;
    let last = i;
    for (; i < t.length && t[i] < until; i++) {
      if (heap[i] < heap[low]) low = i;
      if (heap[i] > heap[high]) high = i;
      last = i;
    }
    for (const k of [...new Set([low, high, last])].sort((a, b) => a - b)) {
      times.push(t[k] * tick_ms);
      values.push(heap[k]);
    }
  }
  return { t: Float64Array.from(times), v: Float64Array.from(values) };
}

/** The heap peak that the figures speak of (of the window), or the highest point drawn where they do not say when it was. */
export function heapPeak(profile: Profile): { t: number; v: number } | null {
  const { peak_ms: t, peak_heap_bytes: v } = profile.figures;
  if (typeof t === 'number' && typeof v === 'number') return { t, v };
  const at = peakIndex(profile.heap.v);
  return at < 0 ? null : { t: profile.heap.t[at], v: profile.heap.v[at] };
}

/** Index of the largest value, -1 when there is none. */
export function peakIndex(values: Float64Array): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) if (best < 0 || values[i] > values[best]) best = i;
  return best;
}
