// Puts a whole report into an element: verdict, timeline, buffers, flame graph, tables. Used by the self-contained page and by
// the site when a reader opens a capture.

import { h } from '../dom';
import { peakIndex, readReport, ReportData } from '../profile/data';
import { followDetail, thinnedText } from './detail';
import { ReportModel } from './model';
import { ReportView } from './report_view';
import { fromFragment, toFragment } from './state';
import { hasResident } from './timeline';
import { verdict } from './verdict';

export interface MountOptions {
  heading: 'h1' | 'h2' | 'h3';
  /** What the page's fragment begins with while this report is shown; the reader's choices follow it. Null: they are not
   * kept there. */
  fragment: string | null;
  /** Opens the flame graph at the buffers that count, unless the fragment says otherwise. */
  atCopies?: boolean;
}

function part(id: string, title: string, note: string | HTMLElement, ...body: Node[]): HTMLElement {
  const words = typeof note === 'string' ? (note ? h('p', {}, note) : null) : note;
  return h(
    'section',
    { 'aria-labelledby': `${id}-title`, id: `part-${id}` },
    h('header', {}, h('h2', { id: `${id}-title` }, title), words),
    ...body,
  );
}

function link(view: ReportView, model: ReportModel, prefix: string, shown: () => boolean): void {
  const { profile } = view;
  const read = (): void => {
    const hash = location.hash.slice(1);
    if (!shown() || (prefix !== '' && hash !== prefix && !hash.startsWith(`${prefix}&`))) return;
    view.restore(fromFragment(location.hash, model.defaults, profile.tick_ms, profile.end, profile.threads.length));
  };
  let late: ReturnType<typeof setTimeout> | undefined;
  const write = (step: boolean): void => {
    if (!shown()) return;
    const choices = toFragment(view.current, model.defaults, profile.tick_ms);
    const fragment = [prefix, choices].filter(Boolean).join('&');
    const url = fragment ? `#${fragment}` : location.pathname + location.search;
    if (fragment === location.hash.slice(1)) return;
    if (step) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
  };
  view.onState = (step) => {
    clearTimeout(late);
    // While something is dragged or typed one entry is enough, written when it comes to rest.
    if (step) write(true);
    else late = setTimeout(() => write(false), 200);
  };
  window.addEventListener('popstate', read);
  window.addEventListener('hashchange', read);
  read();
}

/** Rejects when the data do not hold together; the caller shows the error. */
export async function mountReport(
  into: HTMLElement,
  data: ReportData,
  { heading, fragment, atCopies }: MountOptions,
): Promise<void> {
  const profile = await readReport(data);
  const model = new ReportModel(profile);
  if (profile.columns) profile.heap = model.heap(null);
  const { figures } = profile;
  const view = new ReportView(profile, model);
  const top = (series: { v: Float64Array } | null): number | null =>
    series && series.v.length > 0 ? series.v[peakIndex(series.v)] : null;
  const note = h('p', { class: 'small soft' }, thinnedText(profile.detail));
  const findings = [...(figures.findings ?? []), ...(figures.conclusions ?? [])];
  into.replaceChildren(
    verdict(
      profile.title,
      figures,
      profile.result,
      { anonymous: top(profile.anonymous), file: top(profile.file) },
      heading,
      view.named(),
    ),
    ...(findings.length > 0
      ? [
          part(
            'findings',
            'Findings',
            '',
            h('ul', { class: 'findings' }, ...findings.map((finding) => h('li', {}, finding))),
          ),
        ]
      : []),
    part(
      'timeline',
      'Memory over time',
      hasResident(profile) ? 'Heap as allocated; resident memory as the kernel counts it.' : 'Heap as allocated.',
      view.timeline.element,
      ...(view.rangeBar ? [view.rangeBar.element] : []),
    ),
    part(
      'buffers',
      figures.known_until_ms != null ? 'Buffers at the heap peak so far' : 'Buffers at the heap peak',
      'Blocks of one call site are one buffer. A name shows it in the flame graph.',
      view.buffers(),
    ),
    part('flame', 'Where the bytes are', view.total, note, view.toolbar, view.flame.element, view.help.element),
    part(
      'neighbours',
      'Callers and callees',
      'Of the chosen function; both sides add up to it.',
      view.neighbours.element,
    ),
    part('functions', 'Functions', 'The same bytes by function; a recursion counts once.', view.functions.element),
    ...(profile.columns ? [part('statistics', 'Allocations in the range', '', view.statistics)] : []),
  );
  const shown = (): boolean => into.isConnected;
  if (atCopies) model.defaults.frame = view.copies();
  if (fragment !== null) link(view, model, fragment, shown);
  else view.restore(model.defaults);
  if (data.schema === 'chunkmark.report/2' && data.detail_url) followDetail(data.detail_url, view, model, note);
  document.addEventListener('keydown', (event) => {
    const target = event.target as Element;
    const typing = target.matches('input:not([type=radio], [type=checkbox]), select, textarea');
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !shown()) return;
    if (view.key(event.key)) event.preventDefault();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view.flame.recolour());
  new MutationObserver(() => view.flame.recolour()).observe(document.documentElement, {
    attributes: true,
    attributeFilter: ['data-theme'],
  });
}
