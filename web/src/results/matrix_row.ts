// The rows of a table of cells: of whom each is, the mark that says so, and their order.

import { s } from '../dom';

/** One row of a table of cells: what was measured of one engine, or what others published of it. */
export interface MatrixRow {
  kind: 'own' | 'peer' | 'published';
  filesystem: string;
  /** Where, in words: a local folder may lie in memory. */
  store: string;
  format: string;
  name: Node[];
  cell: (codec: string) => HTMLElement;
}

/** Ours a filled circle, a peer a square, what others published a hollow diamond: shapes, so that they read without colour. */
export function mark(kind: MatrixRow['kind']): SVGSVGElement {
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

/** Rows of one store and format stand together. */
export const group = (row: MatrixRow): string => `${row.filesystem}\n${row.format}`;

/** By store and format, and within those ours, then the peers, then what was published. */
export function ordered(rows: MatrixRow[]): MatrixRow[] {
  const groups = [...new Set(rows.map(group))];
  const kinds = ['own', 'peer', 'published'];
  const rank = (row: MatrixRow): number => groups.indexOf(group(row)) * kinds.length + kinds.indexOf(row.kind);
  return [...rows].sort((a, b) => rank(a) - rank(b));
}
