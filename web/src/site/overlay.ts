// Overlay: the heap of two captures on one axis of time, from the mark `begin` on where both have one. The pointer reads both
// at one instant; the brush chooses a stretch of both.

import { h, s } from '../dom';
import { bytes, duration } from '../format';
import type { Profile, Series } from '../profile/data';
import { entryAt } from '../profile/range';
import { RangeBrush } from '../report/range_brush';

const kHeight = 220;
const kLeft = 72;
const kRight = 8;
const kBottom = 24;
const kTop = 10;

export const beginOf = ({ marks }: Profile): number => marks.find(({ name }) => name === 'begin')?.t_ms ?? 0;

function at({ t, v }: Series, time: number): number {
  const index = entryAt(t, time);
  return index < 0 ? 0 : v[index];
}

const most = (values: Series['v']): number => values.reduce((a, b) => Math.max(a, b), 0);

export class Overlay {
  readonly element: HTMLElement;
  private readonly chart = h('div', { class: 'overlay' });
  private readonly readout = h('p', { class: 'small mono soft', 'aria-hidden': 'true' }, '\u00a0');
  private readonly cursor = s('path', { class: 'cursor', visibility: 'hidden' });
  private readonly brush: RangeBrush | null;
  private readonly begins: number[];
  /** Milliseconds after the mark `begin`: before it where a capture began earlier. */
  private readonly first: number;
  private readonly last: number;
  private readonly top: number;
  private width = 0;

  /** `onRange` gets milliseconds after `begin`; null: a capture holds one moment only, there is nothing to choose. */
  constructor(
    private readonly sides: [Profile, Series][],
    onRange: ((from: number, to: number, final: boolean) => void) | null,
  ) {
    this.begins = sides.map(([profile]) => beginOf(profile));
    this.first = Math.min(...sides.map(([, { t }], i) => (t[0] ?? 0) - this.begins[i]));
    this.last = Math.max(this.first + 1, ...sides.map(([, { t }], i) => (t[t.length - 1] ?? 0) - this.begins[i]));
    this.top = Math.max(1, ...sides.map(([, { v }]) => most(v)));
    const hover = (time: number | null): void => this.read(time === null ? null : time + this.first);
    this.brush =
      onRange &&
      new RangeBrush((from, to, final) => {
        this.brush!.show(from, to);
        onRange(from + this.first, to + this.first, final);
      }, hover);
    this.element = h(
      'div',
      {},
      h(
        'p',
        { class: 'small soft' },
        h('span', { class: 'legend-line before' }),
        'before ',
        h('span', { class: 'legend-line' }),
        'after',
      ),
      this.chart,
      this.readout,
    );
    new ResizeObserver(() => this.draw()).observe(this.chart);
  }

  setRange(from: number, to: number): void {
    this.brush?.show(Math.max(0, from - this.first), Math.min(this.last, to) - this.first);
  }

  private x(time: number): number {
    return kLeft + ((time - this.first) / (this.last - this.first)) * (this.width - kRight - kLeft);
  }

  private y(value: number): number {
    return kHeight - kBottom - (value / this.top) * (kHeight - kBottom - kTop);
  }

  private path(series: Series, begin: number): string {
    let d = '';
    for (let i = 0; i < series.t.length; i++) {
      const to = this.x(series.t[i] - begin).toFixed(1);
      const up = this.y(series.v[i]).toFixed(1);
      d += i === 0 ? `M${to} ${up}` : `H${to}V${up}`;
    }
    return d;
  }

  private read(time: number | null): void {
    this.cursor.setAttribute('visibility', time === null ? 'hidden' : 'visible');
    if (time === null) return void (this.readout.textContent = '\u00a0');
    this.cursor.setAttribute('d', `M${this.x(time).toFixed(1)} ${kTop}V${kHeight - kBottom}`);
    const [a, b] = this.sides.map(([, series], i) => at(series, time + this.begins[i]));
    const when = time < 0 ? `${duration(-time)} before begin` : duration(time);
    this.readout.textContent = `${when}: before ${bytes(a)}, after ${bytes(b)}`;
  }

  private draw(): void {
    const width = Math.round(this.chart.clientWidth);
    if (width === 0 || width === this.width) return;
    this.width = width;
    const right = width - kRight;
    const zero = this.x(0);
    const said = this.sides.map(([, { v }], i) => `${i ? 'after' : 'before'} up to ${bytes(most(v))}`);
    const picture = s(
      'g',
      { role: 'img', 'aria-label': `Heap of both: ${said.join(', ')}` },
      ...[0, 0.5, 1].flatMap((part) => [
        s('path', { class: 'rule', d: `M${kLeft} ${this.y(part * this.top)}H${right}` }),
        s(
          'text',
          { x: kLeft - 8, y: this.y(part * this.top) + 4, 'text-anchor': 'end' },
          part === 0 ? '0' : bytes(part * this.top),
        ),
      ]),
      s(
        'text',
        { x: zero, y: kHeight - 6, 'text-anchor': zero < kLeft + 20 ? 'start' : zero > right - 90 ? 'end' : 'middle' },
        this.begins.some((begin) => begin > 0) ? 'begin' : '0',
      ),
      s('text', { x: right, y: kHeight - 6, 'text-anchor': 'end' }, zero > right - 90 ? '' : duration(this.last)),
      s('path', { class: 'before', d: this.path(this.sides[0][1], this.begins[0]) }),
      s('path', { class: 'after', d: this.path(this.sides[1][1], this.begins[1]) }),
    );
    this.brush?.place({ left: kLeft, right, top: kTop, bottom: kHeight - kBottom, end: this.last - this.first });
    const view = s(
      'svg',
      { viewBox: `0 0 ${width} ${kHeight}`, width, height: kHeight },
      picture,
      this.cursor,
      this.brush?.element ?? null,
    );
    if (!this.brush) {
      const time = ({ offsetX }: PointerEvent): number =>
        this.first + (Math.max(0, offsetX - kLeft) / (right - kLeft)) * (this.last - this.first);
      view.addEventListener('pointermove', (event) => this.read(Math.min(this.last, time(event))));
      view.addEventListener('pointerleave', () => this.read(null));
    }
    this.chart.replaceChildren(view);
  }
}
