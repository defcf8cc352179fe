// What could not be measured, by case, so that a cell that is not there is not taken for one that was not asked for. Folded:
// the matrix says which cells failed.

import { h } from '../dom';
import { plural } from '../format';
import type { Failure } from '../record';

export function failures(failed: Failure[]): HTMLElement[] {
  if (failed.length === 0) return [];
  return [
    h(
      'details',
      { class: 'folded', id: 'failures' },
      h('summary', {}, `Not measured: ${plural(failed.length, 'case')} failed`),
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
