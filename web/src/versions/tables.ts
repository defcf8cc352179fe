// The study in tables: the numbers of one chart, all figures of a workload, and what each engine promises.

import { h } from '../dom';
import { bytes, count, duration, kUnknown } from '../format';
import { kVersionEngines } from '../generated/constants';
import type { VersionRecord, VersionRow } from '../generated/version_record';
import type { Mark } from './chart';
import { engineTitle, Figure } from './figures';

/** The numbers of a chart, for who cannot see it, or wants them. */
export function numbers(figure: Figure, marks: Mark[], caption: string): HTMLElement {
  const many = new Set(marks.map((mark) => mark.n)).size > 1;
  return h(
    'details',
    { class: 'numbers' },
    h('summary', {}, 'Numbers', h('span', { class: 'hidden-text' }, ` of ${figure.title}, ${caption}`)),
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Engine'),
          many && h('th', { scope: 'col', class: 'number' }, 'Transactions'),
          h('th', { scope: 'col', class: 'number' }, figure.title),
        ),
      ),
      h(
        'tbody',
        {},
        ...marks.map((mark) =>
          h(
            'tr',
            { class: mark.kind },
            h('th', { scope: 'row' }, mark.name),
            many && h('td', { class: 'number' }, count(mark.n)),
            h('td', { class: 'number' }, mark.short),
          ),
        ),
      ),
    ),
  );
}

type Column = [string, (row: VersionRow) => string];
const seconds = (value: number | null | undefined): string =>
  value === null || value === undefined ? kUnknown : duration(1000 * value);
const kColumns: Column[] = [
  ['File', (row) => bytes(row.file_bytes)],
  ['Metadata', (row) => bytes(row.metadata_bytes)],
  ['Padding', (row) => bytes(row.padding_bytes)],
  ['Creation', (row) => seconds(row.creation_seconds)],
  ['CPU', (row) => seconds(row.creation_processor_seconds)],
  ['A version', (row) => duration(row.mean_ms)],
  ['Median', (row) => duration(row.median_ms)],
  ['First tenth', (row) => duration(row.first_decile_ms)],
  ['Last tenth', (row) => duration(row.last_decile_ms)],
  ['Read all', (row) => seconds(row.read_all_seconds)],
  ['Open all', (row) => seconds(row.open_all_seconds)],
  ['Read latest', (row) => duration(row.read_latest_ms?.median)],
  ['Read first', (row) => duration(row.read_first_ms?.median)],
  ['Read middle', (row) => duration(row.read_middle_ms?.median)],
  ['Open latest', (row) => duration(row.open_latest_ms?.median)],
  ['Peak heap', (row) => bytes(row.peak_heap_bytes)],
  ['Copied', (row) => bytes(row.bytes_moved?.user)],
  ['In', (row) => bytes(row.bytes_moved?.in)],
  ['Out', (row) => bytes(row.bytes_moved?.out)],
];

/** Every figure of every row. `href`: where a row's capture is, or null. */
export function allFigures(rows: VersionRow[], href: (row: VersionRow) => string | null): HTMLElement {
  const about = (row: VersionRow): string =>
    `${engineTitle(row)}, ${count(row.transactions)}, chunks of ${count(row.chunk_size)}, ${row.compression}`;
  const traced = Math.max(0, ...rows.map((row) => row.traced_transactions ?? 0));
  return h(
    'section',
    { 'aria-labelledby': 'all-figures' },
    h(
      'header',
      {},
      h('h3', { id: 'all-figures' }, 'All figures'),
      h(
        'p',
        {},
        'Times are of replays without tracing.' +
          (traced > 0
            ? ` Heap and bytes moved are of one more replay, of at most ${count(traced)} transactions, under the ` +
              'tracer; its capture is behind the name. Copied, in and out are per version.'
            : ''),
      ),
    ),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-labelledby': 'all-figures' },
      h(
        'table',
        { class: 'all-figures' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Engine, transactions, chunks'),
            ...kColumns.map(([title]) => h('th', { scope: 'col', class: 'number' }, title)),
          ),
        ),
        h(
          'tbody',
          {},
          ...rows.map((row) => {
            const to = href(row);
            const name = about(row);
            return h(
              'tr',
              {},
              h('th', { scope: 'row' }, to !== null ? h('a', { href: to, download: '' }, name) : name),
              ...kColumns.map(([, text]) => h('td', { class: 'number' }, text(row))),
            );
          }),
        ),
      ),
    ),
  );
}

/** What differs between the engines besides the figures. */
export function promises(run: VersionRecord): HTMLElement {
  const measured = kVersionEngines.filter(({ name }) => run.results.some((row) => row.engine === name));
  const madeOf = (name: string): string => {
    const row = run.results.find((each) => each.engine === name)!;
    const libraries = Object.entries(row.libraries ?? {});
    return libraries.length > 0 ? libraries.map((each) => each.join(' ')).join(', ') : (row.engine_version ?? '');
  };
  return h(
    'section',
    { 'aria-labelledby': 'promises' },
    h(
      'header',
      {},
      h('h2', { id: 'promises' }, 'What each promises'),
      h('p', {}, 'Engines differ in more than the figures say.'),
    ),
    h(
      'table',
      { class: 'promises' },
      h(
        'tbody',
        {},
        ...measured.map(({ name, title, promise }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, title, h('span', { class: 'published-by small' }, madeOf(name))),
            h('td', {}, promise),
          ),
        ),
      ),
    ),
  );
}
