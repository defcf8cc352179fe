// TimelineView: heap and resident memory over time as one SVG chart: zero-based, labelled at the lines, marks as hairlines,
// the heap peak named. Steps for the heap (a value holds until the next event), straight lines for samples.

import { h, s } from '../dom';
import { bytes, duration } from '../format';
import { heapPeak, peakIndex, Profile, Series } from '../profile/data';
import { ticks } from './ticks';

const kHeight = 256;
/** Room for two lines of labels above the plot: marks, then the peak's. */
const kTop = 38;
const kBottom = 24;
const kLeft = 58;
const kNarrow = 560;

interface Line {
  name: string;
  kind: string;
  series: Series;
  stepped: boolean;
}

/** The value that holds at `t`: the last one at or before it. */
export function valueAt(series: Series, t: number): number | null {
  let low = 0;
  let high = series.t.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (series.t[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? null : series.v[low - 1];
}

export class TimelineView {
  readonly element = h('div', { class: 'timeline' });
  private readonly readout = h('p', { class: 'timeline-readout small soft mono', 'aria-hidden': 'true' });
  private readonly lines: Line[];
  private readonly end: number;
  private readonly top: number;
  private width = 0;

  constructor(private readonly profile: Profile) {
    this.lines = [{ name: 'heap', kind: 'heap', series: profile.heap, stepped: true }];
    if (profile.anonymous) {
      this.lines.unshift({ name: 'resident, anonymous', kind: 'resident', series: profile.anonymous, stepped: false });
    }
    if (profile.file) this.lines.unshift({ name: 'resident, file-backed', kind: 'mapped', series: profile.file, stepped: false });
    this.end = Math.max(1e-6, ...this.lines.map((line) => line.series.t[line.series.t.length - 1] ?? 0),
      ...profile.marks.map((mark) => mark.t_ms));
    this.top = Math.max(1, ...this.lines.map((line) => line.series.v[peakIndex(line.series.v)] ?? 0));
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  private resize(): void {
    const width = Math.round(this.element.clientWidth);
    if (width === 0 || width === this.width) return;
    this.width = width;
    this.element.replaceChildren(this.legend(), this.chart(width), this.readout);
    this.say(null);
  }

  private legend(): HTMLElement {
    return h('ul', { class: 'timeline-legend small' }, ...[...this.lines].reverse().map((line) => {
      const peak = peakIndex(line.series.v);
      return h('li', {}, h('span', { class: `swatch ${line.kind}` }), `${line.name} `,
        h('span', { class: 'soft' }, peak < 0 ? 'no sample'
          : `peak ${bytes(line.series.v[peak])} at ${duration(line.series.t[peak])}`));
    }));
  }

  private chart(width: number): SVGSVGElement {
    const right = width - 8;
    const x = (t: number): number => kLeft + (t / this.end) * (right - kLeft);
    const y = (v: number): number => kHeight - kBottom - (v / (this.top * 1.04)) * (kHeight - kBottom - kTop);
    const peak = heapPeak(this.profile);
    const said = peak === null ? 'No heap samples.'
      : `Heap over ${duration(this.end)}; peak ${bytes(peak.v)} at ${duration(peak.t)}.`;
    const root = s('svg', { class: 'timeline-chart', viewBox: `0 0 ${width} ${kHeight}`, width, height: kHeight, role: 'img',
      'aria-label': said });
    for (const tick of ticks(this.top * 1.04, 4)) {
      root.append(
        s('line', { class: tick === 0 ? 'axis' : 'grid', x1: kLeft, x2: right, y1: y(tick), y2: y(tick) }),
        s('text', { class: 'tick', x: kLeft - 8, y: y(tick) + 4, 'text-anchor': 'end' }, tick === 0 ? '0' : bytes(tick)));
    }
    for (const tick of ticks(this.end, width < kNarrow ? 3 : 7)) {
      root.append(s('text', { class: 'tick', x: x(tick), y: kHeight - 6, 'text-anchor': tick === 0 ? 'start'
        : x(tick) > right - 16 ? 'end' : 'middle' },
        duration(tick)));
    }
    root.append(this.marks(x, right));
    for (const line of this.lines) root.append(s('path', { class: `line ${line.kind}`, d: this.path(line, x, y) }));
    if (peak !== null) {
      const px = x(peak.t);
      const atEnd = px > width - 150;
      root.append(
        s('circle', { class: 'peak', cx: px, cy: y(peak.v), r: 3.5 }),
        s('text', { class: 'peak-label', x: atEnd ? px - 8 : px + 8, y: y(peak.v) - 7, 'text-anchor': atEnd ? 'end' : 'start' },
          `heap peak ${bytes(peak.v)}`));
    }
    root.append(this.crosshair(x, right));
    return root;
  }

  private marks(x: (t: number) => number, right: number): SVGGElement {
    const group = s('g', {});
    let free = -Infinity;
    for (const mark of [...this.profile.marks].sort((a, b) => a.t_ms - b.t_ms)) {
      const at = x(mark.t_ms);
      group.append(s('line', { class: 'mark', x1: at, x2: at, y1: kTop - 20, y2: kHeight - kBottom }));
      const wide = mark.name.length * 7 + 8;
      const left = at + wide > right ? at - wide : at;
      if (left < free) continue;
      free = left + wide;
      group.append(s('text', { class: 'mark-label', x: left === at ? at + 4 : at - 4, y: kTop - 24,
        'text-anchor': left === at ? 'start' : 'end' }, mark.name));
    }
    return group;
  }

  private path(line: Line, x: (t: number) => number, y: (v: number) => number): string {
    const { t, v } = line.series;
    if (t.length === 0) return '';
    let d = `M${x(t[0]).toFixed(1)} ${y(v[0]).toFixed(1)}`;
    for (let i = 1; i < t.length; i++) {
      const px = x(t[i]).toFixed(1);
      d += line.stepped ? `H${px}V${y(v[i]).toFixed(1)}` : `L${px} ${y(v[i]).toFixed(1)}`;
    }
    return line.stepped ? `${d}H${x(this.end).toFixed(1)}` : d;
  }

  private crosshair(x: (t: number) => number, right: number): SVGGElement {
    const rule = s('line', { class: 'crosshair', y1: kTop, y2: kHeight - kBottom, visibility: 'hidden' });
    const pad = s('rect', { x: kLeft, y: 0, width: Math.max(1, right - kLeft), height: kHeight - kBottom, fill: 'transparent' });
    pad.addEventListener('pointermove', (event) => {
      const box = pad.getBoundingClientRect();
      const t = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.end;
      rule.setAttribute('x1', String(x(t)));
      rule.setAttribute('x2', String(x(t)));
      rule.setAttribute('visibility', 'visible');
      this.say(t);
    });
    pad.addEventListener('pointerleave', () => {
      rule.setAttribute('visibility', 'hidden');
      this.say(null);
    });
    return s('g', {}, rule, pad);
  }

  private say(t: number | null): void {
    this.readout.textContent = t === null ? '\u00a0' : [duration(t), ...[...this.lines].reverse().map((line) => {
      const value = valueAt(line.series, t);
      return `${line.name} ${value === null ? '–' : bytes(value)}`;
    })].join('   ');
  }
}
