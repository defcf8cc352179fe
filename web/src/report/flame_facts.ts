// What is said about one frame of a flame graph, in words and as elements: the same in the tip, below the graph and for readers
// of text.

import { h } from '../dom';
import { bytes, count, share } from '../format';
import type { Mode } from '../profile/range';
import { frameLabel, frameName, pathTo, StackTree, Weights } from '../profile/tree';

/** What the bytes of the graph are: "alive at the heap peak", counted in "block"s. */
export interface Meaning {
  what: string;
  one: string;
  many: string;
  /** Said of a node instead of its bytes: what it was before and after. */
  sizes?: (node: number) => string;
}

export const kMeanings: Record<Mode, Meaning> = {
  peak: { what: 'alive at the heap peak', one: 'block', many: 'blocks' },
  live: { what: 'alive at the end of the range', one: 'block', many: 'blocks' },
  allocated: { what: 'allocated', one: 'block', many: 'blocks' },
  copied: { what: 'copied', one: 'call', many: 'calls' },
  transferred: { what: 'read or written', one: 'call', many: 'calls' },
};

function sizes(weights: Weights, node: number, meaning: Meaning): string {
  if (meaning.sizes) return meaning.sizes(node);
  const blocks = weights.totalBlocks[node];
  return (
    `${bytes(weights.total[node])} ${meaning.what}, ${share(weights.total[node], weights.total[0])}, ` +
    `${count(blocks)}\u00a0${blocks === 1 ? meaning.one : meaning.many}`
  );
}

/** One line for a screen reader. */
export function spoken(tree: StackTree, weights: Weights, node: number): string {
  return `${frameName(tree, node)}, ${bytes(weights.total[node])}, ${share(weights.total[node], weights.total[0])}`;
}

export function facts(tree: StackTree, weights: Weights, node: number, meaning: Meaning): HTMLElement[] {
  const frame = node > 0 ? tree.frames[tree.frame[node]] : null;
  const self = weights.self[node];
  const own = !meaning.sizes && self > 0 && self < weights.total[node] ? `, ${bytes(self)} of it directly here` : '';
  const place = frame
    ? [frame.file && `${frame.file}${frame.line > 0 ? `:${frame.line}` : ''}`, frame.module].filter(Boolean).join(' · ')
    : '';
  return [
    h('div', { class: 'flame-name mono' }, frameName(tree, node)),
    h('div', { class: 'flame-size' }, sizes(weights, node, meaning) + own),
    h('div', { class: 'flame-place mono soft' }, place || (frame ? 'no source known' : 'every stack together')),
    ...(frame?.source ? [h('pre', { class: 'flame-source' }, frame.source.trim())] : []),
  ];
}

/** Copies the stack of a node, innermost frame first. */
export function copyStack(tree: StackTree, node: number): HTMLElement {
  const button = h('button', { type: 'button', class: 'plain small screen-only' }, 'Copy stack');
  button.addEventListener('click', () => {
    const frames = pathTo(tree.parent, node)
      .slice(1)
      .reverse()
      .map((at) => frameLabel(tree.frames[tree.frame[at]]));
    void navigator.clipboard.writeText(frames.join('\n')).then(
      () => (button.textContent = 'Copied'),
      () => (button.textContent = 'This browser lets no page copy here'),
    );
  });
  return button;
}
