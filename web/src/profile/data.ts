// Reads the document that a report carries ("chunkmark.report/1") into columns. Everything a page shows comes from here.

import { CopiesResult, Figures } from '../record';
import { checkTree, Frame, StackTree, weigh, Weights } from './tree';

export interface ReportData {
  schema?: string;
  title: string;
  figures: Figures;
  result: CopiesResult | null;
  timeline: { t_ms: number[]; heap: number[] };
  resident?: { t_ms: number[]; anonymous: number[] | null; file: number[] | null } | null;
  marks: { t_ms: number; name: string }[];
  frames: Frame[];
  flame: { parent: number[]; frame: number[]; bytes: number[]; blocks: number[] };
}

export interface Series {
  t: Float64Array;
  v: Float64Array;
}

export interface Profile {
  title: string;
  figures: Figures;
  result: CopiesResult | null;
  heap: Series;
  anonymous: Series | null;
  file: Series | null;
  marks: { t_ms: number; name: string }[];
  tree: StackTree;
  /** Heap alive at the heap peak. */
  peak: Weights;
}

function series(name: string, t: number[], v: number[]): Series {
  if (t.length !== v.length) throw new Error(`report data: ${name}: expected ${t.length} values, found ${v.length}`);
  return { t: Float64Array.from(t), v: Float64Array.from(v) };
}

export function readReport(data: ReportData): Profile {
  const schema = data.schema ?? 'chunkmark.report/1';
  if (schema !== 'chunkmark.report/1') throw new Error(`report data: expected schema chunkmark.report/1, found ${schema}`);
  const { flame, timeline } = data;
  const tree: StackTree = { frames: data.frames, parent: Int32Array.from(flame.parent), frame: Int32Array.from(flame.frame) };
  checkTree(tree);
  if (flame.bytes.length !== flame.parent.length || flame.blocks.length !== flame.parent.length) {
    throw new Error(`report data: flame: expected ${flame.parent.length} bytes and blocks, ` +
      `found ${flame.bytes.length} and ${flame.blocks.length}`);
  }
  const resident = data.resident ?? null;
  return {
    title: data.title, figures: data.figures, result: data.result, marks: data.marks ?? [], tree,
    heap: series('heap', timeline.t_ms, timeline.heap),
    anonymous: resident?.anonymous ? series('anonymous', resident.t_ms, resident.anonymous) : null,
    file: resident?.file ? series('file', resident.t_ms, resident.file) : null,
    peak: weigh(tree, Float64Array.from(flame.bytes), Float64Array.from(flame.blocks)),
  };
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
