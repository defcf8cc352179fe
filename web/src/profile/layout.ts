// Layout: where every node of a stack tree stands in a flame graph, in weight units (0 at the left, the root's total at the
// right) and depth. Rows are slices of one array of nodes sorted by position, so that drawing can start at the first
// visible node of a row by binary search. Pure.

import { Frame, StackTree, Weights } from './tree';

/** children[start[i] .. start[i + 1]) are node i's children, in an order that does not depend on weights. */
export interface ChildIndex {
  start: Uint32Array;
  children: Uint32Array;
}

export interface Layout {
  depth: Uint16Array;
  x: Float64Array;
  /** rowNodes[rowStart[d] .. rowStart[d + 1]) are the nodes of depth d, left to right. Nodes of no weight are left out. */
  rowStart: Uint32Array;
  rowNodes: Uint32Array;
  rows: number;
}

function byName(frames: Frame[]): Int32Array {
  const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const order = frames
    .map((_, i) => i)
    .sort((i, k) => {
      const [a, b] = [frames[i], frames[k]];
      return text(a.function, b.function) || text(a.file, b.file) || a.line - b.line;
    });
  const rank = new Int32Array(frames.length);
  order.forEach((frame, i) => {
    rank[frame] = i;
  });
  return rank;
}

/** Siblings by function name, so that frames keep their places while a range is dragged. */
export function indexChildren(tree: StackTree): ChildIndex {
  const { parent, frame, frames } = tree;
  const n = parent.length;
  const rank = byName(frames);
  const byRank = new Uint32Array(frames.length + 1);
  for (let i = 1; i < n; i++) byRank[rank[frame[i]] + 1] += 1;
  for (let k = 0; k < frames.length; k++) byRank[k + 1] += byRank[k];
  const ordered = new Uint32Array(Math.max(0, n - 1));
  for (let i = 1; i < n; i++) ordered[byRank[rank[frame[i]]]++] = i;
  const start = new Uint32Array(n + 1);
  for (let i = 1; i < n; i++) start[parent[i] + 1] += 1;
  for (let i = 0; i < n; i++) start[i + 1] += start[i];
  const at = start.slice(0, n);
  const children = new Uint32Array(Math.max(0, n - 1));
  for (const node of ordered) children[at[parent[node]]++] = node;
  return { start, children };
}

/** Heaviest siblings first when `heavy`, else in the index's order. */
export function layOut(index: ChildIndex, weights: Weights, heavy: boolean): Layout {
  const { start, children } = index;
  const { total } = weights;
  const n = total.length;
  const depth = new Uint16Array(n);
  const x = new Float64Array(n);
  const rowNodes = new Uint32Array(n);
  const bounds = [0];
  let size = n > 0 ? 1 : 0;
  for (let from = 0; from < size;) {
    const until = size;
    bounds.push(until);
    for (let r = from; r < until; r++) {
      const node = rowNodes[r];
      const first = size;
      for (let c = start[node]; c < start[node + 1]; c++) if (total[children[c]] > 0) rowNodes[size++] = children[c];
      if (heavy && size - first > 1) rowNodes.subarray(first, size).sort((a, b) => total[b] - total[a] || a - b);
      let left = x[node];
      for (let k = first; k < size; k++) {
        const child = rowNodes[k];
        depth[child] = bounds.length - 1;
        x[child] = left;
        left += total[child];
      }
    }
    from = until;
  }
  return {
    depth,
    x,
    rowStart: Uint32Array.from(bounds),
    rowNodes: rowNodes.subarray(0, size),
    rows: bounds.length - 1,
  };
}

/** Index into rowNodes of the first node of row `d` that ends to the right of `left`. */
export function firstVisible(layout: Layout, total: Float64Array, d: number, left: number): number {
  let low = layout.rowStart[d];
  let high = layout.rowStart[d + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const node = layout.rowNodes[middle];
    if (layout.x[node] + total[node] <= left) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The node of row `d` over position `at`, or -1. */
export function nodeAt(layout: Layout, total: Float64Array, d: number, at: number): number {
  if (d < 0 || d >= layout.rows) return -1;
  const index = firstVisible(layout, total, d, at);
  if (index >= layout.rowStart[d + 1]) return -1;
  const node = layout.rowNodes[index];
  return layout.x[node] <= at ? node : -1;
}
