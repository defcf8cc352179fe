// FlameTip: what is said of the frame under the pointer, beside the pointer, within the graph's own box.

import { h } from '../dom';

export class FlameTip {
  readonly element = h('div', { class: 'flame-tip', hidden: true, 'aria-hidden': 'true' });

  get isShown(): boolean {
    return !this.element.hidden;
  }

  hide(): void {
    this.element.hidden = true;
  }

  /** `box`: of what the tip is placed in; no words: there is nothing under the pointer. */
  show(event: MouseEvent, box: DOMRect, words: HTMLElement[]): void {
    const { element } = this;
    element.hidden = words.length === 0;
    if (element.hidden) return;
    element.replaceChildren(...words);
    const x = Math.min(event.clientX - box.left + 14, box.width - element.offsetWidth);
    const below = event.clientY + 22 + element.offsetHeight < window.innerHeight;
    element.style.left = `${Math.max(0, x)}px`;
    element.style.top = `${event.clientY - box.top + (below ? 18 : -element.offsetHeight - 10)}px`;
  }
}
