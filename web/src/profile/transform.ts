// Transforms of a stack tree: hide frames, collapse recursion, turn callees into callers. Each gives a new tree and a map
// from old nodes to new ones, so that weights of any range follow by one pass; sums never change. Pure.

import { Frame, StackTree } from './tree';

export interface Transformed {
  tree: StackTree;
  /** New node of each old node. */
  map: Int32Array;
}

/** Adds up old weights on the new nodes. */
export function carry(map: Int32Array, self: Float64Array, nodes: number): Float64Array {
  const result = new Float64Array(nodes);
  for (let i = 0; i < self.length; i++) if (self[i] !== 0) result[map[i]] += self[i];
  return result;
}

/** Functions: frames that differ only in their line are one. Answers a small number for each frame. */
export function functionIds(frames: Frame[]): { of: Int32Array; first: number[] } {
  const ids = new Map<string, number>();
  const first: number[] = [];
  const of = Int32Array.from(frames, (frame, i) => {
    const key = `${frame.function}\u0000${frame.file}\u0000${frame.module}`;
    let id = ids.get(key);
    if (id === undefined) {
      id = first.push(i) - 1;
      ids.set(key, id);
    }
    return id;
  });
  return { of, first };
}

/** Grows a tree whose children are found by (parent, frame): open addressing over typed arrays, since trees have
 * hundreds of thousands of nodes. */
class Grower {
  parent: Int32Array;
  frame: Int32Array;
  size = 1;
  private slots: Int32Array;
  private mask: number;

  constructor(expected: number, rootFrame: number) {
    const capacity = Math.max(16, expected);
    this.parent = new Int32Array(capacity);
    this.frame = new Int32Array(capacity);
    this.parent[0] = -1;
    this.frame[0] = rootFrame;
    this.mask = (1 << (32 - Math.clz32(2 * capacity))) - 1;
    this.slots = new Int32Array(this.mask + 1);
  }

  child(parent: number, frame: number): number {
    let at = this.slot(parent, frame);
    for (; this.slots[at] !== 0; at = (at + 1) & this.mask) {
      const node = this.slots[at];
      if (this.parent[node] === parent && this.frame[node] === frame) return node;
    }
    if (this.size === this.parent.length) {
      this.grow();
      return this.child(parent, frame);
    }
    const node = this.size++;
    this.parent[node] = parent;
    this.frame[node] = frame;
    this.slots[at] = node;
    return node;
  }

  tree(frames: Frame[]): StackTree {
    return { frames, parent: this.parent.slice(0, this.size), frame: this.frame.slice(0, this.size) };
  }

  private slot(parent: number, frame: number): number {
    const mixed = Math.imul(Math.imul(parent, 0x9e3779b1) + frame, 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) & this.mask;
  }

  private grow(): void {
    const wider = (old: Int32Array): Int32Array => {
      const copy = new Int32Array(2 * old.length);
      copy.set(old);
      return copy;
    };
    this.parent = wider(this.parent);
    this.frame = wider(this.frame);
    this.mask = 2 * (this.mask + 1) - 1;
    this.slots = new Int32Array(this.mask + 1);
    for (let node = 1; node < this.size; node++) {
      let at = this.slot(this.parent[node], this.frame[node]);
      while (this.slots[at] !== 0) at = (at + 1) & this.mask;
      this.slots[at] = node;
    }
  }
}

/** Frames for which `hidden` holds are left out; what they weigh goes to their callers. */
export function hideFrames(tree: StackTree, hidden: (frame: Frame) => boolean): Transformed {
  const n = tree.parent.length;
  const hide = Uint8Array.from(tree.frames, (frame) => (hidden(frame) ? 1 : 0));
  const grower = new Grower(n, tree.frame[0]);
  const map = new Int32Array(n);
  for (let i = 1; i < n; i++) {
    const above = map[tree.parent[i]];
    map[i] = hide[tree.frame[i]] ? above : grower.child(above, tree.frame[i]);
  }
  return { tree: grower.tree(tree.frames), map };
}

/** A function that is already on the stack takes the stack back to where it was first: cycles disappear. */
export function collapseRecursion(tree: StackTree): Transformed {
  const n = tree.parent.length;
  const { of } = functionIds(tree.frames);
  const grower = new Grower(n, tree.frame[0]);
  const map = new Int32Array(n);
  for (let i = 1; i < n; i++) {
    const above = map[tree.parent[i]];
    const wanted = of[tree.frame[i]];
    let at = above;
    while (at > 0 && of[grower.frame[at]] !== wanted) at = grower.parent[at];
    map[i] = at > 0 ? at : grower.child(above, tree.frame[i]);
  }
  return { tree: grower.tree(tree.frames), map };
}

/** An inverted frame below this share of the whole is not taken further to its callers: it is thinner than a pixel, and most of
 * the hundreds of thousands of frames are. */
const kLeastShare = 1 / 16384;

export const leastInverted = (whole: number): number => whole * kLeastShare;

/** Callers instead of callees: each node with weight starts at the root with its own frame and goes on to its callers, all of
 * them in step, as long as the inverted frame that they meet in weighs enough. */
export function invert(tree: StackTree, self: Float64Array): Transformed {
  const n = tree.parent.length;
  const grower = new Grower(n, tree.frame[0]);
  const map = new Int32Array(n);
  const least = leastInverted(self.reduce((sum, bytes) => sum + bytes, 0));
  const next = new Int32Array(n);
  for (let i = 1; i < n; i++) next[i] = i;
  let under = next.filter((i) => self[i] > 0 && i > 0);
  let weight: Float64Array = new Float64Array(n);
  while (under.length > 0) {
    for (let k = 0; k < under.length; k++) {
      const i = under[k];
      map[i] = grower.child(map[i], tree.frame[next[i]]);
      next[i] = tree.parent[next[i]];
      if (map[i] >= weight.length) weight = widened(weight);
      weight[map[i]] += self[i];
    }
    under = under.filter((i) => next[i] > 0 && weight[map[i]] >= least);
  }
  return { tree: grower.tree(tree.frames), map };
}

function widened(old: Float64Array): Float64Array {
  const wider = new Float64Array(2 * old.length);
  wider.set(old);
  return wider;
}

/** One transform after another. */
export function chain(first: Transformed, next: (tree: StackTree) => Transformed): Transformed {
  const second = next(first.tree);
  return { tree: second.tree, map: first.map.map((node) => second.map[node]) };
}

/** Frames of the Python interpreter itself and of its import machinery: they stand between the lines a reader wrote. */
export function isInterpreter(frame: Frame): boolean {
  const name = frame.module.slice(frame.module.lastIndexOf('/') + 1);
  return /^(lib)?python[23][\d.]*(\.so[\d.]*)?$/.test(name) || frame.file.startsWith('<frozen importlib');
}
