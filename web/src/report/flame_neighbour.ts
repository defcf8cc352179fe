// Where the arrow keys lead from a node of a flame graph. Pure.

import type { Layout } from '../profile/layout';
import type { Scene } from './flame_paint';

/** -1: nowhere. */
export function neighbour({ tree, layout, weights, upward }: Scene, node: number, key: string): number {
  const depth = layout.depth[node];
  if (key === 'ArrowUp' || key === 'ArrowDown') {
    const towardsRoot = (key === 'ArrowUp') !== upward;
    if (towardsRoot) return tree.parent[node];
    if (depth + 1 >= layout.rows) return -1;
    // The heaviest child: the way to the bytes.
    let best = -1;
    for (let i = layout.rowStart[depth + 1]; i < layout.rowStart[depth + 2]; i++) {
      const child = layout.rowNodes[i];
      if (tree.parent[child] === node && (best < 0 || weights.total[child] > weights.total[best])) best = child;
    }
    return best;
  }
  const step = key === 'ArrowLeft' ? -1 : 1;
  const index = rowIndex(layout, node) + step;
  if (index < layout.rowStart[depth] || index >= layout.rowStart[depth + 1]) return -1;
  return layout.rowNodes[index];
}

/** Where a node stands in its row: nodes without weight are not in it, so positions are distinct. */
function rowIndex(layout: Layout, node: number): number {
  const depth = layout.depth[node];
  let low = layout.rowStart[depth];
  let high = layout.rowStart[depth + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (layout.x[layout.rowNodes[middle]] < layout.x[node]) low = middle + 1;
    else high = middle;
  }
  return low;
}
