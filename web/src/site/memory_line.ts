// MemoryLine: the bytes that the running study holds, as a line that grows while it runs.

import { h, s } from '../dom';
import { bytes } from '../format';

const kWidth = 640;
const kHeight = 72;
/** More points than pixels say nothing. */
const kMaxPoints = 1000;

export class MemoryLine {
  readonly element: HTMLElement;
  private readonly path = s('path', { class: 'line' });
  private readonly now = h('span', {}, '');
  private points: { t: number; v: number }[] = [];
  private most = 0;

  constructor() {
    this.element = h(
      'figure',
      { class: 'trend memory-line', hidden: true },
      h('figcaption', { class: 'small soft' }, 'Memory of the study: ', this.now),
      s(
        'svg',
        { viewBox: `0 0 ${kWidth} ${kHeight}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
        s('path', { class: 'rule', d: `M0 ${kHeight - 1}H${kWidth}` }),
        this.path,
      ),
    );
  }

  add(seconds: number, held: number): void {
    this.element.hidden = false;
    this.points.push({ t: seconds, v: held });
    if (this.points.length > kMaxPoints) this.points = this.points.filter((_, i) => i % 2 === 1);
    this.most = Math.max(this.most, held);
    const last = this.points[this.points.length - 1].t || 1;
    const x = (t: number): string => ((t / last) * kWidth).toFixed(1);
    const y = (v: number): string => (kHeight - 1 - (v / (this.most || 1)) * (kHeight - 6)).toFixed(1);
    this.path.setAttribute(
      'd',
      this.points.map(({ t, v }, i) => `${i ? 'H' : 'M'}${x(t)}${i ? `V${y(v)}` : ` ${y(v)}`}`).join(''),
    );
    this.now.textContent = `${bytes(held)} now, ${bytes(this.most)} at most`;
  }
}
