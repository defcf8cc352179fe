// StackTree: call stacks as columns. Node i has a parent (0 is the root, whose parent is -1) and a frame; parents precede
// children, so that every sum over the tree is one pass over typed arrays. Immutable once built.

export interface Frame {
  function: string;
  file: string;
  line: number;
  module: string;
  /** Text of the source line, where the writer could read it. */
  source?: string;
}

export interface StackTree {
  frames: Frame[];
  parent: Int32Array;
  frame: Int32Array;
}

/** What each node weighs by itself and with all below it. */
export interface Weights {
  self: Float64Array;
  total: Float64Array;
  selfBlocks: Float64Array;
  totalBlocks: Float64Array;
}

/** Sums children into parents: one pass from the last node to the first. */
export function accumulate(parent: Int32Array, self: Float64Array): Float64Array {
  const total = self.slice();
  for (let i = total.length - 1; i > 0; i--) total[parent[i]] += total[i];
  return total;
}

export function weigh(tree: StackTree, self: Float64Array, selfBlocks: Float64Array): Weights {
  return {
    self,
    selfBlocks,
    total: accumulate(tree.parent, self),
    totalBlocks: accumulate(tree.parent, selfBlocks),
  };
}

/** Throws unless node 0 is the only root, parents precede children and every frame exists. */
export function checkTree(tree: StackTree): void {
  const { parent, frame, frames } = tree;
  if (parent.length !== frame.length) {
    throw new Error(`stack tree: expected as many frames as parents (${parent.length}), found ${frame.length}`);
  }
  if (parent.length > 0 && parent[0] !== -1)
    throw new Error(`stack tree: expected parent -1 at node 0, found ${parent[0]}`);
  for (let i = 1; i < parent.length; i++) {
    if (!(parent[i] >= 0 && parent[i] < i)) {
      throw new Error(`stack tree: expected the parent of node ${i} before it, found ${parent[i]}`);
    }
    if (!(frame[i] >= 0 && frame[i] < frames.length)) {
      throw new Error(`stack tree: expected a frame below ${frames.length} at node ${i}, found ${frame[i]}`);
    }
  }
}

/** Nodes from the root to `node`, both included. */
export function pathTo(parent: Int32Array, node: number): number[] {
  const path: number[] = [];
  for (let at = node; at >= 0; at = parent[at]) path.push(at);
  return path.reverse();
}

/** The innermost node that all of them stand below, or are. */
export function commonNode(parent: Int32Array, nodes: number[]): number {
  const [path, ...others] = nodes.map((node) => pathTo(parent, node));
  return path?.filter((node, i) => others.every((other) => other[i] === node)).pop() ?? 0;
}

/** A Python extension without the name of its platform: "blosc.cpython-311-x86_64-linux-gnu.so+0x47" -> "blosc+0x47". */
export const shortName = (name: string): string => name.replace(/\.(?:cpython|abi3)[\w-]*\.so/, '');

export function frameName(tree: StackTree, node: number): string {
  const frame = tree.frames[tree.frame[node]];
  if (node === 0 || !frame) return 'all';
  return shortName(frame.function || frame.module || '(unknown)');
}

/** The frame as `inspect` prints it: "function file:line"; without a file or a line where none is known. */
export function frameLabel(frame: Frame): string {
  return `${frame.function}${frame.file && ` ${frame.file}`}${frame.line > 0 ? `:${frame.line}` : ''}`;
}
