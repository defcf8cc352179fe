// The second sentence of the site: the answer to the question, with a number in it, computed from the run that is shown.

import { h } from '../dom';
import { bytes } from '../format';
import { glyph } from '../glyph';
import { codecName, CopyRow, engineName, formatName, isMemory, RunRecord, storeName } from '../record';
import { copiesInWords } from '../report/verdict';

function where(result: CopyRow): string {
  const codec = result.codec === 'none' ? 'an uncompressed' : `a ${codecName(result.codec)}-compressed`;
  return `${codec} ${formatName(result.format)} array ${isMemory(result.store_filesystem) ? 'in' : 'on'} ${storeName(result)}`;
}

/** "Zarr 2", "Zarr 2 and Zarr 3", "none, blosc and zstd": each once, in the order of the run. */
function list(names: string[]): string {
  const each = [...new Set(names)];
  return each.length < 2 ? each.join('') : `${each.slice(0, -1).join(', ')} and ${each[each.length - 1]}`;
}

/** All cells of the engine that has the most of them and an extra copy in none; of several the first. */
function cleanest(results: CopyRow[]): CopyRow[] {
  const engines = [...new Set(results.map((result) => result.engine))].map((engine) =>
    results.filter((result) => result.engine === engine),
  );
  const clean = engines.filter((cells) => cells.every((cell) => cell.extra_copies === 0));
  return clean.sort((a, b) => b.length - a.length)[0] ?? [];
}

const doing = (result: CopyRow): string => (result.operation === 'write' ? 'writing' : 'reading');

function answerOf(results: CopyRow[]): [CopyRow, string] {
  const clean = cleanest(results);
  if (clean.length > 0) {
    const cells = clean.length === 1 ? 'its one cell' : `any of its ${clean.length} cells`;
    return [
      clean[0],
      `None. ${engineName(clean[0].engine)} holds no extra copy in ${cells}: ${list(clean.map(doing))}, ` +
        `${list(clean.map((cell) => formatName(cell.format)))}, ${list(clean.map((cell) => codecName(cell.codec)))}.`,
    ];
  }
  const [best] = [...results].sort(
    (a, b) => a.extra_copies! - b.extra_copies! || (a.extra_heap ?? 0) - (b.extra_heap ?? 0),
  );
  return [best, `${engineName(best.engine)} has ${copiesInWords(best.extra_copies!)} ${doing(best)} ${where(best)}.`];
}

export function answer(run: RunRecord): HTMLElement {
  const counted = run.results.filter((result) => result.extra_copies !== null);
  if (counted.length === 0) return h('p', { class: 'answer' }, 'No cell of the latest run counted its copies.');
  const [best, lead] = answerOf(counted);
  const worst = counted.reduce((a, b) => (b.extra_copies! > a.extra_copies! ? b : a), best);
  const against =
    worst.extra_copies! > best.extra_copies!
      ? ` The most here is ${worst.extra_copies}, by ${engineName(worst.engine)} ${doing(worst)} ${where(worst)}.`
      : '';
  return h(
    'p',
    { class: 'answer' },
    h('span', { class: 'answer-glyph' }, glyph(best.extra_copies, best.extra_heap)),
    ' ',
    `${lead}${against}`,
  );
}

export const arraySize = (run: RunRecord): string | null => {
  const sizes = new Set(run.results.map((result) => result.array_bytes));
  return sizes.size === 1 ? bytes([...sizes][0]) : null;
};
