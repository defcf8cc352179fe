// Small controls of the report: one choice out of several, one switch. Native inputs, so that keys and readers work.

import { h } from '../dom';

let made = 0;

/** A row of words of which one is chosen. */
export function choice<T extends string>(
  legend: string,
  options: [T, string][],
  onChange: (value: T) => void,
): {
  element: HTMLElement;
  set: (value: T) => void;
} {
  const name = `choice${made++}`;
  const inputs = options.map(([value, text]) => {
    const input = h('input', { type: 'radio', name, value, change: () => onChange(value) });
    return { value, input, label: h('label', {}, input, h('span', {}, text)) };
  });
  return {
    element: h(
      'fieldset',
      { class: 'choice' },
      h('legend', { class: 'soft' }, legend),
      ...inputs.map(({ label }) => label),
    ),
    set: (value) =>
      inputs.forEach((entry) => {
        entry.input.checked = entry.value === value;
      }),
  };
}

export function toggle(
  text: string,
  onChange: (on: boolean) => void,
): { element: HTMLElement; set: (on: boolean) => void } {
  const input = h('input', { type: 'checkbox' });
  input.addEventListener('change', () => onChange(input.checked));
  return {
    element: h('label', { class: 'toggle' }, input, h('span', {}, text)),
    set: (on) => {
      input.checked = on;
    },
  };
}

/** Threads to count: all of them, or some. */
export function threadFilter(
  names: string[],
  onChange: (threads: number[] | null) => void,
): {
  element: HTMLElement;
  set: (threads: number[] | null) => void;
} {
  const boxes = names.map((name) => ({ name, input: h('input', { type: 'checkbox' }) }));
  const summary = h('summary', {}, '');
  const read = (): void => {
    const chosen = boxes.flatMap(({ input }, i) => (input.checked ? [i] : []));
    onChange(chosen.length === names.length || chosen.length === 0 ? null : chosen);
  };
  for (const { input } of boxes) input.addEventListener('change', read);
  return {
    element: h(
      'details',
      { class: 'threads' },
      summary,
      h(
        'div',
        { class: 'thread-list' },
        ...boxes.map(({ name, input }) => h('label', { class: 'toggle' }, input, h('span', {}, name))),
      ),
    ),
    set: (threads) => {
      boxes.forEach(({ input }, i) => {
        input.checked = !threads || threads.includes(i);
      });
      summary.textContent = threads ? `${threads.length} of ${names.length} threads` : `All ${names.length} threads`;
    },
  };
}

/** Steps through what a search has found; not there while nothing is looked for. */
export function matchButtons(step: (by: number) => void): {
  elements: HTMLElement[];
  set: (state: { query: string }) => void;
} {
  const button = (text: string, by: number, label: string): HTMLElement =>
    h('button', { type: 'button', class: 'step', 'aria-label': label, click: () => step(by) }, text);
  const elements = [button('‹', -1, 'Previous match'), button('›', 1, 'Next match')];
  return {
    elements,
    set: ({ query }) => {
      for (const element of elements) element.hidden = query.trim() === '';
    },
  };
}

const kKeys: [string[], string][] = [
  [['↑', '↓', '←', '→'], 'move between frames'],
  [['Enter'], 'zoom'],
  [['Esc'], 'up'],
  [['Home'], 'all'],
  [['+', '−'], 'zoom in and out; so does Ctrl with the wheel'],
  [['Shift', '←', '→'], 'pan'],
  [['/'], 'search'],
  [['n', 'N'], 'next and previous match'],
  [['[', ']'], 'move the range'],
  [['p'], 'heap peak'],
  [['?'], 'these keys'],
];

const keyList = (): HTMLElement =>
  h(
    'ul',
    {},
    ...kKeys.map(([names, does]) =>
      h('li', {}, ...names.flatMap((name, i) => [i > 0 ? ' ' : '', h('kbd', {}, name)]), ` ${does}`),
    ),
  );

/** The keys of a report: folded away below the flame graph, and over the page, where one looks, when asked for by key. */
export class Keys {
  readonly element: HTMLElement;
  private readonly dialog = h(
    'dialog',
    { class: 'keys small', 'aria-label': 'Keys' },
    keyList(),
    h('form', { method: 'dialog' }, h('button', { autofocus: true }, 'Close')),
  );

  constructor() {
    this.dialog.querySelector('form')!.addEventListener('submit', (event) => {
      event.preventDefault();
      this.dialog.close();
    });
    this.element = h(
      'div',
      { class: 'screen-only' },
      h('details', { class: 'keys small' }, h('summary', {}, 'Keys'), keyList()),
      this.dialog,
    );
  }

  show(): void {
    if (this.dialog.open) this.dialog.close();
    else this.dialog.showModal();
  }
}
