// PathIdentity: a name for each node that is the same in another run of the same program: a hash of the functions and files
// on its path. Lines and addresses are left out, so that a small edit of the source keeps most names. Pure.

import { hash, moduleKey } from './hue';
import { baseName } from '../format';
import { StackTree } from './tree';

/** Two independent lanes of 32 bits: a permalink that hits the wrong frame must be as good as impossible. */
export class PathIdentity {
  private readonly high: Uint32Array;
  private readonly low: Uint32Array;

  constructor(tree: StackTree) {
    const n = tree.parent.length;
    this.high = new Uint32Array(n);
    this.low = new Uint32Array(n);
    const names = tree.frames.map((f) => `${f.function}\u0000${baseName(f.file)}\u0000${moduleKey(f.module)}`);
    const first = names.map((name) => hash(name));
    const second = names.map((name) => hash(`${name}\u0001`));
    for (let i = 1; i < n; i++) {
      const up = tree.parent[i];
      this.high[i] = mix(this.high[up], first[tree.frame[i]]);
      this.low[i] = mix(this.low[up] ^ 0x5bd1e995, second[tree.frame[i]]);
    }
  }

  of(node: number): string {
    const hex = (lane: number): string => lane.toString(16).padStart(8, '0');
    return node === 0 ? '0' : hex(this.high[node]) + hex(this.low[node]);
  }

  /** The first node of this name, or -1. */
  find(name: string): number {
    if (name === '0') return 0;
    if (!/^[0-9a-f]{16}$/.test(name)) return -1;
    const high = parseInt(name.slice(0, 8), 16);
    const low = parseInt(name.slice(8), 16);
    for (let i = 1; i < this.high.length; i++) if (this.high[i] === high && this.low[i] === low) return i;
    return -1;
  }
}

/** Order matters: a > b is another path than b > a. Finaliser of MurmurHash3. */
function mix(above: number, own: number): number {
  let h = (Math.imul(above ^ (above >>> 16), 0x85ebca6b) + own) | 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
