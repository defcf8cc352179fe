// The matrix: a row an engine, columns operation by codec; format and store are switches above it. Every cell leads to the
// page that explains it. What a reader has chosen (MatrixState) is the owner's to keep.

import { h } from '../dom';
import { count, duration, ratio } from '../format';
import { kFileGrowthBytes } from '../generated/constants';
import { block, glyph } from '../glyph';
import { codecName, CopyRow, engineName, formatName, PublishedCopy, RunRecord } from '../record';
import { choice } from '../report/controls';
import { Cell, Column, columnKey, columnsOf, failureOf, placeName, storeOf } from './cell';
import { cellName } from './figures_table';
import { kindOf, mark } from './mark';
import { publishedNotes, publishedRows } from './published';

export interface MatrixState {
  format: string;
  store: string;
  /** A columnKey; empty: as measured. */
  sort: string;
  query: string;
  /** The reader's library; empty: none chosen. */
  library: string;
}

/** What is seen, in a line. */
function legend(): HTMLElement {
  const seen = (kind: Parameters<typeof block>[0], text: string): HTMLElement => h('span', {}, block(kind), ` ${text}`);
  return h(
    'p',
    { class: 'legend small soft' },
    seen('array', 'the array'),
    seen('extra', 'a further buffer of its size, alive at the heap peak'),
    seen('extra proven', 'one that is proven to hold the same bytes'),
    h('span', {}, 'then extra heap in arrays, and time'),
  );
}

/** More columns than these leave no room for what stands behind a number. */
const kRoomyColumns = 4;

const each = <T>(values: T[]): T[] => [...new Set(values)];

/** What a mapped file adds where it is no longer small beside the array: a buffer that the heap does not show. */
function mappedFiles(result: CopyRow): string {
  const grown = result.resident?.file_growth_bytes ?? 0;
  return grown >= kFileGrowthBytes && result.array_bytes > 0 ? `, files +${ratio(grown / result.array_bytes)}` : '';
}

function cellView({ result, href }: Cell): HTMLElement {
  const body = [
    glyph(result.extra_copies, result.extra_heap, result.proven_copies),
    h('span', { class: 'cell-number' }, result.extra_copies === null ? '–' : count(result.extra_copies)),
  ];
  const label =
    `${cellName(result)}: ${result.extra_copies ?? 'unknown'} extra copies, ` +
    `extra heap ${ratio(result.extra_heap)}; explained on a page`;
  const took = result.seconds ? `, ${duration(1000 * result.seconds.median)}` : '';
  return h(
    'td',
    {},
    href !== null
      ? h('a', { class: 'cell', href, 'aria-label': label }, ...body)
      : h('span', { class: 'cell' }, ...body),
    h('span', { class: 'cell-heap soft' }, `+${ratio(result.extra_heap)}${mappedFiles(result)}${took}`),
  );
}

/** What the engine is made of, as the record tells it: "zarr 3.1.6, numcodecs 0.16.6, python 3.11.7 (3.4.2 needs Python 3.12)". */
function madeOf(result: CopyRow): string | null {
  const libraries = Object.entries(result.libraries ?? {});
  if (libraries.length === 0) return null;
  const newer = result.newer ? ` (${result.newer.version} needs Python ${result.newer.python})` : '';
  return libraries.map((library) => library.join(' ')).join(', ') + newer;
}

export class Matrix {
  readonly element = h('div', { class: 'matrix-view' });
  private readonly body = h('div', {});
  private readonly runs: RunRecord[];
  private readonly controls: ((state: MatrixState) => void)[] = [];
  private readonly unfolded = new Set<string>();
  private state: MatrixState;

  constructor(
    private readonly cells: Cell[],
    private readonly onState: (state: MatrixState) => void = () => {},
  ) {
    this.runs = each(cells.map(({ run }) => run));
    this.state = this.defaults;
    this.element.append(this.switches(), this.body);
    this.show(this.state);
  }

  get formats(): string[] {
    return each(this.cells.map(({ result }) => result.format))
      .sort()
      .reverse();
  }
  get stores(): string[] {
    return each(this.cells.map(({ result }) => storeOf(result)));
  }
  get defaults(): MatrixState {
    const { stores } = this;
    const store = stores.includes('local') ? 'local' : (stores[0] ?? '');
    return { format: this.formats[0] ?? '', store, sort: '', query: '', library: '' };
  }
  /** What is shown: of the chosen format and store. */
  get shown(): Cell[] {
    const { format, store } = this.state;
    return this.cells.filter(({ result }) => result.format === format && storeOf(result) === store);
  }

  placeOf({ result }: Cell): Pick<MatrixState, 'format' | 'store'> {
    return { format: result.format, store: storeOf(result) };
  }

  show(state: MatrixState): void {
    this.state = state;
    for (const set of this.controls) set(state);
    this.draw();
  }

  private change(changed: Partial<MatrixState>): void {
    this.show({ ...this.state, ...changed });
    this.onState(this.state);
  }

  private switches(): HTMLElement {
    const store = choice(
      'Stored',
      this.stores.map((name) => [name, placeName(name)]),
      (to) => this.change({ store: to }),
    );
    const format = choice(
      'as',
      this.formats.map((name) => [name, formatName(name)]),
      (to) => this.change({ format: to }),
    );
    const filter = h('input', {
      type: 'search',
      placeholder: 'Filter libraries',
      'aria-label': 'Filter libraries',
      spellcheck: 'false',
      autocomplete: 'off',
    });
    filter.addEventListener('input', () => this.change({ query: filter.value }));
    this.controls.push((state) => {
      store.set(state.store);
      format.set(state.format);
      if (filter.value !== state.query) filter.value = state.query;
    });
    return h('div', { class: 'matrix-bar screen-only' }, store.element, format.element, filter);
  }

  private head(columns: Column[]): HTMLElement {
    const operations = each(columns.map(({ operation }) => operation));
    const sorter = (column: Column): HTMLElement => {
      const key = columnKey(column);
      const on = this.state.sort === key;
      const sort = h('button', { type: 'button', class: 'sort' }, codecName(column.codec));
      sort.addEventListener('click', () => {
        this.change({ sort: on ? '' : key });
        this.body.querySelector<HTMLElement>(`[data-sort="${key}"] button`)?.focus();
      });
      return h('th', { scope: 'col', 'data-sort': key, 'aria-sort': on ? 'ascending' : 'none', class: 'codec' }, sort);
    };
    return h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('td', {}),
        ...operations.map((operation) =>
          h(
            'th',
            { scope: 'colgroup', colspan: columns.filter((column) => column.operation === operation).length },
            operation === 'write' ? 'Writes' : 'Reads',
          ),
        ),
      ),
      h('tr', {}, h('th', { scope: 'col' }, 'Library'), ...columns.map(sorter)),
    );
  }

  private order(engines: string[]): string[] {
    const { sort } = this.state;
    if (sort === '') return engines;
    const measure = (engine: string): number[] => {
      const found = this.shown.find(({ result }) => result.engine === engine && columnKey(result) === sort)?.result;
      const unknown = Number.MAX_VALUE;
      return [found?.extra_copies ?? unknown, found?.extra_heap ?? unknown, found?.seconds?.median ?? unknown];
    };
    const value = new Map(engines.map((engine) => [engine, measure(engine)]));
    return [...engines].sort((a, b) => {
      const [x, y] = [value.get(a)!, value.get(b)!];
      const at = x.findIndex((_, i) => x[i] !== y[i]);
      return at < 0 ? 0 : x[at] - y[at];
    });
  }

  private missing(column: Column, engine: string): HTMLElement {
    const failure = failureOf(this.runs, column, engine, this.state.format, this.state.store);
    const tell = (): void => {
      const failed = document.querySelector<HTMLDetailsElement>('#failures');
      if (failed) failed.open = true;
      failed?.scrollIntoView({ block: 'nearest' });
    };
    return failure
      ? h('td', {}, h('button', { type: 'button', class: 'failed', title: failure.message, click: tell }, 'failed'))
      : h(
          'td',
          { class: 'soft' },
          h(
            'span',
            { class: 'none', title: 'not measured' },
            '–',
            h('span', { class: 'hidden-text' }, ' not measured'),
          ),
        );
  }

  private rows(engine: string, columns: Column[], published: PublishedCopy[]): HTMLElement[] {
    const cells = this.shown.filter(({ result }) => result.engine === engine);
    const folded = publishedRows(published, columns);
    const open = this.unfolded.has(engine) || cells.length === 0;
    for (const row of folded) row.hidden = !open;
    if (cells.length === 0) return folded;
    const { result } = cells[0];
    const fold = h(
      'button',
      { type: 'button', class: 'fold', 'aria-expanded': String(open), title: 'What others have published of it' },
      `${count(folded.length)} published`,
    );
    fold.addEventListener('click', () => {
      const now = !this.unfolded.delete(engine);
      if (now) this.unfolded.add(engine);
      fold.setAttribute('aria-expanded', String(now));
      for (const row of folded) row.hidden = !now;
    });
    const version = result.engine_version
      ? h('span', { class: 'soft', title: madeOf(result) }, ` ${result.engine_version}`)
      : null;
    const name = h('span', {}, engineName(engine), version);
    const chosen = engine === this.state.library ? ' chosen' : '';
    return [
      h(
        'tr',
        { class: `${kindOf(engine)}${chosen}` },
        h(
          'th',
          { scope: 'row' },
          h('span', { class: 'engine' }, mark(kindOf(engine)), name, folded.length > 0 ? fold : null),
        ),
        ...columns.map((column) => {
          const found = cells.find((cell) => columnKey(cell.result) === columnKey(column));
          return found ? cellView(found) : this.missing(column, engine);
        }),
      ),
      ...folded,
    ];
  }

  private draw(): void {
    const { format, store, query } = this.state;
    const { shown } = this;
    const columns = columnsOf(shown.map(({ result }) => result));
    const published = uniquePublished(this.runs).filter(
      (row) =>
        row.format === format &&
        row.filesystem === store &&
        columns.some((column) => column.operation === row.operation),
    );
    const engines = each([
      ...shown.map(({ result }) => result.engine),
      ...published.map(({ engine }) => engine),
    ]).filter((engine) => `${engineName(engine)} ${engine}`.toLowerCase().includes(query.trim().toLowerCase()));
    const rows = this.order(engines).flatMap((engine) =>
      this.rows(
        engine,
        columns,
        published.filter((row) => row.engine === engine),
      ),
    );
    this.body.replaceChildren(
      h(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Extra copies by library and case' },
        h(
          'table',
          { class: columns.length > kRoomyColumns ? 'matrix dense' : 'matrix' },
          this.head(columns),
          h('tbody', {}, ...rows),
        ),
      ),
      ...(rows.length === 0
        ? [
            h(
              'p',
              { class: 'soft small' },
              query === '' ? 'Nothing was measured in this format and store.' : `No library here is called “${query}”.`,
            ),
          ]
        : []),
      legend(),
      ...publishedNotes(published),
    );
  }
}

/** Every run carries the published rows: each once. */
function uniquePublished(runs: RunRecord[]): PublishedCopy[] {
  const rows = new Map<string, PublishedCopy>();
  for (const { published } of runs) for (const row of published ?? []) rows.set(JSON.stringify(row), row);
  return [...rows.values()];
}
