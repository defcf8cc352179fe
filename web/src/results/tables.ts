// The results as tables: one matrix an operation (glyph and number, linked to the report of the cell), and all figures of
// every cell in one list.

import { h } from '../dom';
import { bytes, count, duration, kNoBreak, ratio } from '../format';
import { kFileGrowthBytes } from '../generated/constants';
import { glyph } from '../glyph';
import { codecName, CopyRow, engineName, formatName, RunRecord, storeName } from '../record';
import { group, mark, MatrixRow, ordered } from './matrix_row';
import { publishedNotes, publishedRows } from './published';

const kOperations: [string, string, string][] = [
  ['write', 'Writes', 'Extra copies while one array is stored, and how long that takes without tracing.'],
  ['read', 'Reads', 'Extra copies while one array is read into memory, and how long that takes without tracing.'],
];

/** Where a cell leads, and what can be done with it; null: nowhere, nothing. */
export interface CellActions {
  href: (result: CopyRow) => string | null;
  check: ((result: CopyRow) => void) | null;
}

export function cellName(result: CopyRow): string {
  return (
    `${result.operation}, ${storeName(result)}, ${engineName(result.engine)}, ${formatName(result.format)}, ` +
    codecName(result.codec)
  );
}

/** What a mapped file adds where it is no longer small beside the array: a buffer that the heap does not show. */
function mappedFiles(result: CopyRow): string {
  const grown = result.resident?.file_growth_bytes ?? 0;
  return grown >= kFileGrowthBytes && result.array_bytes > 0 ? `, files +${ratio(grown / result.array_bytes)}` : '';
}

/** The median of the runs without tracing. */
const took = (result: CopyRow): string => (result.seconds ? `, ${duration(1000 * result.seconds.median)}` : '');

function cell(actions: CellActions, result: CopyRow | undefined): HTMLElement {
  if (!result) return h('td', { class: 'soft' }, 'not measured');
  const number = h('span', { class: 'cell-number' }, result.extra_copies === null ? '–' : count(result.extra_copies));
  const body = [glyph(result.extra_copies, result.extra_heap, result.proven_copies), number];
  const href = actions.href(result);
  return h(
    'td',
    {},
    href !== null
      ? h(
          'a',
          {
            class: 'cell',
            href,
            'aria-label':
              `${cellName(result)}: ${result.extra_copies ?? 'unknown'} ` +
              `extra copies, extra heap ${ratio(result.extra_heap)}; opens the report`,
          },
          ...body,
        )
      : h('span', { class: 'cell' }, ...body),
    h('span', { class: 'cell-heap soft' }, `heap +${ratio(result.extra_heap)}${mappedFiles(result)}${took(result)}`),
  );
}

/** What the engine is made of, as the record tells it: "zarr 3.1.6, numcodecs 0.16.6, python 3.11.7 (3.4.2 needs Python 3.12)". */
function madeOf(result: CopyRow): string | null {
  const libraries = Object.entries(result.libraries ?? {});
  if (libraries.length === 0) return null;
  const newer = result.newer ? ` (${result.newer.version} needs Python ${result.newer.python})` : '';
  return libraries.map((library) => library.join(' ')).join(', ') + newer;
}

function measuredRows(results: CopyRow[], actions: CellActions): MatrixRow[] {
  const key = (r: CopyRow): string => [storeName(r), r.engine, r.engine_version ?? '', r.format].join('\n');
  const rows = new Map<string, CopyRow[]>();
  for (const result of results) rows.set(key(result), [...(rows.get(key(result)) ?? []), result]);
  return [...rows.values()].map((row) => ({
    kind: row[0].engine === 'chunkmark' ? 'own' : 'peer',
    filesystem: row[0].filesystem,
    store: storeName(row[0]),
    format: row[0].format,
    name: [
      document.createTextNode(engineName(row[0].engine)),
      ...(row[0].engine_version
        ? [h('span', { class: 'soft', title: madeOf(row[0]) }, ` ${row[0].engine_version}`)]
        : []),
    ],
    cell: (codec) =>
      cell(
        actions,
        row.find((result) => result.codec === codec),
      ),
  }));
}

function matrix(
  run: RunRecord,
  actions: CellActions,
  operation: string,
  title: string,
  note: string,
): HTMLElement | null {
  const results = run.results.filter((result) => result.operation === operation);
  if (results.length === 0) return null;
  const codecs = [...new Set(results.map((result) => result.codec))].sort(
    (a, b) => Number(b === 'none') - Number(a === 'none'),
  );
  const published = (run.published ?? []).filter((row) => row.operation === operation);
  const rows = ordered([...measuredRows(results, actions), ...publishedRows(published, codecs)]);
  const id = `table-${operation}`;
  return h(
    'section',
    { 'aria-labelledby': id },
    h('header', {}, h('h2', { id }, title), h('p', {}, note)),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-labelledby': id },
      h(
        'table',
        { class: 'matrix' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Engine'),
            h('th', { scope: 'col', class: 'wide-only' }, 'Store'),
            h('th', { scope: 'col', class: 'wide-only' }, 'Format'),
            ...codecs.map((codec) => h('th', { scope: 'col', class: 'codec' }, codecName(codec))),
          ),
        ),
        h(
          'tbody',
          {},
          ...rows.map((row, i) =>
            h(
              'tr',
              { class: i > 0 && group(row) !== group(rows[i - 1]) ? `${row.kind} next-group` : row.kind },
              h(
                'th',
                { scope: 'row' },
                h(
                  'span',
                  { class: 'engine' },
                  mark(row.kind),
                  h(
                    'span',
                    {},
                    ...row.name,
                    h(
                      'span',
                      { class: 'narrow-only small soft' },
                      `${row.store}, ${formatName(row.format).replace(' ', kNoBreak)}`,
                    ),
                  ),
                ),
              ),
              h('td', { class: 'wide-only' }, row.store),
              h('td', { class: 'wide-only' }, formatName(row.format)),
              ...codecs.map(row.cell),
            ),
          ),
        ),
      ),
    ),
    ...publishedNotes(published),
  );
}

function figuresTable(run: RunRecord, { href, check }: CellActions): HTMLElement {
  const heads: [string, string][] = [
    ['Cell', ''],
    ['Extra copies', 'n'],
    ['Extra heap', 'n'],
    ['Copied', 'n'],
    ['In', 'n'],
    ['Out', 'n'],
    ['Realloc', 'n'],
    ['Anonymous', 'n'],
    ['File-backed', 'n'],
    ['Scratch', 'n'],
    ['Time', 'n'],
    ['', ''],
  ];
  const row = (r: CopyRow): HTMLElement => {
    const n = (text: string): HTMLElement => h('td', { class: 'number' }, text);
    const moved = r.bytes_moved;
    const to = href(r);
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, to !== null ? h('a', { href: to }, cellName(r)) : cellName(r)),
      n(r.extra_copies === null ? '–' : count(r.extra_copies)),
      n(ratio(r.extra_heap)),
      n(ratio(moved?.user)),
      n(ratio(moved?.in)),
      n(ratio(moved?.out)),
      n(ratio(moved?.realloc)),
      n(bytes(r.resident?.anonymous_bytes)),
      n(bytes(r.resident?.file_bytes)),
      n(bytes(r.scratch_bytes)),
      n(r.seconds ? duration(1000 * r.seconds.median) : '–'),
      h(
        'td',
        {},
        check && r.capture
          ? h(
              'button',
              {
                type: 'button',
                class: 'plain',
                'aria-label': `Check ${cellName(r)} in your browser`,
                click: () => check(r),
              },
              'check',
            )
          : null,
      ),
    );
  };
  return h(
    'section',
    { 'aria-labelledby': 'all-figures' },
    h(
      'header',
      {},
      h('h2', { id: 'all-figures' }, 'All figures'),
      h('p', {}, 'Extra heap, copied, in, out and realloc are multiples of the array. Memory is traced, time is not.'),
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
            ...heads.map(([text, kind]) =>
              text
                ? h('th', { scope: 'col', class: kind ? 'number' : null }, text)
                : h('td', {}, h('span', { class: 'hidden-text' }, 'Actions')),
            ),
          ),
        ),
        h('tbody', {}, ...run.results.map(row)),
      ),
    ),
  );
}

export function resultTables(run: RunRecord, actions: CellActions): HTMLElement[] {
  const tables = kOperations.map(([operation, title, note]) => matrix(run, actions, operation, title, note));
  return [...tables.filter((table): table is HTMLElement => table !== null), figuresTable(run, actions)];
}
