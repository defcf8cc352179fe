// What is told of measured cells, on the site and in the report of a run: the matrix, what failed, all figures.

import { RunRecord } from '../record';
import { Cell } from './cell';
import { failures } from './failures';
import { figuresTable } from './figures_table';
import { Matrix } from './matrix';

export function runTables(cells: Cell[], runs: RunRecord[], matrix = new Matrix(cells)): HTMLElement[] {
  return [matrix.element, ...failures(runs.flatMap((run) => run.failures ?? [])), figuresTable(cells)];
}
