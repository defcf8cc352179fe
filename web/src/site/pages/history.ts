// History: one case over all runs, as a table and as two small charts, copies and time.

import { byId, h, s } from '../../dom';
import { duration } from '../../format';
import { Cell } from '../../results/cell';
import { cellName } from '../../results/figures_table';
import { historyTable } from '../history_table';
import { answers, answerUrl, loadCell } from '../runs';
import { errorNote, fragment, setFragment, startPage } from '../shell';

const kWidth = 520;
const kHeight = 140;
const kMargin = { left: 56, right: 16, top: 16, bottom: 24 };

/** Points over time from zero up; its numbers stand in the table below. */
function chart(
  title: string,
  cells: Cell[],
  value: (cell: Cell) => number | null,
  text: (value: number) => string,
): HTMLElement {
  const points = cells
    .map((cell) => ({ t: Date.parse(cell.run.created), v: value(cell) }))
    .filter((point): point is { t: number; v: number } => point.v !== null);
  const highest = Math.max(0, ...points.map(({ v }) => v));
  const most = highest || 1;
  const [first, last] = [Math.min(...points.map(({ t }) => t)), Math.max(...points.map(({ t }) => t))];
  const x = (t: number): number =>
    kMargin.left + (last > first ? (t - first) / (last - first) : 0.5) * (kWidth - kMargin.left - kMargin.right);
  const y = (v: number): number => kHeight - kMargin.bottom - (v / most) * (kHeight - kMargin.top - kMargin.bottom);
  const label = (at: number): SVGElement =>
    s('text', { x: kMargin.left - 8, y: y(at) + 4, 'text-anchor': 'end' }, text(at));
  return h(
    'figure',
    { class: 'trend' },
    h('figcaption', { class: 'small soft' }, title),
    s(
      'svg',
      {
        viewBox: `0 0 ${kWidth} ${kHeight}`,
        role: 'img',
        'aria-label': `${title} over runs; the table holds the numbers`,
      },
      ...[0, most].map((at) => s('path', { class: 'rule', d: `M${kMargin.left} ${y(at)}H${kWidth - kMargin.right}` })),
      label(0),
      ...(highest > 0 ? [label(most)] : []),
      s('path', {
        class: 'line',
        d: points
          .sort((a, b) => a.t - b.t)
          .map(({ t, v }, i) => `${i ? 'L' : 'M'}${x(t)} ${y(v)}`)
          .join(''),
      }),
      ...points.map(({ t, v }) => s('circle', { cx: x(t), cy: y(v), r: 4 })),
      ...[first, ...(last > first ? [last] : [])].map((t) =>
        s(
          'text',
          {
            x: x(t),
            y: kHeight - 6,
            'text-anchor': t === first && last > first ? 'start' : t === last && last > first ? 'end' : 'middle',
          },
          Number.isFinite(t) ? new Date(t).toISOString().slice(0, 10) : '',
        ),
      ),
    ),
  );
}

async function start(): Promise<void> {
  void startPage();
  const into = byId('history');
  const choice = byId<HTMLSelectElement>('case');
  try {
    const all = await answers();
    if (all.length === 0) throw new Error('answers/index.json: expected cases, found none');
    const names = await Promise.all(
      all.map(async (one) => [one.page, cellName((await loadCell(one.page, one.cells[0])).result)]),
    );
    choice.replaceChildren(...names.map(([page, name]) => h('option', { value: page }, name)));
    choice.disabled = false;
    const show = async (): Promise<void> => {
      const wanted = fragment().get('case');
      const chosen = all.find(({ page }) => page === wanted) ?? all[0];
      choice.value = chosen.page;
      const cells = await Promise.all(chosen.cells.map((cell) => loadCell(chosen.page, cell)));
      into.replaceChildren(
        h(
          'div',
          { class: 'trends' },
          chart(
            'Extra heap, in arrays',
            cells,
            ({ result }) => result.extra_heap,
            (v) => v.toFixed(2),
          ),
          chart(
            'Time, median',
            cells,
            ({ result }) => (result.seconds ? 1000 * result.seconds.median : null),
            (v) => duration(v),
          ),
        ),
        historyTable(cells),
        h('p', {}, h('a', { href: answerUrl(chosen.page) }, 'The page of this case')),
      );
    };
    choice.addEventListener('change', () => {
      setFragment({ case: choice.value });
      void show();
    });
    window.addEventListener('hashchange', () => void show());
    await show();
  } catch (error) {
    into.replaceChildren(errorNote(error, 'Make runs with chunkmark copies, and the site anew.'));
  }
}

void start();
