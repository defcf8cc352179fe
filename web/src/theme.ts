// The reader's choice of light or dark: follows the system until a button is pressed, then keeps the choice where the
// browser allows it (a page opened from a file may not store anything).

import { h } from './dom';

const kKey = 'chunkmark.theme';

function stored(): string | null {
  try {
    return localStorage.getItem(kKey);
  } catch {
    return null;
  }
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

/** Paper is light: while the page is printed the light theme holds, whatever the screen shows. */
export function printLight(): void {
  let before: string | undefined;
  window.addEventListener('beforeprint', () => {
    before = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = 'light';
  });
  window.addEventListener('afterprint', () => {
    if (before === undefined) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = before;
  });
}

/** A button that switches; its label says what pressing it gives. */
export function themeButton(): HTMLButtonElement {
  const chosen = stored();
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
  const button = h('button', { class: 'plain small screen-only', type: 'button' });
  const name = (): void => {
    button.textContent = isDark() ? 'Light' : 'Dark';
  };
  button.addEventListener('click', () => {
    const next = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(kKey, next);
    } catch {
      // Nothing to do: the choice holds until the page is closed.
    }
    name();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', name);
  name();
  return button;
}
