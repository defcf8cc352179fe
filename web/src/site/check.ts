// "Check this in your browser": fetches a cell's capture, has chunkmark-core inspect it in a worker, and prints both columns.

import { CoreWorker } from '../core_worker_client';
import { byId, h } from '../dom';
import { bytes, count, plural } from '../format';
import type { Cell } from '../results/cell';
import { cellName } from '../results/figures_table';
import { compareFigures, Line } from './compare';
import { runPath, runUrl } from './runs';
import { errorNote } from './shell';

function value(kind: Line['kind'], n: number | null): string {
  if (n === null) return '–';
  return kind === 'count' ? count(n) : String(Number(n.toPrecision(7)));
}

function comparison(lines: Line[]): HTMLElement {
  const differing = lines.filter((line) => !line.equal).length;
  return h(
    'div',
    {},
    h(
      'p',
      { class: 'check-verdict' },
      lines.length === 0
        ? 'Neither side could tell a figure.'
        : differing === 0
          ? `Equal: all ${plural(lines.length, 'figure')} agree to the last bit.`
          : `${plural(differing, 'figure differs', 'figures differ')} of ${lines.length}.`,
    ),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Native and WebAssembly figures' },
      h(
        'table',
        { class: 'comparison' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Figure'),
            h('th', { scope: 'col', class: 'number' }, 'Native'),
            h('th', { scope: 'col', class: 'number' }, 'WebAssembly, here'),
            h('th', { scope: 'col' }, ''),
          ),
        ),
        h(
          'tbody',
          {},
          ...lines.map((line) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, line.name),
              h('td', { class: 'number' }, value(line.kind, line.native)),
              h('td', { class: 'number' }, value(line.kind, line.here)),
              h('td', { class: line.equal ? 'equal' : 'differs' }, line.equal ? 'equal' : 'differs'),
            ),
          ),
        ),
      ),
    ),
  );
}

export class Check {
  private readonly start = byId<HTMLButtonElement>('check-start');
  private readonly choice = byId<HTMLSelectElement>('check-cell');
  private readonly output = byId('check-result');
  private cells: Cell[] = [];

  constructor(private readonly worker: () => CoreWorker) {
    this.start.addEventListener('click', () => void this.check(this.cells[this.choice.selectedIndex]));
  }

  /** Offers the cells that have a capture. */
  offer(cells: Cell[]): void {
    this.cells = cells.filter(({ result }) => result.capture);
    if (this.cells.length === 0) return;
    this.choice.replaceChildren(...this.cells.map((cell) => h('option', {}, cellName(cell.result))));
    this.choice.disabled = false;
    this.start.disabled = false;
  }

  private async check({ run, result }: Cell): Promise<void> {
    if (!result.capture) return;
    this.start.disabled = true;
    try {
      const path = runPath(run.id, result.capture);
      this.output.replaceChildren(h('p', { class: 'soft' }, `Fetching ${path}…`));
      const response = await fetch(runUrl(run.id, result.capture));
      if (!response.ok) throw new Error(`${path}: expected a capture, the server answered ${response.status}`);
      const data = await response.arrayBuffer();
      this.output.replaceChildren(h('p', { class: 'soft' }, `Reading ${bytes(data.byteLength)} with WebAssembly…`));
      const here = await this.worker().call('profile.inspect', { array_bytes: result.array_bytes }, data);
      this.output.replaceChildren(comparison(compareFigures(result, here)));
    } catch (error) {
      this.output.replaceChildren(errorNote(error, 'Nothing was compared; the published figures stand as they are.'));
    } finally {
      this.start.disabled = false;
    }
  }
}
