// FunctionTable: the same frames as the flame graph, summed by function, as a table that sorts by any column. Shows the
// first rows of those that match the search, more when asked; its foot says what all matching rows add up to.

import { h } from '../dom';
import { baseName, bytes, count, plural, share } from '../format';
import { FunctionIndex, FunctionRow } from '../profile/functions';
import { Frame, shortName } from '../profile/tree';
import { Meaning } from './flame_facts';

/** Rows at first, and once more are asked for: a longer list is what the search is for. */
const kShown = 20;
const kMore = 200;

type Column = 'name' | 'self' | 'total' | 'blocks';

export class FunctionTable {
  readonly element = h('div', {});
  private sort: { column: Column; down: boolean } = { column: 'self', down: true };
  private rows: FunctionRow[] = [];
  private index: FunctionIndex | null = null;
  private frames: Frame[] = [];
  private whole = 0;
  private query = '';
  private shown = kShown;
  private meaning: Meaning = { what: '', one: 'block', many: 'blocks' };

  constructor(private readonly onFunction: (id: number) => void) {}

  show(
    frames: Frame[],
    index: FunctionIndex,
    rows: FunctionRow[],
    whole: number,
    query: string,
    meaning: Meaning,
  ): void {
    Object.assign(this, { frames, index, rows, whole, query: query.trim().toLowerCase(), meaning });
    this.draw();
  }

  private name(row: FunctionRow): string {
    return shortName(this.frames[this.index!.frame[row.id]].function || '(unknown)');
  }

  private matching(): FunctionRow[] {
    if (this.query === '') return this.rows;
    return this.rows.filter((row) => {
      const frame = this.frames[this.index!.frame[row.id]];
      return [frame.function, frame.file, frame.module].some((text) => text.toLowerCase().includes(this.query));
    });
  }

  private head(column: Column, text: string): HTMLElement {
    const sorted = this.sort.column === column;
    const order = sorted ? (this.sort.down ? 'descending' : 'ascending') : 'none';
    const press = (): void => {
      this.sort = { column, down: sorted ? !this.sort.down : column !== 'name' };
      this.draw();
      this.element.querySelector<HTMLElement>(`[data-column=${column}]`)?.focus();
    };
    return h(
      'th',
      { scope: 'col', class: column === 'name' ? null : 'number', 'aria-sort': order },
      h(
        'button',
        { type: 'button', class: 'plain sort', 'data-column': column, click: press },
        text,
        h('span', { 'aria-hidden': 'true' }, sorted ? (this.sort.down ? ' ↓' : ' ↑') : ''),
      ),
    );
  }

  private draw(): void {
    const { column, down } = this.sort;
    const rows = this.matching();
    const sorted = [...rows].sort((a, b) => {
      const by = column === 'name' ? this.name(a).localeCompare(this.name(b), 'en') : a[column] - b[column];
      return (down ? -by : by) || b.total - a.total || a.id - b.id;
    });
    const own = rows.reduce((sum, row) => sum + row.self, 0);
    const line = (row: FunctionRow): HTMLElement => {
      const frame = this.frames[this.index!.frame[row.id]];
      return h(
        'tr',
        {},
        h(
          'th',
          { scope: 'row' },
          h('button', { type: 'button', class: 'plain mono', click: () => this.onFunction(row.id) }, this.name(row)),
          h('span', { class: 'mono soft place' }, ` ${shortName(baseName(frame.file || frame.module))}`),
        ),
        h('td', { class: 'number' }, bytes(row.self)),
        h('td', { class: 'number wide-only' }, share(row.self, this.whole)),
        h('td', { class: 'number' }, bytes(row.total)),
        h('td', { class: 'number wide-only' }, share(row.total, this.whole)),
        h('td', { class: 'number' }, count(row.blocks)),
      );
    };
    const more = rows.length - Math.min(rows.length, this.shown);
    const showMore = (): void => {
      this.shown = kMore;
      this.draw();
      this.element.querySelector<HTMLElement>(`tbody tr:nth-child(${kShown + 1}) button`)?.focus();
    };
    this.element.replaceChildren(
      h(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Functions' },
        h(
          'table',
          { class: 'functions' },
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              this.head('name', 'Function'),
              this.head('self', 'Own'),
              h('th', { class: 'number wide-only', scope: 'col' }, 'Share'),
              this.head('total', 'With callees'),
              h('th', { class: 'number wide-only', scope: 'col' }, 'Share'),
              this.head('blocks', this.meaning.many === 'calls' ? 'Calls' : 'Blocks'),
            ),
          ),
          h('tbody', {}, ...sorted.slice(0, this.shown).map(line)),
          h(
            'tfoot',
            {},
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, this.query === '' ? 'Sum of own' : 'Sum of own, matching'),
              h('td', { class: 'number', 'data-sum': own }, bytes(own)),
              h('td', { class: 'number wide-only' }, share(own, this.whole)),
              h('td', {}),
              h('td', { class: 'wide-only' }),
              h('td', {}),
            ),
          ),
        ),
      ),
      ...(rows.length === 0 ? [h('p', { class: 'soft small' }, 'No function to show.')] : []),
      ...(more > 0
        ? [
            h(
              'p',
              { class: 'soft small more' },
              `${plural(more, 'more function')}. `,
              this.shown === kShown
                ? h(
                    'button',
                    { type: 'button', class: 'plain small screen-only', click: showMore },
                    more <= kMore - kShown ? 'Show all' : `Show ${kMore}`,
                  )
                : 'The search above narrows them down.',
            ),
          ]
        : []),
    );
  }
}
