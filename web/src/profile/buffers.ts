// Which node of the flame graph a buffer of `inspect` stands for: its stack, written "function file:line", is walked down
// the tree. Writers list innermost first; the reverse is accepted, since a stack found from its root is unambiguous.

import { Buffer } from '../record';
import { ChildIndex } from './layout';
import { frameLabel, StackTree } from './tree';

export class BufferFinder {
  private readonly labels: string[];

  constructor(
    private readonly tree: StackTree,
    private readonly children: ChildIndex,
  ) {
    this.labels = tree.frames.map(frameLabel);
  }

  /** The node, or -1 when the stack is not in the tree. */
  find(buffer: Buffer): number {
    if (typeof buffer.node === 'number' && buffer.node > 0 && buffer.node < this.tree.parent.length) return buffer.node;
    if (buffer.stack.length === 0) return -1;
    const innermostFirst = this.walk([...buffer.stack].reverse());
    return innermostFirst > 0 ? innermostFirst : this.walk(buffer.stack);
  }

  private walk(labels: string[]): number {
    const { start, children } = this.children;
    let at = 0;
    for (const label of labels) {
      let next = -1;
      for (let c = start[at]; c < start[at + 1] && next < 0; c++) {
        if (this.labels[this.tree.frame[children[c]]] === label) next = children[c];
      }
      if (next < 0) return -1;
      at = next;
    }
    return at;
  }
}
