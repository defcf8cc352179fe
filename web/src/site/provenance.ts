// Who measured, when, on what, and the command that measures it again.

import { h } from '../dom';
import type { CopyRow, RunRecord } from '../record';
import { reproduce } from '../results/reproduce';
import { copyable } from './shell';

export function measured(run: RunRecord): string {
  const env = run.environment ?? {};
  const machine = [env.cpu, env.cores ? `${env.cores} cores` : '', env.os].filter(Boolean).join(', ');
  return `Measured ${run.created.slice(0, 10)} by Chunkmark ${run.version}, ${run.host}${machine ? `, on ${machine}` : ''}.`;
}

/** `results`: those of the run that the command is to measure anew. */
export function provenance(run: RunRecord, results: CopyRow[] = run.results): HTMLElement {
  const { command, where } = reproduce(results, run.settings);
  return h(
    'div',
    { class: 'provenance small soft' },
    h('p', {}, measured(run)),
    h('p', {}, `Reproduce${where ? `, ${where}` : ''}: `, copyable(command)),
  );
}
