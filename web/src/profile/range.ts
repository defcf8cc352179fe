// Range queries: what a stretch of time weighs, by stack. The one part of the analysis that C++ computes too; the files of
// tests/golden/range hold both to the same answers. Pure functions over columns.
//
// Times are ticks. A block lives in [t0, t1): it is alive at T when t0 <= T < t1. A range is [from, to], both ends included.

export const kAlive = 0xffffffff;

export interface Intervals {
  t0: Uint32Array;
  /** kAlive: never freed. */
  t1: Uint32Array;
  bytes: Float64Array;
  blocks: Uint32Array;
  stack: Uint32Array;
  thread: Uint32Array;
}

export interface Moves {
  t: Uint32Array;
  bytes: Float64Array;
  /** Calls that this row stands for. */
  calls: Uint32Array;
  stack: Uint32Array;
  thread: Uint32Array;
}

export interface Columns {
  intervals: Intervals;
  copies: Moves;
  transfers: Moves;
}

/** peak: alive at the range's heap peak; live: alive at its end; the others: what happened in it. */
export type Mode = 'peak' | 'live' | 'allocated' | 'copied' | 'transferred';

export interface Query {
  mode: Mode;
  from: number;
  to: number;
  /** 1 for threads that count; null: all do. */
  threads: Uint8Array | null;
}

export interface Selection {
  /** The instant that peak and live speak of; -1 for the others. */
  at: number;
  bytes: number;
  blocks: number;
  selfBytes: Float64Array;
  selfBlocks: Float64Array;
}

/** The heap after every change, at distinct times in order. */
export interface HeapTimeline {
  t: Uint32Array;
  heap: Float64Array;
}

/** Row numbers sorted by a column of u32: two counting passes, stable; none when it is sorted, as times of beginning are. */
export function sortedBy(column: Uint32Array): Uint32Array {
  const n = column.length;
  let order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  let sorted = 1;
  while (sorted < n && column[sorted - 1] <= column[sorted]) sorted += 1;
  if (sorted >= n) return order;
  let other = new Uint32Array(n);
  for (const shift of [0, 16]) {
    const start = new Uint32Array(65537);
    for (let i = 0; i < n; i++) start[((column[i] >>> shift) & 0xffff) + 1] += 1;
    for (let k = 0; k < 65536; k++) start[k + 1] += start[k];
    for (let i = 0; i < n; i++) other[start[(column[order[i]] >>> shift) & 0xffff]++] = order[i];
    [order, other] = [other, order];
  }
  return order;
}

export function heapTimeline(intervals: Intervals, threads: Uint8Array | null): HeapTimeline {
  const { t0, t1, bytes, thread } = intervals;
  const n = t0.length;
  const begins = sortedBy(t0);
  const ends = sortedBy(t1);
  const t = new Uint32Array(2 * n);
  const heap = new Float64Array(2 * n);
  let size = 0;
  let value = 0;
  let b = 0;
  let e = 0;
  let nextBegin = n > 0 ? t0[begins[0]] : kAlive;
  let nextEnd = n > 0 ? t1[ends[0]] : kAlive;
  while (nextBegin !== kAlive || nextEnd !== kAlive) {
    const now = nextBegin < nextEnd ? nextBegin : nextEnd;
    while (nextEnd === now) {
      const row = ends[e++];
      if (!threads || threads[thread[row]]) value -= bytes[row];
      nextEnd = e < n ? t1[ends[e]] : kAlive;
    }
    while (nextBegin === now) {
      const row = begins[b++];
      if (!threads || threads[thread[row]]) value += bytes[row];
      nextBegin = b < n ? t0[begins[b]] : kAlive;
    }
    t[size] = now;
    heap[size] = value;
    size += 1;
  }
  return { t: t.subarray(0, size), heap: heap.subarray(0, size) };
}

/** Index of the last entry at or before `at`, or -1. */
export function entryAt(t: Uint32Array | Float64Array, at: number): number {
  let low = 0;
  let high = t.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (t[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The first instant of [from, to] at which the heap is highest. */
export function peakInstant(timeline: HeapTimeline, from: number, to: number): number {
  let i = entryAt(timeline.t, from);
  let best = i < 0 ? 0 : timeline.heap[i];
  let at = from;
  for (i += 1; i < timeline.t.length && timeline.t[i] <= to; i++) {
    if (timeline.heap[i] > best) {
      best = timeline.heap[i];
      at = timeline.t[i];
    }
  }
  return at;
}

/** `timeline` must be of the same intervals and threads; it is used by the mode peak only. */
export function select(columns: Columns, nodes: number, query: Query, timeline: HeapTimeline): Selection {
  const result: Selection = {
    at: -1,
    bytes: 0,
    blocks: 0,
    selfBytes: new Float64Array(nodes),
    selfBlocks: new Float64Array(nodes),
  };
  if (query.mode === 'copied') moved(columns.copies, query, result);
  else if (query.mode === 'transferred') moved(columns.transfers, query, result);
  else if (query.mode === 'allocated') allocated(columns.intervals, query, result);
  else {
    result.at = query.mode === 'peak' ? peakInstant(timeline, query.from, query.to) : query.to;
    alive(columns.intervals, query, result);
  }
  return result;
}

function alive(rows: Intervals, query: Query, into: Selection): void {
  const { t0, t1, bytes, blocks, stack, thread } = rows;
  const { threads } = query;
  const at = into.at;
  for (let i = 0; i < t0.length; i++) {
    // kAlive is later than every instant.
    if (t0[i] > at || t1[i] <= at || (threads && !threads[thread[i]])) continue;
    add(into, stack[i], bytes[i], blocks[i]);
  }
}

function allocated(rows: Intervals, query: Query, into: Selection): void {
  const { t0, bytes, blocks, stack, thread } = rows;
  const { from, to, threads } = query;
  for (let i = 0; i < t0.length; i++) {
    if (t0[i] < from || t0[i] > to || (threads && !threads[thread[i]])) continue;
    add(into, stack[i], bytes[i], blocks[i]);
  }
}

function moved(rows: Moves, query: Query, into: Selection): void {
  const { t, bytes, calls, stack, thread } = rows;
  const { from, to, threads } = query;
  for (let i = 0; i < t.length; i++) {
    if (t[i] < from || t[i] > to || (threads && !threads[thread[i]])) continue;
    add(into, stack[i], bytes[i], calls[i]);
  }
}

function add(into: Selection, stack: number, bytes: number, blocks: number): void {
  into.selfBytes[stack] += bytes;
  into.selfBlocks[stack] += blocks;
  into.bytes += bytes;
  into.blocks += blocks;
}
