// One run of the copy study: its matrix, all figures, what failed, the machine that it was measured on.

import { h } from '../dom';
import { bytes } from '../format';
import type { RunRecord } from '../record';
import { answer } from '../results/answer';
import { runTables } from '../results/run_tables';
import { provenance } from './provenance';

function environment(run: RunRecord): HTMLElement {
  const env = run.environment ?? {};
  const facts: [string, string | undefined][] = [
    ['Processor', env.cpu && `${env.cpu}${env.cores ? `, ${env.cores} cores` : ''}`],
    ['Memory', env.memory_bytes ? bytes(env.memory_bytes) : undefined],
    ['System', env.os],
    ['Compiler', env.compiler],
    [
      'Libraries',
      Object.entries(env.libraries ?? {})
        .map((library) => library.join(' '))
        .join(', ') || undefined,
    ],
    ['Resident memory', env.resident],
  ];
  return h(
    'section',
    { 'aria-labelledby': 'environment' },
    h('header', {}, h('h2', { id: 'environment' }, 'Measured on')),
    h(
      'dl',
      { class: 'terms' },
      ...facts.flatMap(([name, value]) => (value ? [h('dt', {}, name), h('dd', {}, value)] : [])),
    ),
  );
}

export function runView(run: RunRecord, href: (file: string) => string | null): HTMLElement[] {
  const cells = run.results.map((result) => ({ run, result, href: result.report ? href(result.report) : null }));
  return [
    h('h1', {}, `Run of ${run.created.replace('T', ' ').slice(0, 16)}`),
    answer(run.results),
    ...runTables(cells, [run]),
    environment(run),
    provenance(run),
  ];
}
