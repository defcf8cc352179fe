// Functions: the frames of a tree summed by function, and who calls whom. A function that is on a stack twice is counted
// once, at its outermost place; so callers add up to the function's total, and callees plus its own do too. Pure.

import { functionIds } from './transform';
import { StackTree, Weights } from './tree';

export interface FunctionIndex {
  /** Function of each node; -1 at the root. */
  of: Int32Array;
  /** A frame that stands for each function. */
  frame: number[];
  /** 1 where an ancestor is the same function. */
  nested: Uint8Array;
}

export interface FunctionRow {
  id: number;
  self: number;
  total: number;
  blocks: number;
}

/** Depends on the tree alone, not on weights: built once. */
export function indexFunctions(tree: StackTree): FunctionIndex {
  const n = tree.parent.length;
  const ids = functionIds(tree.frames);
  const of = new Int32Array(n);
  const nested = new Uint8Array(n);
  of[0] = -1;
  for (let i = 1; i < n; i++) {
    const id = ids.of[tree.frame[i]];
    of[i] = id;
    for (let at = tree.parent[i]; at > 0; at = tree.parent[at]) {
      if (of[at] === id) {
        nested[i] = 1;
        break;
      }
    }
  }
  return { of, frame: ids.first, nested };
}

/** One row a function of some weight. */
export function functionRows(index: FunctionIndex, weights: Weights): FunctionRow[] {
  const rows: (FunctionRow | undefined)[] = [];
  for (let i = 1; i < index.of.length; i++) {
    if (!(weights.total[i] > 0)) continue;
    const id = index.of[i];
    const row = (rows[id] ??= { id, self: 0, total: 0, blocks: 0 });
    row.self += weights.self[i];
    if (index.nested[i]) continue;
    row.total += weights.total[i];
    row.blocks += weights.totalBlocks[i];
  }
  return rows.filter((row): row is FunctionRow => row !== undefined);
}

export interface Edge {
  /** -1: the root, that is, no caller. */
  id: number;
  bytes: number;
}

export interface Neighbours {
  total: number;
  self: number;
  callers: Edge[];
  callees: Edge[];
}

function sorted(edges: Map<number, number>): Edge[] {
  return [...edges]
    .map(([id, bytes]) => ({ id, bytes }))
    .filter((edge) => edge.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes || a.id - b.id);
}

export function neighbours(index: FunctionIndex, parent: Int32Array, weights: Weights, id: number): Neighbours {
  const n = parent.length;
  const callers = new Map<number, number>();
  const callees = new Map<number, number>();
  let total = 0;
  let self = 0;
  // covered[i]: weight below i (i included) that stands under a place of the function.
  const covered = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    if (index.of[i] === id) covered[i] = weights.total[i];
    covered[parent[i]] += covered[i];
  }
  for (let i = 1; i < n; i++) {
    if (index.of[i] === id) {
      self += weights.self[i];
      if (index.nested[i]) continue;
      total += weights.total[i];
      const caller = index.of[parent[i]];
      callers.set(caller, (callers.get(caller) ?? 0) + weights.total[i]);
    } else if (index.of[parent[i]] === id) {
      callees.set(index.of[i], (callees.get(index.of[i]) ?? 0) + weights.total[i] - covered[i]);
    }
  }
  return { total, self, callers: sorted(callers), callees: sorted(callees) };
}
