// The second sentence of the site: the answer to the question, with a number in it, computed from the run that is shown.

import { h } from '../dom';
import { bytes, ratio } from '../format';
import { glyph } from '../glyph';
import { codecName, CopiesResult, engineName, filesystemName, formatName, RunRecord } from '../record';
import { copiesInWords } from '../report/verdict';

function where(result: CopiesResult): string {
  const codec = result.codec === 'none' ? 'an uncompressed' : `a ${codecName(result.codec)}-compressed`;
  return `${codec} ${formatName(result.format)} array on ${filesystemName(result.filesystem)}`;
}

/** The cell that answers: the fewest copies among writes, else among reads; ties by extra heap. */
export function bestCell(results: CopiesResult[]): CopiesResult | null {
  const counted = results.filter((result) => result.extra_copies !== null);
  const writes = counted.filter((result) => result.operation === 'write');
  const among = writes.length > 0 ? writes : counted;
  const order = [...among].sort((a, b) => a.extra_copies! - b.extra_copies! || (a.extra_heap ?? 0) - (b.extra_heap ?? 0));
  return order[0] ?? null;
}

export function answer(run: RunRecord): HTMLElement {
  const best = bestCell(run.results);
  if (!best) return h('p', { class: 'answer' }, 'No cell of the latest run counted its copies.');
  const alike = run.results.filter((result) => result.operation === best.operation && result.extra_copies !== null
    && result.array_bytes === best.array_bytes);
  const worst = alike.reduce((a, b) => (b.extra_copies! > a.extra_copies! ? b : a), best);
  const verb = best.operation === 'write' ? 'writes' : 'reads';
  const first = best.extra_copies === 0 ? 'None. ' : '';
  const heap = best.extra_heap === null ? '' : `; its extra heap is ${ratio(best.extra_heap)} of the array`;
  const lead = `${first}${engineName(best.engine)} ${verb} ${where(best)} with ${copiesInWords(best.extra_copies!)}${heap}.`;
  const against = worst.extra_copies! > best.extra_copies!
    ? ` The most of any ${best.operation} here is ${worst.extra_copies}, by ${engineName(worst.engine)} with ${where(worst)}.` : '';
  return h('p', { class: 'answer' }, h('span', { class: 'answer-glyph' }, glyph(best.extra_copies, best.extra_heap)), ' ', `${lead}${against}`);
}

export const arraySize = (run: RunRecord): string | null => {
  const sizes = new Set(run.results.map((result) => result.array_bytes));
  return sizes.size === 1 ? bytes([...sizes][0]) : null;
};
