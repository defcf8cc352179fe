// Puts the figures of the run record beside those that the WebAssembly module computes from the same capture. Pure.
// Equal means equal to the last bit: both come from the same code over the same bytes.

import { CopyRow, Figures } from '../record';

export interface Line {
  name: string;
  native: number | null;
  here: number | null;
  kind: 'count' | 'ratio';
  equal: boolean;
}

function line(
  name: string,
  kind: Line['kind'],
  native: number | null | undefined,
  here: number | null | undefined,
): Line {
  const a = native ?? null;
  const b = here ?? null;
  return { name, kind, native: a, here: b, equal: a === b };
}

export function compareFigures(result: CopyRow, here: Figures): Line[] {
  const per = (value: number | null | undefined): number | null =>
    value === null || value === undefined ? null : value / result.array_bytes;
  const moved = result.bytes_moved;
  return [
    line('Extra copies', 'count', result.extra_copies, here.extra_copies),
    line('Extra heap, × array', 'ratio', result.extra_heap, here.extra_heap),
    line('Copied in user space, × array', 'ratio', moved?.user, per(here.bytes_copied)),
    line('Moved by realloc, × array', 'ratio', moved?.realloc, per(here.bytes_realloc_moved)),
    line('Kernel in, × array', 'ratio', moved?.in, per(here.bytes_in)),
    line('Kernel out, × array', 'ratio', moved?.out, per(here.bytes_out)),
  ].filter((l) => l.native !== null || l.here !== null);
}
