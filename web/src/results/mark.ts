// The mark before a name that says whose the row is: ours a filled circle, a peer a square, what others published a hollow
// diamond: shapes, so that they read without colour.

import { s } from '../dom';

export type Kind = 'own' | 'peer' | 'published';
export const kindOf = (engine: string): Kind => (/^chunkmark(-python)?$/.test(engine) ? 'own' : 'peer');

export function mark(kind: Kind): SVGSVGElement {
  const shape =
    kind === 'own'
      ? s('circle', { cx: 6, cy: 6, r: 4.5 })
      : kind === 'peer'
        ? s('rect', { x: 2, y: 2, width: 8, height: 8 })
        : s('path', { d: 'M6 1.2 10.8 6 6 10.8 1.2 6Z', 'stroke-width': 1.4 });
  return s(
    'svg',
    { class: `mark-of ${kind}`, viewBox: '0 0 12 12', width: 12, height: 12, 'aria-hidden': 'true' },
    shape,
  );
}
