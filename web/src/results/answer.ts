// The second sentence of the site: the answer to the question, with a number in it, computed from the cells that are shown.
// All that tie are named.

import { h } from '../dom';
import { bytes, count } from '../format';
import { glyph } from '../glyph';
import { codecName, CopyRow, engineName } from '../record';
import { columnKey, columnsOf, list } from './cell';

/** In words where it is none. */
const some = (copies: number): string => (copies === 0 ? 'none' : count(copies));
const doing = ({ operation, codec }: CopyRow): string =>
  `${operation === 'write' ? 'writing' : 'reading'} ${codecName(codec)}`;

interface Engine {
  name: string;
  cells: CopyRow[];
  most: number;
}

function enginesOf(results: CopyRow[]): Engine[] {
  return [...new Set(results.map(({ engine }) => engine))].map((name) => {
    const cells = results.filter(({ engine }) => engine === name);
    return { name, cells, most: Math.max(...cells.map((cell) => cell.extra_copies!)) };
  });
}

/** In plain text; null: no cell counted its copies. */
export function answerText(results: CopyRow[]): string | null {
  const counted = results.filter((result) => result.extra_copies !== null);
  if (counted.length === 0) return null;
  const engines = enginesOf(counted);
  const cases = Math.max(...engines.map(({ cells }) => cells.length));
  // One case measured says nothing of the others: only who has all of them has a place in "every case".
  const whole = engines.filter(({ cells }) => cells.length === cases);
  const least = Math.min(...whole.map(({ most }) => most));
  const most = Math.max(...engines.map((engine) => engine.most));
  const best = list(whole.filter((engine) => engine.most === least).map(({ name }) => engineName(name)));
  const every = cases === 1 ? 'the one case' : `all ${cases} cases`;
  if (most === least)
    return engines.length === 1
      ? `${least === 0 ? 'None' : `At most ${most}`}: ${best}, in ${every} here.`
      : `${least === 0 ? 'None' : `At most ${most}`}, whichever of these: ${best}.`;
  const worst = counted.filter(({ extra_copies }) => extra_copies === most);
  const where = new Set(worst.map(columnKey)).size <= 2 ? ` (${list(worst.map(doing))})` : '';
  return (
    `From none to ${count(most)}, by library. ${least === 0 ? 'None' : `At most ${some(least)}`} in ${every}: ${best}. ` +
    `The most, ${count(most)}: ${list(worst.map(({ engine }) => engineName(engine)))}${where}.`
  ).replace('From none', `From ${some(Math.min(...counted.map((cell) => cell.extra_copies!)))}`);
}

export function answer(results: CopyRow[]): HTMLElement {
  const text = answerText(results);
  return h('p', { class: 'answer' }, text ?? 'No cell of the latest run counted its copies.');
}

/** What one library needs, case by case; each case leads where `href` says. */
export function libraryAnswer(
  results: CopyRow[],
  engine: string,
  href: (result: CopyRow) => string | null,
): HTMLElement {
  const order = columnsOf(results).map(columnKey);
  const cells = results
    .filter((result) => result.engine === engine)
    .sort((a, b) => order.indexOf(columnKey(a)) - order.indexOf(columnKey(b)));
  if (cells.length === 0) return h('p', {}, `${engineName(engine)} was not measured here, in this format and store.`);
  return h(
    'ul',
    { class: 'cases' },
    ...cells.map((result) => {
      const to = href(result);
      const words = [
        glyph(result.extra_copies, result.extra_heap, result.proven_copies),
        ` ${result.extra_copies === null ? 'unknown' : some(result.extra_copies)} ${doing(result)}`,
      ];
      return h('li', {}, to ? h('a', { href: to }, ...words) : h('span', {}, ...words));
    }),
  );
}

export const arraySize = (results: CopyRow[]): string | null => {
  const sizes = new Set(results.map((result) => result.array_bytes));
  return sizes.size === 1 ? bytes([...sizes][0]) : null;
};
