// TimelineView: heap and resident memory over time as one SVG chart: zero-based, marks as hairlines, the peak named, with a
// brush where the report can answer for a range. Steps for the heap (a value holds until the next event), straight lines for
// samples. All times here are milliseconds.

import { h, s } from '../dom';
import { bytes, duration } from '../format';
import { heapPeak, peakIndex, Profile, Series } from '../profile/data';
import { entryAt } from '../profile/range';
import { RangeBrush } from './range_brush';
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

/** Other tools' files mostly have no samples of resident memory. */
export function hasResident({ anonymous, file }: Profile): boolean {
  return [anonymous, file].some((series) => series !== null && series.t.length > 0);
}

export class TimelineView {
  readonly element = h('div', { class: 'timeline' });
  private readonly readout = h('p', { class: 'timeline-readout small soft mono', 'aria-hidden': 'true' });
  private readonly brush: RangeBrush | null;
  private readonly rule = s('line', { class: 'crosshair', y1: kTop, y2: kHeight - kBottom, visibility: 'hidden' });
  private readonly instant = s('g', { class: 'instant' });
  private readonly lines: Line[];
  private readonly end: number;
  private top = 1;
  private width = 0;
  private shownInstant: { t: number; v: number; text: string } | null;

  /** `onRange` null: the report holds one moment only, there is nothing to choose. */
  constructor(
    private readonly profile: Profile,
    onRange: ((from: number, to: number, final: boolean) => void) | null,
  ) {
    this.lines = [{ name: 'heap', kind: 'heap', series: profile.heap, stepped: true }];
    if (profile.anonymous && hasResident(profile)) {
      this.lines.unshift({ name: 'resident, anonymous', kind: 'resident', series: profile.anonymous, stepped: false });
    }
    if (profile.file && hasResident(profile))
      this.lines.unshift({ name: 'resident, file-backed', kind: 'mapped', series: profile.file, stepped: false });
    this.end = Math.max(
      1e-6,
      profile.end * profile.tick_ms,
      ...this.lines.map((line) => line.series.t[line.series.t.length - 1] ?? 0),
      ...profile.marks.map((mark) => mark.t_ms),
    );
    const peak = heapPeak(profile);
    this.shownInstant = peak && { ...peak, text: `heap peak ${bytes(peak.v)}` };
    this.brush = onRange && new RangeBrush(onRange, (t) => this.hover(t));
    new ResizeObserver(() => this.resize(false)).observe(this.element);
  }

  get end_ms(): number {
    return this.end;
  }

  /** Another heap line, as of a choice of threads. */
  setHeap(series: Series): void {
    const heap = this.lines[this.lines.length - 1];
    if (heap.series === series) return;
    heap.series = series;
    this.resize(true);
  }

  setRange(from: number, to: number): void {
    this.brush?.show(from, to);
  }

  /** The moment that the flame graph shows; null: it shows a stretch, not a moment. */
  setInstant(instant: { t: number; v: number; text: string } | null): void {
    this.shownInstant = instant;
    this.drawInstant();
  }

  private resize(always: boolean): void {
    const width = Math.round(this.element.clientWidth);
    if (width === 0 || (width === this.width && !always)) return;
    this.width = width;
    this.top = Math.max(1, ...this.lines.map((line) => line.series.v[peakIndex(line.series.v)] ?? 0));
    this.element.replaceChildren(this.legend(), this.chart(width), this.readout);
    this.hover(null);
  }

  private x(t: number): number {
    return kLeft + (t / this.end) * (this.width - 8 - kLeft);
  }

  private y(v: number): number {
    return kHeight - kBottom - (v / (this.top * 1.04)) * (kHeight - kBottom - kTop);
  }

  private legend(): HTMLElement {
    return h(
      'ul',
      { class: 'timeline-legend small' },
      ...[...this.lines].reverse().map((line) => {
        const peak = peakIndex(line.series.v);
        return h(
          'li',
          {},
          h('span', { class: `swatch ${line.kind}` }),
          `${line.name} `,
          h(
            'span',
            { class: 'soft' },
            peak < 0 ? 'no sample' : `peak ${bytes(line.series.v[peak])} at ${duration(line.series.t[peak])}`,
          ),
        );
      }),
    );
  }

  private chart(width: number): SVGSVGElement {
    const right = width - 8;
    const peak = heapPeak(this.profile);
    const said =
      peak === null
        ? 'No heap samples.'
        : `Heap over ${duration(this.end)}; peak ${bytes(peak.v)} at ${duration(peak.t)}.`;
    const picture = s('g', { role: 'img', 'aria-label': said });
    for (const tick of ticks(this.top * 1.04, 4)) {
      const y = this.y(tick);
      picture.append(
        s('line', { class: tick === 0 ? 'axis' : 'grid', x1: kLeft, x2: right, y1: y, y2: y }),
        s('text', { class: 'tick', x: kLeft - 8, y: y + 4, 'text-anchor': 'end' }, tick === 0 ? '0' : bytes(tick)),
      );
    }
    for (const tick of ticks(this.end, width < kNarrow ? 3 : 7)) {
      const x = this.x(tick);
      picture.append(
        s(
          'text',
          { class: 'tick', x, y: kHeight - 6, 'text-anchor': tick === 0 ? 'start' : x > right - 16 ? 'end' : 'middle' },
          duration(tick),
        ),
      );
    }
    picture.append(this.marks(right));
    for (const line of this.lines) picture.append(s('path', { class: `line ${line.kind}`, d: this.path(line) }));
    const root = s('svg', { class: 'timeline-chart', viewBox: `0 0 ${width} ${kHeight}`, width, height: kHeight });
    const plot = { left: kLeft, right, top: kTop, bottom: kHeight - kBottom, end: this.end };
    if (this.brush) this.brush.place(plot);
    root.append(picture, ...(this.brush ? [this.brush.element] : [this.hoverPad(plot.right)]), this.instant, this.rule);
    this.drawInstant();
    return root;
  }

  private marks(right: number): SVGGElement {
    const group = s('g', {});
    let free = -Infinity;
    for (const mark of [...this.profile.marks].sort((a, b) => a.t_ms - b.t_ms)) {
      const at = this.x(mark.t_ms);
      group.append(s('line', { class: 'mark', x1: at, x2: at, y1: kTop - 20, y2: kHeight - kBottom }));
      const wide = mark.name.length * 7 + 8;
      const left = at + wide > right ? at - wide : at;
      if (left < free) continue;
      free = left + wide;
      group.append(
        s(
          'text',
          {
            class: 'mark-label',
            x: left === at ? at + 4 : at - 4,
            y: kTop - 24,
            'text-anchor': left === at ? 'start' : 'end',
          },
          mark.name,
        ),
      );
    }
    return group;
  }

  private path(line: Line): string {
    const { t, v } = line.series;
    if (t.length === 0) return '';
    let d = `M${this.x(t[0]).toFixed(1)} ${this.y(v[0]).toFixed(1)}`;
    for (let i = 1; i < t.length; i++) {
      const px = this.x(t[i]).toFixed(1);
      d += line.stepped ? `H${px}V${this.y(v[i]).toFixed(1)}` : `L${px} ${this.y(v[i]).toFixed(1)}`;
    }
    return line.stepped ? `${d}H${this.x(this.end).toFixed(1)}` : d;
  }

  private drawInstant(): void {
    const shown = this.shownInstant;
    if (!shown || this.width === 0) {
      this.instant.replaceChildren();
      return;
    }
    const x = this.x(shown.t);
    const y = this.y(shown.v);
    const atEnd = x > this.width - 190;
    this.instant.replaceChildren(
      ...(this.brush ? [s('line', { class: 'instant-line', x1: x, x2: x, y1: y, y2: kHeight - kBottom })] : []),
      s('circle', { class: 'peak', cx: x, cy: y, r: 3.5 }),
      s(
        'text',
        { class: 'peak-label', x: atEnd ? x - 8 : x + 8, y: y - 7, 'text-anchor': atEnd ? 'end' : 'start' },
        shown.text,
      ),
    );
  }

  private hoverPad(right: number): SVGRectElement {
    const pad = s('rect', {
      x: kLeft,
      y: 0,
      width: Math.max(1, right - kLeft),
      height: kHeight - kBottom,
      fill: 'transparent',
    });
    pad.addEventListener('pointermove', (event) => {
      const box = pad.getBoundingClientRect();
      this.hover(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.end);
    });
    pad.addEventListener('pointerleave', () => this.hover(null));
    return pad;
  }

  private hover(t: number | null): void {
    this.rule.setAttribute('visibility', t === null ? 'hidden' : 'visible');
    if (t !== null) {
      this.rule.setAttribute('x1', String(this.x(t)));
      this.rule.setAttribute('x2', String(this.x(t)));
    }
    this.readout.textContent =
      t === null
        ? '\u00a0'
        : [
            duration(t),
            ...[...this.lines].reverse().map((line) => {
              const at = entryAt(line.series.t, t);
              return `${line.name} ${at < 0 ? '–' : bytes(line.series.v[at])}`;
            }),
          ].join('   ');
  }
}
