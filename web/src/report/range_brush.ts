// RangeBrush: the chosen stretch of a time chart: drag to choose, drag or step its two ends, double click for everything.
// Draws into the chart's SVG; says what was chosen in the chart's own units. Both ends are sliders for keys and readers.

import { s } from '../dom';
import { duration } from '../format';

export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** Value at the right edge; the left edge is 0. */
  end: number;
}

/** A drag shorter than this many pixels is a click. */
const kMinDrag = 4;

export class RangeBrush {
  readonly element = s('g', { class: 'brush' });
  private readonly before = s('rect', { class: 'outside' });
  private readonly after = s('rect', { class: 'outside' });
  private readonly pad = s('rect', { fill: 'transparent', class: 'brush-pad' });
  private readonly ends: [SVGGElement, SVGGElement];
  private plot: Plot = { left: 0, right: 1, top: 0, bottom: 1, end: 1 };
  private range: [number, number] = [0, 1];

  /** `onHover` gets the time under the pointer, null when it leaves. */
  constructor(
    private readonly onRange: (from: number, to: number, final: boolean) => void,
    private readonly onHover: (t: number | null) => void,
  ) {
    this.ends = [this.handle(0, 'Start of the range'), this.handle(1, 'End of the range')];
    this.element.append(this.before, this.after, this.pad, ...this.ends);
    this.listen();
  }

  place(plot: Plot): void {
    this.plot = plot;
    const height = plot.bottom - plot.top;
    for (const rect of [this.before, this.after, this.pad]) {
      rect.setAttribute('y', String(plot.top));
      rect.setAttribute('height', String(height));
    }
    this.pad.setAttribute('x', String(plot.left));
    this.pad.setAttribute('width', String(Math.max(0, plot.right - plot.left)));
    this.show(...this.range);
  }

  show(from: number, to: number): void {
    this.range = [from, to];
    const { left, right, end, top, bottom } = this.plot;
    const [a, b] = [this.x(from), this.x(to)];
    const width = (rect: SVGRectElement, x0: number, x1: number): void => {
      rect.setAttribute('x', String(x0));
      rect.setAttribute('width', String(Math.max(0, x1 - x0)));
    };
    width(this.before, left, a);
    width(this.after, b, right);
    [a, b].forEach((x, i) => {
      const handle = this.ends[i];
      handle.setAttribute('transform', `translate(${x} ${top})`);
      handle.querySelector('line')!.setAttribute('y2', String(bottom - top));
      handle.querySelector('rect.grip')!.setAttribute('y', String((bottom - top) / 2 - 12));
      handle.querySelector('rect.reach')!.setAttribute('height', String(bottom - top));
      handle.setAttribute('aria-valuemin', '0');
      handle.setAttribute('aria-valuemax', String(Math.round(end)));
      handle.setAttribute('aria-valuenow', String(Math.round(this.range[i])));
      handle.setAttribute('aria-valuetext', duration(this.range[i]));
    });
  }

  private x(t: number): number {
    const { left, right, end } = this.plot;
    return left + (t / end) * (right - left);
  }

  private time(event: PointerEvent | MouseEvent): number {
    const box = this.pad.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width))) * this.plot.end;
  }

  private handle(which: 0 | 1, name: string): SVGGElement {
    const group = s(
      'g',
      { class: 'brush-end', tabindex: 0, role: 'slider', 'aria-label': name },
      s('rect', { class: 'reach', x: -12, y: 0, width: 24, height: 10, fill: 'transparent' }),
      s('line', { x1: 0, x2: 0, y1: 0, y2: 10 }),
      s('rect', { class: 'grip', x: -3.5, width: 7, height: 24, rx: 2 }),
    );
    group.addEventListener('keydown', (event) => {
      const step = this.plot.end * (event.shiftKey ? 0.1 : 0.01);
      const to = {
        ArrowLeft: this.range[which] - step,
        ArrowDown: this.range[which] - step,
        ArrowRight: this.range[which] + step,
        ArrowUp: this.range[which] + step,
        Home: 0,
        End: this.plot.end,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.move(which, to, true);
    });
    group.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      group.focus();
      this.drag(event, (t, final) => this.move(which, t, final));
    });
    return group;
  }

  private move(which: 0 | 1, to: number, final: boolean): void {
    const next: [number, number] = [...this.range];
    next[which] = Math.min(which === 0 ? this.range[1] : this.plot.end, Math.max(which === 0 ? 0 : this.range[0], to));
    this.onRange(next[0], next[1], final);
  }

  private drag(down: PointerEvent, to: (t: number, final: boolean) => void): void {
    const target = down.currentTarget as Element;
    target.setPointerCapture(down.pointerId);
    const move = (event: Event): void => to(this.time(event as PointerEvent), false);
    const up = (event: Event): void => {
      target.removeEventListener('pointermove', move);
      target.removeEventListener('pointerup', up);
      target.removeEventListener('pointercancel', up);
      to(this.time(event as PointerEvent), true);
    };
    target.addEventListener('pointermove', move);
    target.addEventListener('pointerup', up);
    target.addEventListener('pointercancel', up);
  }

  private listen(): void {
    this.pad.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      const from = this.time(event);
      let moved = false;
      this.drag(event, (t, final) => {
        moved ||= Math.abs(this.x(t) - this.x(from)) >= kMinDrag;
        if (moved) this.onRange(Math.min(from, t), Math.max(from, t), final);
      });
    });
    this.pad.addEventListener('dblclick', () => this.onRange(0, this.plot.end, true));
    this.element.addEventListener('pointermove', (event) => this.onHover(this.time(event)));
    this.element.addEventListener('pointerleave', () => this.onHover(null));
  }
}
