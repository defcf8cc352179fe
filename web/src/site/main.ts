// Entry of the overview page: shows the latest run, says what serves the page, and starts WebAssembly only when asked to.

import { CoreWorker } from '../core_worker_client';
import { byId, h } from '../dom';
import { bytes } from '../format';
import { kSmallArrayBytes } from '../generated/constants';
import { RunRecord, Status } from '../record';
import { printLight, themeButton } from '../theme';
import { answer, arraySize } from '../results/answer';
import { failures } from '../results/failures';
import { reproduce } from '../results/reproduce';
import { resultTables } from '../results/tables';
import { Check, errorNote } from './check';
import { Open } from './open';
import { latestRun, runPath, status } from './runs';

let core: CoreWorker | null = null;
const worker = (): CoreWorker => {
  const page = document.baseURI;
  return (core ??= new CoreWorker(
    new URL('assets/core_worker.js', page),
    new URL('wasm/chunkmark-core.mjs', page).href,
  ));
};

function badge(found: Status): void {
  const native = found.engine === 'native';
  byId('badge').textContent = native ? `Native ${found.version ?? ''}`.trim() : 'Static site';
  byId('badge').title = native
    ? 'Served by chunkmark serve: runs and captures come from this machine.'
    : 'Plain files: what is computed here is computed by your browser.';
}

function copyable(text: string): HTMLElement {
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

function provenance(run: RunRecord): void {
  const env = run.environment ?? {};
  const { command, where } = reproduce(run.results, run.settings);
  const machine = [env.cpu, env.cores ? `${env.cores} cores` : '', env.os].filter(Boolean).join(', ');
  byId('provenance').replaceChildren(
    h(
      'p',
      {},
      `Measured ${run.created.slice(0, 10)} by Chunkmark ${run.version}, ${run.host}${machine ? `, on ${machine}` : ''}.`,
    ),
    h('p', {}, `Reproduce${where ? `, ${where}` : ''}: `, copyable(command)),
  );
}

function empty(): void {
  byId('answer').replaceChildren(
    h('p', { class: 'answer' }, 'No run is published here yet.'),
    h('p', {}, 'Make one: ', copyable('chunkmark copies'), ' and then ', copyable('chunkmark site -o public')),
  );
}

function smallArray(run: RunRecord): HTMLElement | string {
  if (run.results.every((result) => result.array_bytes >= kSmallArrayBytes)) return '';
  return h(
    'p',
    {},
    `This run is of an array under ${bytes(kSmallArrayBytes)}: at that size buffers that libraries hold anyway count as copies.`,
  );
}

async function start(): Promise<void> {
  printLight();
  byId('theme').replaceWith(themeButton());
  const check = new Check(worker);
  new Open(worker);
  void status().then(badge);
  try {
    const run = await latestRun('copies');
    if (!run) {
      empty();
      return;
    }
    const size = arraySize(run);
    if (size) byId('question-size').textContent = size;
    byId('answer').replaceChildren(answer(run), smallArray(run));
    byId('results').replaceChildren(
      ...resultTables(run, {
        href: (result) => (result.report ? runPath(run.id, result.report) : null),
        check: (result) => void check.check(result),
      }),
      ...failures(run),
    );
    check.offer(run);
    provenance(run);
  } catch (error) {
    byId('answer').replaceChildren(
      errorNote(error, 'Serve the folder that chunkmark site wrote, or start chunkmark serve.'),
    );
  }
}

void start();
