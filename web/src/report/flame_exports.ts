// Buttons that save what the flame graph shows: CSV and JSON with a line a stack, SVG with the picture.

import { h } from '../dom';
import { asCsv, asJson, asSvg } from '../profile/export';
import { layOut } from '../profile/layout';
import type { FlameContent } from './flame';

const kForms: Record<string, [string, (shown: FlameContent) => string]> = {
  csv: ['text/csv', ({ tree, weights }) => asCsv(tree, weights)],
  json: ['application/json', ({ tree, weights, meaning }) => asJson(tree, weights, meaning.what)],
  svg: [
    'image/svg+xml',
    ({ tree, children, weights, heavy }) => asSvg(tree, weights, layOut(children, weights, heavy)),
  ],
};
/** A browser has read what it saves by then. */
const kRead_ms = 10_000;

/** `title` names the files. */
export function flameExports(title: string, shown: () => FlameContent): HTMLElement {
  const save = (end: string): void => {
    const [type, text] = kForms[end];
    const address = URL.createObjectURL(new Blob([text(shown())], { type }));
    h('a', { href: address, download: `${title.replace(/[^\w.-]+/g, '-') || 'flame'}.${end}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), kRead_ms);
  };
  return h(
    'div',
    { class: 'flame-bar small soft' },
    'Save what is shown: ',
    ...Object.keys(kForms).map((end) =>
      h('button', { type: 'button', class: 'plain', click: () => save(end) }, end.toUpperCase()),
    ),
  );
}
