// RangeBar: the range as two numbers and as words: jump to the heap's peak, to the resident peak, to the marked operation, to
// everything; and the one sentence that says what the range holds. The sentence's number is the flame graph's and the table's.

import { h } from '../dom';

export interface Jump {
  text: string;
  title: string;
  go: () => void;
}

export class RangeBar {
  readonly element: HTMLElement;
  private readonly from = h('input', {
    type: 'number',
    min: 0,
    step: 'any',
    inputmode: 'decimal',
    'aria-label': 'Range from, milliseconds',
  });
  private readonly to = h('input', {
    type: 'number',
    min: 0,
    step: 'any',
    inputmode: 'decimal',
    'aria-label': 'Range to, milliseconds',
  });
  private range: [number, number] = [0, 0];
  private readonly statement = h('p', { class: 'range-statement', role: 'status', 'aria-live': 'polite' });

  constructor(end_ms: number, jumps: Jump[], onRange: (from: number, to: number) => void) {
    // Only the field that was changed is read: the other one shows fewer digits than the range has.
    const read = (which: 0 | 1, input: HTMLInputElement): void => {
      const next: [number, number] = [...this.range];
      next[which] = Math.min(end_ms, Math.max(0, Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : 0));
      onRange(Math.min(...next), Math.max(...next));
    };
    [this.from, this.to].forEach((input, which) => {
      input.max = String(Math.ceil(end_ms));
      input.addEventListener('change', () => read(which as 0 | 1, input));
    });
    this.element = h(
      'div',
      { class: 'range' },
      h(
        'div',
        { class: 'range-bar screen-only' },
        h('span', { class: 'range-ends' }, h('label', {}, 'From ', this.from), h('label', {}, ' to ', this.to), ' ms'),
        ...jumps.map((jump) => h('button', { type: 'button', title: jump.title, click: jump.go }, jump.text)),
      ),
      this.statement,
    );
  }

  show(from: number, to: number, statement: string): void {
    this.range = [from, to];
    const text = (value: number): string => String(Number(value.toFixed(value < 100 ? 3 : 1)));
    if (document.activeElement !== this.from) this.from.value = text(from);
    if (document.activeElement !== this.to) this.to.value = text(to);
    if (this.statement.textContent !== statement) this.statement.textContent = statement;
  }
}
