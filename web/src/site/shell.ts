// What every page of the site does: theme, the word of what serves it, addresses from wherever the page lies.

import { byId, h } from '../dom';
import type { Status } from '../record';
import { printLight, themeButton } from '../theme';
import { status } from './runs';

/** Of a file of the site, whichever folder the page is in, below whichever path. */
export const siteUrl = (path: string): string =>
  new URL(`${document.documentElement.dataset.root ?? './'}${path}`, document.baseURI.replace(/[?#].*/, '')).href;

function badge(found: Status): void {
  const native = found.engine === 'native';
  byId('badge').textContent = native ? `Native ${found.version ?? ''}`.trim() : 'Static site';
  byId('badge').title = native
    ? 'Served by chunkmark serve: runs and captures come from this machine.'
    : 'Plain files: what is computed here is computed by your browser.';
}

/** What serves the page. */
export function startPage(): Promise<Status> {
  printLight();
  byId('theme').replaceWith(themeButton());
  const found = status();
  void found.then(badge);
  return found;
}

export function errorNote(error: unknown, next: string): HTMLElement {
  return h(
    'p',
    { class: 'error', role: 'alert' },
    `${error instanceof Error ? error.message : String(error)}. ${next}`,
  );
}

/** Text to copy, with a button for it. */
export function copyable(text: string): HTMLElement {
  const button = h('button', { type: 'button', class: 'plain small' }, 'copy');
  button.addEventListener('click', () => {
    void navigator.clipboard.writeText(text).then(
      () => {
        button.textContent = 'copied';
      },
      () => {
        button.textContent = 'select it by hand';
      },
    );
  });
  return h('span', { class: 'copyable' }, h('code', {}, text), ' ', button);
}

/** "key=value&..." of the page's fragment. */
export const fragment = (): URLSearchParams => new URLSearchParams(location.hash.slice(1));

export function setFragment(values: Record<string, string>): void {
  const kept = Object.entries(values).filter(([, value]) => value !== '');
  const hash = new URLSearchParams(kept).toString();
  history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
}
