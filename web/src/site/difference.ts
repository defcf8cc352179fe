// What differs between two captures, by call path: one tree of both, of which each node has its bytes before and after.
// Paths are compared by function and file: a line may move between two versions. Pure.

import { baseName } from '../format';
import { accumulate, Frame, StackTree } from '../profile/tree';

/** A tree and what its nodes weigh by themselves. */
export interface Side {
  tree: StackTree;
  self: Float64Array;
  selfBlocks: Float64Array;
}

export interface Difference {
  tree: StackTree;
  /** Of each node with all below it. */
  before: Float64Array;
  after: Float64Array;
  /** Of each node by itself, the larger of both: what it is drawn as wide as. */
  self: Float64Array;
  selfBlocks: Float64Array;
  /** Of each node with all below it, from -1 (all of it is gone) to 1 (all of it is new). */
  change: Float32Array;
}

const nameOf = (frame: Frame): string => `${frame.function}\u0000${baseName(frame.file)}\u0000${frame.module}`;

class Merged {
  readonly frames: Frame[] = [];
  readonly parent: number[] = [];
  readonly frame: number[] = [];
  private readonly frameIds = new Map<string, number>();
  private readonly nodes = new Map<string, number>();

  private idOf(frame: Frame): number {
    const name = nameOf(frame);
    let id = this.frameIds.get(name);
    if (id === undefined) this.frameIds.set(name, (id = this.frames.push(frame) - 1));
    return id;
  }

  private node(parent: number, frame: number): number {
    const key = `${parent} ${frame}`;
    let found = this.nodes.get(key);
    if (found === undefined) {
      found = this.parent.push(parent) - 1;
      this.frame.push(frame);
      this.nodes.set(key, found);
    }
    return found;
  }

  /** Where each node of a tree is in this one. Both roots are one. */
  place(tree: StackTree): Int32Array {
    const at = new Int32Array(tree.parent.length);
    const ids = tree.frames.map((frame) => this.idOf(frame));
    // Parents precede children, so one pass maps a tree.
    for (let i = 0; i < at.length; i++)
      at[i] = i === 0 ? this.node(-1, 0) : this.node(at[tree.parent[i]], ids[tree.frame[i]]);
    return at;
  }
}

export function difference(a: Side, b: Side): Difference {
  const merged = new Merged();
  const [inA, inB] = [merged.place(a.tree), merged.place(b.tree)];
  const n = merged.parent.length;
  const sum = (at: Int32Array, values: Float64Array): Float64Array => {
    const into = new Float64Array(n);
    for (let i = 0; i < at.length; i++) into[at[i]] += values[i];
    return into;
  };
  const [selfA, selfB] = [sum(inA, a.self), sum(inB, b.self)];
  const parent = Int32Array.from(merged.parent);
  const [before, after] = [accumulate(parent, selfA), accumulate(parent, selfB)];
  const blocks = [sum(inA, a.selfBlocks), sum(inB, b.selfBlocks)];
  const most = Math.max(before[0] ?? 0, after[0] ?? 0) || 1;
  return {
    tree: { frames: merged.frames, parent, frame: Int32Array.from(merged.frame) },
    before,
    after,
    self: selfA.map((value, i) => Math.max(value, selfB[i])),
    selfBlocks: blocks[0].map((value, i) => Math.max(value, blocks[1][i])),
    // A millionth of the whole is no change, whatever share of its frame it is.
    change: Float32Array.from(after, (value, i) => {
      const by = value - before[i];
      return Math.abs(by) < most * 1e-6 ? 0 : by / Math.max(value, before[i]);
    }),
  };
}

/** The nodes whose own bytes changed most, by function; the largest change first. */
export function deltas(
  { tree, before, after }: Difference,
  shown: number,
): { name: Frame; before: number; after: number }[] {
  const own = (total: Float64Array): Float64Array => {
    const self = total.slice();
    for (let i = 1; i < self.length; i++) self[tree.parent[i]] -= total[i];
    return self;
  };
  const [selfA, selfB] = [own(before), own(after)];
  const sites = new Map<number, { name: Frame; before: number; after: number }>();
  for (let i = 1; i < selfA.length; i++) {
    if (selfA[i] === 0 && selfB[i] === 0) continue;
    const site = sites.get(tree.frame[i]) ?? { name: tree.frames[tree.frame[i]], before: 0, after: 0 };
    site.before += selfA[i];
    site.after += selfB[i];
    sites.set(tree.frame[i], site);
  }
  return [...sites.values()]
    .filter((site) => site.before !== site.after)
    .sort((x, y) => Math.abs(y.after - y.before) - Math.abs(x.after - x.before))
    .slice(0, shown);
}
