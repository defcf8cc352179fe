// Layout: where every node of a stack tree stands in a flame graph, in weight units (0 at the left, the root's total at the
// right) and depth. Rows are slices of one array of nodes sorted by position, so that drawing can start at the first
// visible node of a row by binary search. Pure; O(nodes log siblings).

import { Weights } from './tree';

export type Order = 'name' | 'weight' | 'given';

export interface Layout {
  depth: Uint16Array;
  x: Float64Array;
  /** rowNodes[rowStart[d] .. rowStart[d + 1]) are the nodes of depth d, left to right. Nodes of no weight are left out. */
  rowStart: Uint32Array;
  rowNodes: Uint32Array;
  rows: number;
}

/** `rank[node]` orders siblings (lower is further left) when the order is by name. */
export function layOut(parent: Int32Array, weights: Weights, order: Order, rank?: Int32Array): Layout {
  const n = parent.length;
  const total = weights.total;
  const childStart = new Uint32Array(n + 1);
  for (let i = 1; i < n; i++) if (total[i] > 0) childStart[parent[i] + 1] += 1;
  for (let i = 0; i < n; i++) childStart[i + 1] += childStart[i];
  const fillAt = childStart.slice(0, n);
  const children = new Uint32Array(childStart[n]);
  for (let i = 1; i < n; i++) if (total[i] > 0) children[fillAt[parent[i]]++] = i;

  const compare = order === 'weight' ? (a: number, b: number) => total[b] - total[a] || a - b
    : order === 'name' && rank ? (a: number, b: number) => rank[a] - rank[b] || a - b : null;
  const depth = new Uint16Array(n);
  const x = new Float64Array(n);
  const counts: number[] = n > 0 ? [1] : [];
  // Parents precede children, so a node's position is final when its turn comes.
  for (let i = 0; i < n; i++) {
    const from = childStart[i];
    const to = childStart[i + 1];
    if (from === to) continue;
    const siblings = children.subarray(from, to);
    if (compare && siblings.length > 1) siblings.sort(compare);
    let left = x[i];
    const below = depth[i] + 1;
    for (const child of siblings) {
      depth[child] = below;
      x[child] = left;
      left += total[child];
    }
    counts[below] = (counts[below] ?? 0) + siblings.length;
  }
  const rows = counts.length;
  const rowStart = new Uint32Array(rows + 1);
  for (let d = 0; d < rows; d++) rowStart[d + 1] = rowStart[d] + counts[d];
  // Row by row: the children of a row, taken in that row's order, are the next row in order.
  const rowNodes = new Uint32Array(rowStart[rows]);
  if (n > 0) rowNodes[0] = 0;
  for (let d = 0; d + 1 < rows; d++) {
    let write = rowStart[d + 1];
    for (let r = rowStart[d]; r < rowStart[d + 1]; r++) {
      const node = rowNodes[r];
      for (let c = childStart[node]; c < childStart[node + 1]; c++) rowNodes[write++] = children[c];
    }
  }
  return { depth, x, rowStart, rowNodes, rows };
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
