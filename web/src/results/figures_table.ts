// All figures of every cell in one list, folded until asked for.

import { h } from '../dom';
import { bytes, count, duration, ratio } from '../format';
import { codecName, CopyRow, engineName, formatName, storeName } from '../record';
import { Cell } from './cell';

export function cellName(result: CopyRow): string {
  return (
    `${result.operation}, ${storeName(result)}, ${engineName(result.engine)}, ${formatName(result.format)}, ` +
    codecName(result.codec)
  );
}

const kHeads = [
  ...['Extra copies', 'Extra heap', 'Copied', 'In', 'Out', 'Realloc', 'Anonymous', 'File-backed', 'Scratch'],
  ...['Time', 'least', 'most'],
];

function row({ result: r, href }: Cell): HTMLElement {
  const moved = r.bytes_moved;
  const time = (seconds: number | undefined): string => (seconds === undefined ? '–' : duration(1000 * seconds));
  const texts = [
    r.extra_copies === null ? '–' : count(r.extra_copies),
    ...[r.extra_heap, moved?.user, moved?.in, moved?.out, moved?.realloc].map(ratio),
    ...[r.resident?.anonymous_bytes, r.resident?.file_bytes, r.scratch_bytes].map(bytes),
    ...[r.seconds?.median, r.seconds?.min, r.seconds?.max].map(time),
  ];
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, href !== null ? h('a', { href }, cellName(r)) : cellName(r)),
    ...texts.map((text) => h('td', { class: 'number' }, text)),
  );
}

export function figuresTable(cells: Cell[]): HTMLElement {
  const rounds = Math.max(0, ...cells.map(({ result }) => result.seconds?.repeat ?? 0));
  return h(
    'details',
    { class: 'folded' },
    h('summary', {}, 'All figures'),
    h(
      'p',
      { class: 'small soft' },
      'Extra heap, copied, in, out and realloc are multiples of the array. Memory is traced, time is not' +
        `${rounds > 0 ? `: the median of ${rounds} rounds, the least and the most` : ''}.`,
    ),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'All figures' },
      h(
        'table',
        { class: 'all-figures' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Case'),
            ...kHeads.map((text) => h('th', { scope: 'col', class: 'number' }, text)),
          ),
        ),
        h('tbody', {}, ...cells.map(row)),
      ),
    ),
  );
}
