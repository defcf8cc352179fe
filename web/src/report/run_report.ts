// A whole run in one file: the tables of results, and the report of the cell that the reader chooses, in the same page. The
// fragment "cell=3" names the cell; a report's own choices follow it.

import { h } from '../dom';
import { ReportData } from '../profile/data';
import { RunRecord } from '../record';
import { answer } from '../results/answer';
import { reproduce } from '../results/reproduce';
import { cellName } from '../results/figures_table';
import { runTables } from '../results/run_tables';
import { mountReport } from './mount';

export interface RunReportData {
  schema: 'chunkmark.run-report/1';
  run: RunRecord;
  /** One for each result of the run, null where there is no capture. */
  reports: (ReportData | null)[];
}

function chosen(data: RunReportData): number {
  const found = /(?:^|&)cell=(\d+)(?:&|$)/.exec(location.hash.slice(1));
  const index = found ? Number(found[1]) : -1;
  return data.reports[index] ? index : -1;
}

function overview(data: RunReportData): HTMLElement {
  const { run, reports } = data;
  const cells = run.results.map((result, i) => ({ run, result, href: reports[i] ? `#cell=${i}` : null }));
  const env = run.environment ?? {};
  const { command, where } = reproduce(run.results, run.settings);
  const machine = [env.cpu, env.cores ? `${env.cores} cores` : '', env.os].filter(Boolean).join(', ');
  return h(
    'div',
    {},
    h(
      'div',
      { class: 'verdict' },
      h('p', { class: 'eyebrow' }, `Run ${run.id}`),
      h('h1', {}, 'What storing an array really costs'),
      answer(run.results),
    ),
    ...runTables(cells, [run]),
    h(
      'section',
      {},
      h(
        'p',
        { class: 'small soft' },
        `Measured ${run.created.slice(0, 10)} by Chunkmark ${run.version}, ${run.host}` +
          `${machine ? `, on ${machine}` : ''}. Reproduce${where ? `, ${where}` : ''}: `,
        h('code', {}, command),
      ),
    ),
  );
}

/** Rejects when a report's data do not hold together. */
export async function mountRun(into: HTMLElement, data: RunReportData): Promise<void> {
  if (data.reports.length !== data.run.results.length) {
    throw new Error(`run report: expected ${data.run.results.length} reports, found ${data.reports.length}`);
  }
  let shown: number | null = null;
  const show = async (): Promise<void> => {
    const index = chosen(data);
    if (index === shown) return;
    const moved = shown !== null;
    shown = index;
    if (index < 0) {
      document.title = `${data.run.id} · Chunkmark`;
      into.replaceChildren(overview(data));
    } else {
      const article = h('article', {});
      document.title = `${cellName(data.run.results[index])} · Chunkmark`;
      into.replaceChildren(
        h('p', { class: 'back screen-only' }, h('a', { href: '#' }, 'All results of the run')),
        article,
      );
      await mountReport(
        article,
        { ...data.reports[index]!, result: data.run.results[index] },
        { heading: 'h1', fragment: `cell=${index}` },
      );
    }
    if (moved) window.scrollTo(0, 0);
  };
  window.addEventListener('popstate', () => void show());
  window.addEventListener('hashchange', () => void show());
  await show();
}
