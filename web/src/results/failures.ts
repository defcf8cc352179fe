// What a run could not measure, by case, so that a cell that is not there is not taken for one that was not asked for.

import { h } from '../dom';
import type { Failure } from '../record';

export function failures(run: { failures?: Failure[] }): HTMLElement[] {
  const failed = run.failures ?? [];
  if (failed.length === 0) return [];
  return [
    h(
      'section',
      { 'aria-labelledby': 'failures' },
      h('header', {}, h('h2', { id: 'failures' }, 'Not measured'), h('p', {}, 'Cases that failed, and what was said.')),
      h(
        'ul',
        { class: 'failures' },
        ...failed.map(({ case: name, message }) =>
          h(
            'li',
            {},
            h('code', {}, name),
            ' ',
            message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message,
          ),
        ),
      ),
    ),
  ];
}
