// The transaction study as a page: the answer, one workload at a time in small multiples over chunk size and compression, and
// all figures. Used by the self-contained report and by the site. The fragment keeps what is chosen: "#mostly_appends&linear".

import { h, s } from '../dom';
import { count } from '../format';
import type { VersionRecord, VersionRow } from '../generated/version_record';
import { failures } from '../results/failures';
import { quoted } from '../results/reproduce';
import { chart, Mark } from './chart';
import { Figure, kFigures, kWorkloads } from './figures';
import { answerText, Cell, cells, cellTitle, figureMarks, seriesMarks } from './marks';
import { allFigures, numbers, promises } from './tables';

export interface VersionsOptions {
  /** Where a row's capture is; null: nowhere. */
  href: (row: VersionRow) => string | null;
}

function choice<T extends string>(
  legend: string,
  name: string,
  values: [T, string][],
  chosen: T,
  choose: (value: T) => void,
): HTMLElement {
  return h(
    'fieldset',
    { class: 'choice' },
    h('legend', { class: 'soft' }, legend),
    ...values.map(([value, text]) =>
      h(
        'label',
        {},
        h('input', { type: 'radio', name, value, checked: value === chosen, change: () => choose(value) }),
        h('span', {}, text),
      ),
    ),
  );
}

/** The published ones' source stands here, once, where a chart has some. */
function legend(found: Cell[]): HTMLElement {
  const shows = (cell: Cell): boolean =>
    kFigures.some((figure) => figureMarks(cell, figure).some((mark) => mark.kind === 'published'));
  const published = found.find(shows)?.published[0];
  const shape = (kind: string, d: string): SVGElement =>
    s('svg', { viewBox: '0 0 10 10', class: kind, 'aria-hidden': 'true' }, s('path', { d }));
  return h(
    'ul',
    { class: 'keys-of' },
    h('li', {}, shape('own', 'M5 0a5 5 0 1 0 .01 0z'), 'Chunkmark'),
    h('li', {}, shape('peer', 'M1 1h8v8h-8z'), 'others with versions'),
    h('li', {}, shape('plain', 'M5 1l4.5 8h-9z'), 'without versions'),
    published &&
      h(
        'li',
        {},
        shape('published', 'M5 0l5 5l-5 5l-5 -5z'),
        'published by ',
        h('a', { href: published.url }, published.source),
        `, ${published.published}: not measured here (${published.note})`,
      ),
  );
}

function multiples(
  found: Cell[],
  log: boolean,
  figure: Figure,
  of: (cell: Cell) => Mark[],
  shape: 'versions' | null,
): Node | null {
  const figures = found.map((cell) => {
    const marks = of(cell);
    if (!marks.some((mark) => mark.kind !== 'published')) return null;
    const many = new Set(cell.rows.map((row) => row.transactions)).size > 1;
    const title = cellTitle(cell);
    return h(
      'figure',
      {},
      h('figcaption', {}, title),
      chart(
        {
          shape: shape ?? (many ? 'transactions' : 'engines'),
          log,
          title: `${figure.axis}${log ? ', log axis' : ''}`,
          unit: figure.unit,
          label: `${figure.title}, ${title}: a chart; ${shape ? 'all figures' : 'its numbers'} below`,
        },
        marks,
      ),
      shape === null && numbers(figure, marks, title),
    );
  });
  if (figures.every((each) => each === null)) return null;
  return h(
    'section',
    { 'aria-labelledby': `figure-${figure.id}` },
    h('header', {}, h('h3', { id: `figure-${figure.id}` }, figure.title), h('p', {}, figure.note)),
    h('div', { class: 'multiples' }, ...figures),
  );
}

const kSeries: Figure = {
  ...kFigures.find((figure) => figure.id === 'version')!,
  id: 'series',
  title: 'Time of every version',
  note: 'The whole series, as they were written; published: the means of the first and of the last tenth.',
};

function workloadView(run: VersionRecord, workload: string, log: boolean, options: VersionsOptions): HTMLElement {
  const found = cells(run, workload);
  const [title, words] = kWorkloads[workload] ?? [workload, ''];
  const lengths = [...new Set(found.flatMap((cell) => cell.rows.map((row) => row.transactions)))];
  const views = kFigures.flatMap((figure) => [
    multiples(found, log, figure, (cell) => figureMarks(cell, figure), null),
    figure.id === 'version' && multiples(found, log, kSeries, seriesMarks, 'versions'),
  ]);
  return h(
    'div',
    { class: 'workload' },
    h('h2', {}, title),
    h('p', { class: 'soft' }, `${words} After the first version, ${lengths.map((n) => count(n)).join(', ')} more.`),
    legend(found),
    h('div', { class: found.length === 1 ? 'charts single' : 'charts' }, ...views.map((view) => view || null)),
    allFigures(
      found.flatMap((cell) => cell.rows),
      options.href,
    ),
  );
}

/** The command that measures the run anew. */
function command(run: VersionRecord): string {
  const joined = (rows: VersionRow[], of: (row: VersionRow) => string | number): string =>
    [...new Set(rows.map(of))].join(',');
  const each = (of: (row: VersionRow) => string | number): string => joined(run.results, of);
  const own = run.results.filter((row) => row.engine === 'chunkmark'); // others have no choice
  const chunk = (row: VersionRow): number =>
    row.workload === 'mostly_appends_dense' ? 64 * row.chunk_size : row.chunk_size;
  const options: [string, string | number | undefined][] = [
    ['--engine', each((row) => row.engine)],
    ['--workload', each((row) => row.workload)],
    ['--mode', run.settings.mode],
    ['--transactions', each((row) => row.transactions)],
    ['--chunk-size', each(chunk)],
    ['--compression', each((row) => row.compression)],
    ['--durability', own.length > 0 ? joined(own, (row) => row.durability) : undefined],
    ['--edges', run.settings.edges],
    ['--seed', run.settings.seed],
  ];
  return [
    'chunkmark versions',
    ...options.filter(([, v]) => v !== undefined).map(([n, v]) => `${n} ${quoted(String(v))}`),
  ].join(' ');
}

export function mountVersions(into: HTMLElement, run: VersionRecord, options: VersionsOptions): void {
  const workloads = [...new Set(run.results.map((row) => row.workload))];
  const asked = location.hash.slice(1).split('&');
  let workload = workloads.find((name) => asked.includes(name)) ?? workloads[0];
  let log = !asked.includes('linear');
  const place = h('div', {});
  const show = (): void => {
    place.replaceChildren(...(workload === undefined ? [] : [workloadView(run, workload, log, options)]));
  };
  const chosen = (): void => {
    history.replaceState(null, '', `#${workload}${log ? '' : '&linear'}`);
    show();
  };
  const env = run.environment ?? {};
  const machine = [env.cpu, env.cores ? `${env.cores} cores` : '', env.os].filter(Boolean).join(', ');
  into.replaceChildren(
    h(
      'div',
      { class: 'verdict' },
      h('p', { class: 'eyebrow' }, `Run ${run.id}`),
      h('h1', {}, 'What it costs to keep every version'),
      h('p', { class: 'answer' }, answerText(run)),
    ),
    h(
      'div',
      { class: 'switches screen-only' },
      choice(
        'Workload',
        'workload',
        workloads.map((name) => [name as string, kWorkloads[name]?.[0] ?? name] as [string, string]),
        workload ?? '',
        (name) => {
          workload = name as typeof workload;
          chosen();
        },
      ),
      choice<'log' | 'linear'>(
        'Axis',
        'axis',
        [
          ['log', 'Log'],
          ['linear', 'Linear'],
        ],
        log ? 'log' : 'linear',
        (name) => {
          log = name === 'log';
          chosen();
        },
      ),
    ),
    place,
    promises(run),
    ...failures(run.failures ?? []),
    h(
      'section',
      {},
      h(
        'p',
        { class: 'small soft' },
        `Measured ${run.created.slice(0, 10)} by Chunkmark ${run.version}, ${run.host}${machine ? `, on ${machine}` : ''}` +
          `${run.settings.store_filesystem ? `, ${run.settings.store_filesystem}` : ''}. Reproduce: `,
        h('code', {}, command(run)),
      ),
    ),
  );
  show();
}
