// Two runs of the copy study side by side: of each case that both or one measured, what changed.

import { h } from '../dom';
import { duration, plural, ratio } from '../format';
import { glyph } from '../glyph';
import { codecName, CopyRow, engineName, formatName, RunRecord } from '../record';
import { cellName } from '../results/figures_table';

type Pair = [CopyRow | undefined, CopyRow | undefined];

const placeless = (row: CopyRow): string =>
  [row.operation, engineName(row.engine), formatName(row.format), codecName(row.codec)].join(', ');

/** By the name of the case, in the order of the first run. */
function pairs(before: RunRecord, after: RunRecord, nameOf: (row: CopyRow) => string): [string, Pair][] {
  const found = new Map<string, Pair>();
  for (const [side, run] of [before, after].entries())
    for (const row of run.results) {
      const pair = found.get(nameOf(row)) ?? [undefined, undefined];
      pair[side] = row;
      found.set(nameOf(row), pair);
    }
  return [...found];
}

const isInBoth = ([, [a, b]]: [string, Pair]): boolean => a !== undefined && b !== undefined;

const unknown = (value: unknown): boolean => value === null || value === undefined;

/** "1.03", "1.03 → 0.00", "unknown → 0.00". */
function change(pair: Pair, of: (row: CopyRow) => number | null | undefined, text: (n: number) => string): HTMLElement {
  const values = pair.map((row) => row && of(row));
  const texts = values.map((value, side) => (!pair[side] ? '–' : unknown(value) ? 'unknown' : text(value!)));
  const grew = !values.some(unknown) && values[1]! > values[0]! && texts[0] !== texts[1];
  return h(
    'td',
    { class: grew ? 'number cost' : 'number' },
    texts[0] === texts[1] ? texts[0]! : `${texts[0]} → ${texts[1]}`,
  );
}

function factor([before, after]: Pair): string {
  const [a, b] = [before?.seconds?.median, after?.seconds?.median];
  return a && b ? `× ${(b / a).toFixed(2)}` : '–';
}

const copies = (row: CopyRow | undefined): Node[] =>
  row
    ? [
        glyph(row.extra_copies, row.extra_heap, row.proven_copies),
        document.createTextNode(` ${row.extra_copies ?? '?'}`),
      ]
    : [];

export function runDeltas(before: RunRecord, after: RunRecord): HTMLElement[] {
  // Runs into different stores have no case in common: then what differs beside that.
  const named = pairs(before, after, cellName);
  const isElsewhere = !named.some(isInBoth);
  const all = isElsewhere ? pairs(before, after, placeless) : named;
  const both = all.filter(isInBoth);
  const changed = both.filter(([, [a, b]]) => a!.extra_copies !== b!.extra_copies);
  const heads: [string, string | null][] = [
    ...([
      ['Case', null],
      ['Copies before', null],
      ['after', null],
      ['Version', null],
    ] as [string, null][]),
    ...(['Extra heap', 'Copied', 'Time', ''].map((text) => [text, 'number']) as [string, string][]),
  ];
  const rows = all.map(([name, pair]) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      ...pair.map((row) => h('td', {}, ...copies(row))),
      h('td', {}, [...new Set(pair.map((row) => row?.engine_version).filter(Boolean))].join(' → ')),
      change(pair, (row) => row.extra_heap, ratio),
      change(pair, (row) => row.bytes_moved?.user, ratio),
      change(pair, (row) => row.seconds && 1000 * row.seconds.median, duration),
      h('td', { class: 'number' }, factor(pair)),
    ),
  );
  return [
    h(
      'p',
      { class: 'answer' },
      `${plural(both.length, 'case')} in both runs: ${changed.length === 0 ? 'the same extra copies in each' : `other extra copies in ${changed.length}`}.`,
    ),
    h(
      'p',
      { class: 'small soft' },
      `Before: ${before.id}. After: ${after.id}. ${isElsewhere ? 'They were stored in different places. ' : ''}` +
        'Times compare where both were measured on one machine.',
    ),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Both runs, case by case' },
      h(
        'table',
        { class: 'deltas runs-compared' },
        h('thead', {}, h('tr', {}, ...heads.map(([text, kind]) => h('th', { scope: 'col', class: kind }, text)))),
        h('tbody', {}, ...rows),
      ),
    ),
  ];
}
