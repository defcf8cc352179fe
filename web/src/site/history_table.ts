// The same case over runs: what was measured when, of which version.

import { h } from '../dom';
import { bytes, duration, ratio } from '../format';
import { glyph } from '../glyph';
import type { Cell } from '../results/cell';
import { siteUrl } from './shell';

export function historyTable(cells: Cell[]): HTMLElement {
  const heads: [string, string | null][] = [
    ['Run', null],
    ['Version', null],
    ['Array', 'number'],
    ['Extra copies', null],
    ['Extra heap', 'number'],
    ['Time', 'number'],
  ];
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'The case over runs' },
    h(
      'table',
      { class: 'history' },
      h('thead', {}, h('tr', {}, ...heads.map(([text, kind]) => h('th', { scope: 'col', class: kind }, text)))),
      h(
        'tbody',
        {},
        ...[...cells]
          .sort((a, b) => (a.run.created < b.run.created ? 1 : -1))
          .map(({ run, result }) =>
            h(
              'tr',
              {},
              h(
                'th',
                { scope: 'row' },
                h(
                  'a',
                  { href: siteUrl(`run.html#id=${encodeURIComponent(run.id)}`) },
                  run.created.replace('T', ' ').slice(0, 16),
                ),
              ),
              h('td', {}, result.engine_version ?? '–'),
              h('td', { class: 'number' }, bytes(result.array_bytes)),
              h(
                'td',
                {},
                glyph(result.extra_copies, result.extra_heap, result.proven_copies),
                ` ${result.extra_copies ?? '–'}`,
              ),
              h('td', { class: 'number' }, ratio(result.extra_heap)),
              h('td', { class: 'number' }, result.seconds ? duration(1000 * result.seconds.median) : '–'),
            ),
          ),
      ),
    ),
  );
}
