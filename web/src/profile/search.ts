// Search: which nodes match a text, and what share of the whole they hold. A match below another match is not counted
// twice: the share is the weight under the outermost matches. Pure.

import { Frame, StackTree } from './tree';

export interface Matches {
  /** 1 where the node's own frame matches. */
  node: Uint8Array;
  frames: number;
  weight: number;
  /** Why a regular expression is none; null where there is nothing to say. */
  error: string | null;
}

/** What is looked for: a text whose case is ignored, or between slashes a regular expression. */
function matcher(text: string): ((part: string) => boolean) | string {
  const expression = /^\/(.+)\/$/.exec(text);
  if (!expression) {
    const needle = text.toLowerCase();
    return (part) => part.toLowerCase().includes(needle);
  }
  try {
    const pattern = new RegExp(expression[1], 'i');
    return (part) => pattern.test(part);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Looked for in function, file and module. An empty text matches nothing. */
export function search(tree: StackTree, total: Float64Array, text: string): Matches {
  const wanted = text.trim();
  const n = tree.parent.length;
  const node = new Uint8Array(n);
  const matches = wanted === '' ? () => false : matcher(wanted);
  if (wanted === '' || typeof matches === 'string')
    return { node, frames: 0, weight: 0, error: typeof matches === 'string' ? matches : null };
  const hit = tree.frames.map(
    (frame: Frame) => matches(frame.function) || matches(frame.file) || matches(frame.module),
  );
  const covered = new Uint8Array(n);
  let frames = 0;
  let weight = 0;
  for (let i = 1; i < n; i++) {
    const above = covered[tree.parent[i]];
    const own = hit[tree.frame[i]];
    covered[i] = above || own ? 1 : 0;
    if (!own) continue;
    node[i] = 1;
    if (total[i] > 0) frames += 1;
    if (!above) weight += total[i];
  }
  return { node, frames, weight, error: null };
}
