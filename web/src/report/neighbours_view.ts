// NeighboursView: who calls a function and what it calls, each with its part of the bytes. Both sides add up to the function.

import { h } from '../dom';
import { bytes, share } from '../format';
import { Edge, FunctionIndex, neighbours } from '../profile/functions';
import { Frame, shortName, StackTree, Weights } from '../profile/tree';

const kShown = 12;

export class NeighboursView {
  readonly element = h('div', { class: 'neighbours' });
  private function: string | null = null;
  private input: { tree: StackTree; index: FunctionIndex; weights: Weights } | null = null;

  /** `onFind` is asked to look a function up in the flame graph. */
  constructor(private readonly onFind: (name: string) => void) {}

  /** Other numbers for the same function, found again by its name. */
  show(tree: StackTree, index: FunctionIndex, weights: Weights): void {
    this.input = { tree, index, weights };
    this.draw();
  }

  /** Chooses the function with this id; -1: none. */
  choose(id: number): void {
    this.function = id < 0 || !this.input ? null : key(this.input.tree.frames[this.input.index.frame[id]]);
    this.draw();
  }

  private draw(): void {
    const id =
      this.input && this.function !== null
        ? this.input.index.frame.findIndex((frame) => key(this.input!.tree.frames[frame]) === this.function)
        : -1;
    if (id < 0 || !this.input) {
      this.element.replaceChildren(h('p', { class: 'soft small' }, 'Choose a frame above or a function below.'));
      return;
    }
    const { tree, index, weights } = this.input;
    const found = neighbours(index, tree.parent, weights, id);
    const name = this.name(id);
    this.element.replaceChildren(
      h(
        'p',
        { class: 'neighbours-name' },
        h('strong', { class: 'mono' }, name),
        `: ${bytes(found.total)}, ${share(found.total, weights.total[0])} of what is shown; ${bytes(found.self)} its own. `,
        h(
          'button',
          { type: 'button', class: 'plain small', click: () => this.onFind(tree.frames[index.frame[id]].function) },
          'Find it in the flame graph',
        ),
      ),
      h(
        'div',
        { class: 'neighbours-sides' },
        this.side('Called by', found.callers, found.total),
        this.side(
          'Calls',
          found.callees,
          found.total,
          found.self > 0
            ? h(
                'tr',
                { class: 'own-row' },
                h('th', { scope: 'row', class: 'soft' }, 'its own'),
                h('td', { class: 'number' }, bytes(found.self)),
                h('td', { class: 'number' }, share(found.self, found.total)),
              )
            : null,
        ),
      ),
    );
  }

  private name(id: number): string {
    if (id < 0) return 'no caller';
    return shortName(this.input!.tree.frames[this.input!.index.frame[id]].function || '(unknown)');
  }

  private side(title: string, edges: Edge[], whole: number, extra: HTMLElement | null = null): HTMLElement {
    const rest = edges.slice(kShown).reduce((sum, edge) => sum + edge.bytes, 0);
    return h(
      'table',
      {},
      h('caption', {}, title),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Function'),
          h('th', { scope: 'col', class: 'number' }, 'Bytes'),
          h('th', { scope: 'col', class: 'number' }, 'Share'),
        ),
      ),
      h(
        'tbody',
        {},
        ...edges
          .slice(0, kShown)
          .map((edge) =>
            h(
              'tr',
              {},
              h(
                'th',
                { scope: 'row' },
                edge.id < 0
                  ? h('span', { class: 'soft' }, this.name(edge.id))
                  : h(
                      'button',
                      { type: 'button', class: 'plain mono', click: () => this.choose(edge.id) },
                      this.name(edge.id),
                    ),
              ),
              h('td', { class: 'number' }, bytes(edge.bytes)),
              h('td', { class: 'number' }, share(edge.bytes, whole)),
            ),
          ),
        rest > 0
          ? h(
              'tr',
              {},
              h('th', { scope: 'row', class: 'soft' }, `${edges.length - kShown} others`),
              h('td', { class: 'number' }, bytes(rest)),
              h('td', { class: 'number' }, share(rest, whole)),
            )
          : null,
        extra,
      ),
    );
  }
}

const key = (frame: Frame): string => `${frame.function}\u0000${frame.file}\u0000${frame.module}`;
