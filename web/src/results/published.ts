// Rows that others have published, beside the measured ones: labelled, dated, linked, and never taken for ours.

import { h } from '../dom';
import { count, ratio } from '../format';
import { glyph } from '../glyph';
import { codecName, engineName, filesystemName, PublishedCopy } from '../record';
import { mark, MatrixRow } from './matrix_row';

/** "2025-03/05" -> "2025". */
const year = (published: string): string => published.slice(0, 4);

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
  if (!row) return h('td', { class: 'soft' }, 'not published');
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

/** The column of a published row: its codec's, or, as in the published tables, that of another compressor. */
function column(row: PublishedCopy, codecs: string[]): string | undefined {
  return (
    codecs.find((codec) => codec === row.codec) ??
    (row.codec === 'none' ? undefined : codecs.find((codec) => codec !== 'none'))
  );
}

export function publishedRows(published: PublishedCopy[], codecs: string[]): MatrixRow[] {
  const key = (row: PublishedCopy): string =>
    [row.source, row.filesystem, row.engine, row.zarr_python ?? '', row.format].join('\n');
  const rows = new Map<string, PublishedCopy[]>();
  for (const row of published) if (column(row, codecs)) rows.set(key(row), [...(rows.get(key(row)) ?? []), row]);
  return [...rows.values()].map((row) => {
    const { engine, zarr_python: version, source, url, published: when, filesystem, format } = row[0];
    const own = engine.startsWith('zarr-python');
    return {
      kind: 'published',
      filesystem,
      store: filesystemName(filesystem),
      format,
      name: [
        document.createTextNode(engineName(engine)),
        h('span', { class: 'soft' }, version ? (own ? ` ${version}` : ` with zarr-python ${version}`) : ''),
        h('span', { class: 'published-by small' }, 'published, ', link(url, {}, `${source} ${year(when)}`)),
      ],
      cell: (codec) =>
        cell(
          row.find((one) => column(one, codecs) === codec),
          codec,
        ),
    };
  });
}

/** What the diamond means, and what a reader must know of single rows. */
export function publishedNotes(published: PublishedCopy[]): HTMLElement[] {
  if (published.length === 0) return [];
  const { source, url, published: when } = published[0];
  const noted = published.filter((row) => row.note);
  return [
    h(
      'p',
      { class: 'published-note small soft' },
      mark('published'),
      ' Published by ',
      link(url, {}, source),
      `, ${when}; not measured here.`,
    ),
    ...noted.map((row) =>
      h(
        'p',
        { class: 'published-note small soft' },
        `${engineName(row.engine)}${row.zarr_python ? ` ${row.zarr_python}` : ''}, ${filesystemName(row.filesystem)}, ${codecName(row.codec)}: ${row.note}`,
      ),
    ),
  ];
}
