// Search: which nodes match a text, and what share of the whole they hold. A match below another match is not counted
// twice: the share is the weight under the outermost matches. Pure.

import { Frame, StackTree } from './tree';

export interface Matches {
  /** 1 where the node's own frame matches. */
  node: Uint8Array;
  frames: number;
  weight: number;
}

function frameMatches(frame: Frame, needle: string): boolean {
  return (
    frame.function.toLowerCase().includes(needle) ||
    frame.file.toLowerCase().includes(needle) ||
    frame.module.toLowerCase().includes(needle)
  );
}

/** Case is ignored; the text is looked for in function, file and module. An empty text matches nothing. */
export function search(tree: StackTree, total: Float64Array, text: string): Matches {
  const needle = text.trim().toLowerCase();
  const n = tree.parent.length;
  const node = new Uint8Array(n);
  if (needle === '') return { node, frames: 0, weight: 0 };
  const hit = tree.frames.map((frame) => frameMatches(frame, needle));
  const covered = new Uint8Array(n);
  let frames = 0;
  let weight = 0;
  for (let i = 1; i < n; i++) {
    const above = covered[tree.parent[i]];
    const matches = hit[tree.frame[i]];
    covered[i] = above || matches ? 1 : 0;
    if (!matches) continue;
    node[i] = 1;
    if (total[i] > 0) frames += 1;
    if (!above) weight += total[i];
  }
  return { node, frames, weight };
}
