// The statistics of a range: how many blocks, how big, how many of them freed again, and their sizes as bars.

import { h } from '../dom';
import { bytes, count, share } from '../format';
import { Statistics } from '../profile/statistics';

function fact(term: string, value: string): HTMLElement {
  return h('div', {}, h('dt', {}, term), h('dd', {}, value));
}

/** Bins of two bits, of what holds blocks: from the first to the last, so that gaps are seen. */
function bins({ histogram }: Statistics): { from: number; blocks: number; bytes: number }[] {
  const pairs = Array.from({ length: histogram.blocks.length / 2 }, (_, i) => ({
    from: 4 ** i,
    blocks: histogram.blocks[2 * i] + histogram.blocks[2 * i + 1],
    bytes: histogram.bytes[2 * i] + histogram.bytes[2 * i + 1],
  }));
  const used = pairs.map((pair, i) => (pair.blocks > 0 ? i : -1)).filter((i) => i >= 0);
  return used.length === 0 ? [] : pairs.slice(used[0], used[used.length - 1] + 1);
}

const binary = (n: number): string =>
  n < 1024 ? `${n} B` : n < 2 ** 20 ? `${n / 1024} KiB` : n < 2 ** 30 ? `${n / 2 ** 20} MiB` : `${n / 2 ** 30} GiB`;

export function statisticsView(found: Statistics): HTMLElement {
  const rows = bins(found);
  const most = Math.max(1, ...rows.map((row) => row.bytes));
  const bar = (value: number): HTMLElement => {
    const element = h('span', { class: 'bar', 'aria-hidden': 'true' });
    element.style.width = `${(100 * value) / most}%`;
    element.hidden = value === 0;
    return element;
  };
  return h(
    'div',
    {},
    h(
      'dl',
      { class: 'statistics' },
      fact('Allocated', bytes(found.bytes)),
      fact('Blocks', count(found.blocks)),
      fact('Stacks', count(found.stacks)),
      fact('Largest block', found.blocks > 0 ? bytes(found.largest) : '–'),
      fact(
        'Freed again in the range',
        found.blocks > 0 ? `${count(found.freed)} blocks, ${share(found.freedBytes, found.bytes)} of the bytes` : '–',
      ),
    ),
    rows.length === 0
      ? h('p', { class: 'soft small' }, 'Nothing was allocated in this range.')
      : h(
          'table',
          { class: 'histogram' },
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', { scope: 'col' }, 'Block size'),
              h('th', { scope: 'col', class: 'number' }, 'Blocks'),
              h('th', { scope: 'col', class: 'number' }, 'Bytes'),
              h('td', { class: 'bar-cell' }),
            ),
          ),
          h(
            'tbody',
            {},
            ...rows.map((row) =>
              h(
                'tr',
                {},
                h('th', { scope: 'row' }, `from ${binary(row.from)}`),
                h('td', { class: 'number' }, count(row.blocks)),
                h('td', { class: 'number' }, bytes(row.bytes)),
                h('td', { class: 'bar-cell' }, bar(row.bytes)),
              ),
            ),
          ),
        ),
  );
}
