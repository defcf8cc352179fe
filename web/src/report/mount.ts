// Puts a whole report into an element: verdict, timeline, buffers, flame graph. Used by the self-contained page and by the
// site when a reader opens a capture.

import { h } from '../dom';
import { bytes } from '../format';
import { BufferFinder } from '../profile/buffers';
import { peakIndex, readReport, ReportData } from '../profile/data';
import { buffersTable } from './buffers';
import { FlameView } from './flame';
import { TimelineView } from './timeline';
import { verdict } from './verdict';

function part(id: string, title: string, note: string, ...body: Node[]): HTMLElement {
  return h('section', { 'aria-labelledby': `${id}-title` },
    h('header', {}, h('h2', { id: `${id}-title` }, title), note ? h('p', {}, note) : null), ...body);
}

/** Throws when the data do not hold together; the caller shows the error. */
export function mountReport(into: HTMLElement, data: ReportData, heading: 'h1' | 'h3' = 'h1'): void {
  const profile = readReport(data);
  const { figures } = profile;
  const flame = new FlameView();
  const finder = new BufferFinder(profile.tree);
  const top = (series: { v: Float64Array } | null): number | null =>
    series && series.v.length > 0 ? series.v[peakIndex(series.v)] : null;
  const total = profile.peak.total[0] ?? 0;
  const findings = figures.findings ?? [];
  into.replaceChildren(
    verdict(profile.title, figures, profile.result, { anonymous: top(profile.anonymous), file: top(profile.file) }, heading),
    ...(findings.length > 0 ? [part('findings', 'Findings', '',
      h('ul', { class: 'findings' }, ...findings.map((finding) => h('li', {}, finding))))] : []),
    part('timeline', 'Memory over time', 'Heap as allocated; resident memory as the kernel counts it.',
      new TimelineView(profile).element),
    part('buffers', 'Buffers at the heap peak', 'Blocks of one call site are one buffer. A name shows it in the flame graph.',
      buffersTable(figures, (buffer) => finder.find(buffer), (node) => {
        flame.zoom(node);
        flame.focus();
      })),
    part('flame', 'Where the bytes are', `${bytes(total)} alive at the heap peak, by call stack; width is bytes.`, flame.element));
  flame.show(profile.tree, profile.peak, 'weight', 'alive at the heap peak');
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    flame.focusSearch();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => flame.recolour());
  new MutationObserver(() => flame.recolour()).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
}
