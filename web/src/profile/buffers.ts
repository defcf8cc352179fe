// Which node of the flame graph a buffer of `inspect` stands for: its stack, written "function file:line", is walked down
// the tree. Writers list innermost first; the reverse is accepted, since a stack found from its root is unambiguous.

import { Buffer } from '../record';
import { frameLabel, StackTree } from './tree';

/** Maps each label path to a node once, then answers by lookups. */
export class BufferFinder {
  private readonly children = new Map<string, number>();

  constructor(private readonly tree: StackTree) {
    for (let i = 1; i < tree.parent.length; i++) {
      this.children.set(`${tree.parent[i]}\n${frameLabel(tree.frames[tree.frame[i]])}`, i);
    }
  }

  /** The node, or -1 when the stack is not in the tree. */
  find(buffer: Buffer): number {
    if (typeof buffer.node === 'number' && buffer.node > 0 && buffer.node < this.tree.parent.length) return buffer.node;
    if (buffer.stack.length === 0) return -1;
    const innermostFirst = this.walk([...buffer.stack].reverse());
    return innermostFirst > 0 ? innermostFirst : this.walk(buffer.stack);
  }

  private walk(labels: string[]): number {
    let at = 0;
    for (const label of labels) {
      const next = this.children.get(`${at}\n${label}`);
      if (next === undefined) return -1;
      at = next;
    }
    return at;
  }
}
