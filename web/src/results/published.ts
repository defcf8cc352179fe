// Rows that others have published, folded under the measured ones: labelled, dated, linked, and never taken for ours.

import { h } from '../dom';
import { count, ratio } from '../format';
import { glyph } from '../glyph';
import { codecName, engineName, filesystemName, formatName, PublishedCopy } from '../record';
import { Column, columnKey } from './cell';
import { mark } from './mark';

/** A link only to where a browser may go: a record may come from anywhere. */
function link(
  address: string | null | undefined,
  attributes: Record<string, string>,
  ...children: (Node | string)[]
): HTMLElement {
  return address && /^https?:\/\//.test(address)
    ? h('a', { href: address, rel: 'noopener noreferrer', ...attributes }, ...children)
    : h('span', { class: attributes.class ?? null }, ...children);
}

function cell(row: PublishedCopy | undefined, codec: string): HTMLElement {
  if (!row)
    return h(
      'td',
      { class: 'soft' },
      h('span', { class: 'none' }, '–', h('span', { class: 'hidden-text' }, ' not published')),
    );
  const heap = row.extra_heap === null ? 'heap not shown' : `heap +${ratio(row.extra_heap)}`;
  return h(
    'td',
    {},
    link(
      row.report,
      {
        class: 'cell',
        'aria-label':
          `published by ${row.source}: ${row.operation}, ${engineName(row.engine)}, ${codecName(row.codec)}: ` +
          `${count(row.extra_copies)} extra copies; opens its report`,
      },
      glyph(row.extra_copies, row.extra_heap),
      h('span', { class: 'cell-number' }, count(row.extra_copies)),
    ),
    h('span', { class: 'cell-heap soft' }, row.codec === codec ? heap : `${heap}, ${codecName(row.codec)}`),
  );
}

/** Whether the row stands in this column: its codec's, or, as in the published tables, that of another compressor. */
function isIn(row: PublishedCopy, column: Column, columns: Column[]): boolean {
  if (row.operation !== column.operation) return false;
  if (row.codec === column.codec) return true;
  const own = columns.some((other) => columnKey(other) === columnKey(row));
  const first = columns.find(({ operation, codec }) => operation === row.operation && codec !== 'none');
  return !own && row.codec !== 'none' && first !== undefined && columnKey(first) === columnKey(column);
}

/** One table row for each version that was published of an engine. */
export function publishedRows(published: PublishedCopy[], columns: Column[]): HTMLTableRowElement[] {
  const rows = new Map<string, PublishedCopy[]>();
  for (const row of published) {
    const key = [row.source, row.engine, row.zarr_python ?? ''].join('\n');
    rows.set(key, [...(rows.get(key) ?? []), row]);
  }
  return [...rows.values()].map((row) => {
    const { engine, zarr_python: version, source, url, published: when } = row[0];
    const below = version ? (engine.startsWith('zarr-python') ? ` ${version}` : ` with zarr-python ${version}`) : '';
    return h(
      'tr',
      { class: 'published' },
      h(
        'th',
        { scope: 'row' },
        h(
          'span',
          { class: 'engine' },
          mark('published'),
          h(
            'span',
            {},
            `${engineName(engine)}${below}`,
            h('span', { class: 'published-by small' }, 'published, ', link(url, {}, `${source} ${when.slice(0, 4)}`)),
          ),
        ),
      ),
      ...columns.map((column) =>
        cell(
          row.find((one) => isIn(one, column, columns)),
          column.codec,
        ),
      ),
    );
  });
}

/** What the diamond means, and what a reader must know of single rows. */
export function publishedNotes(published: PublishedCopy[]): HTMLElement[] {
  if (published.length === 0) return [];
  const { source, url, published: when } = published[0];
  return [
    h(
      'p',
      { class: 'published-note small soft' },
      mark('published'),
      ' Published by ',
      link(url, {}, source),
      `, ${when}; not measured here.`,
    ),
    ...published
      .filter((row) => row.note)
      .map((row) =>
        h(
          'p',
          { class: 'published-note small soft' },
          `${engineName(row.engine)}${row.zarr_python ? ` ${row.zarr_python}` : ''}, ${formatName(row.format)}, ` +
            `${row.operation}, ${filesystemName(row.filesystem)}, ${codecName(row.codec)}: ${row.note}`,
        ),
      ),
  ];
}
