// FlameAccess: the flame graph for who cannot see a canvas. Behind the picture stands a tree of what surrounds the focused
// frame: its path, its siblings, its children, each said with its bytes and share. The focus is one element's, by
// aria-activedescendant; the tree around it is made again on every move, so that its size does not grow with the graph.

import { h } from '../dom';
import { ChildIndex } from '../profile/layout';
import { pathTo, StackTree, Weights } from '../profile/tree';
import { spoken } from './flame_facts';

/** More neighbours than this are not listed; arrow keys reach them all the same. */
const kListed = 40;

export class FlameAccess {
  readonly list = h('div', { class: 'hidden-text', role: 'presentation' });
  private static made = 0;
  private readonly prefix = `flame${FlameAccess.made++}`;

  constructor(private readonly focusable: HTMLElement) {}

  show(tree: StackTree, children: ChildIndex, weights: Weights, node: number): void {
    const weighty = (of: number): number[] =>
      [...children.children.subarray(children.start[of], children.start[of + 1])]
        .filter((child) => weights.total[child] > 0)
        .sort((a, b) => weights.total[b] - weights.total[a]);
    const path = pathTo(tree.parent, node);
    const siblings = node > 0 ? weighty(tree.parent[node]) : [node];
    const below = weighty(node);
    const items: HTMLElement[] = [];
    const add = (at: number, level: number, among: number[], expanded: boolean | null): void => {
      items.push(
        h(
          'div',
          {
            role: 'treeitem',
            id: `${this.prefix}-${at}`,
            'aria-level': level,
            'aria-setsize': among.length,
            'aria-posinset': among.indexOf(at) + 1,
            'aria-selected': at === node ? 'true' : 'false',
            'aria-expanded': expanded === null ? null : String(expanded),
          },
          spoken(tree, weights, at),
        ),
      );
    };
    for (const at of path.slice(0, -1)) add(at, items.length + 1, at > 0 ? weighty(tree.parent[at]) : [at], true);
    const level = path.length;
    for (const at of around(siblings, node)) {
      add(at, level, siblings, at === node ? (below.length > 0 ? true : null) : false);
      if (at === node) for (const child of below.slice(0, kListed)) add(child, level + 1, below, false);
    }
    this.list.replaceChildren(...items);
    this.focusable.setAttribute('aria-activedescendant', `${this.prefix}-${node}`);
  }
}

/** At most kListed neighbours, the node among them. */
function around(siblings: number[], node: number): number[] {
  if (siblings.length <= kListed) return siblings;
  const at = siblings.indexOf(node);
  const from = Math.max(0, Math.min(at - kListed / 2, siblings.length - kListed));
  return siblings.slice(from, from + kListed);
}
