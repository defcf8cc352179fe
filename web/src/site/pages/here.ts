// "Run it here": the copy study in this browser, its progress and memory while it runs, and its result beside the published
// rows and those of the native engine.

import { byId, h } from '../../dom';
import { bytes, count, duration, plural, ratio } from '../../format';
import { glyph } from '../../glyph';
import { codecName, CopyRow, engineName, formatName, PublishedCopy, RunRecord } from '../../record';
import { columnKey, columnsOf, placeName, storeOf } from '../../results/cell';
import { kindOf, mark } from '../../results/mark';
import { runStudy } from '../../study/client';
import type { StudyOptions, StudyRun } from '../../study/study';
import { runOnMachine } from '../machine_study';
import { MemoryLine } from '../memory_line';
import { answers, loadCells } from '../runs';
import { errorNote, fragment, setFragment, siteUrl, startPage } from '../shell';

const form = byId<HTMLFormElement>('form');
const start = byId<HTMLButtonElement>('start');
const cancel = byId<HTMLButtonElement>('cancel');
const result = byId('result');
const kFields = ['size', 'codec', 'format', 'store', 'engine'] as const;
const kElementBytes = 4;
const kRounds = 3;

const field = (name: (typeof kFields)[number]): HTMLSelectElement => form.elements.namedItem(name) as HTMLSelectElement;

function options(): StudyOptions {
  const side = Math.round(Math.sqrt((Number(field('size').value) * 1e6) / kElementBytes));
  return {
    store: field('store').value as StudyOptions['store'],
    formats: [field('format').value] as StudyOptions['formats'],
    codecs: field('codec').value.split(',') as StudyOptions['codecs'],
    shape: [side, side],
    repeat: kRounds,
  };
}

const onMachine = (): boolean => field('engine').value === 'native';

const lede = byId('lede');
const kInBrowser = lede.textContent!;
const kOnMachine =
  'An array is stored and read again by the program that serves this page, on its machine, once traced and then timed.';

/** Each engine has its own places. */
function showStores(): void {
  lede.textContent = onMachine() ? kOnMachine : kInBrowser;
  const hasFiles = 'getDirectory' in ((navigator as Partial<Navigator>).storage ?? {});
  const wanted = onMachine() ? ['memory', 'disk'] : hasFiles ? ['memory', 'opfs'] : ['memory'];
  for (const option of field('store').options) option.hidden = option.disabled = !wanted.includes(option.value);
  if (!wanted.includes(field('store').value)) field('store').value = 'memory';
}

/** Extra copies of one case: of whom, which kind of row, and what is known beside the number. */
interface Row {
  kind: 'own' | 'peer' | 'published' | 'here';
  name: string;
  where: string;
  copies: number | null;
  proven: number | null;
  heap: number | null;
  took: string;
  href?: string;
}

const measuredRow = (row: CopyRow, kind: Row['kind'], where: string, href?: string): Row => ({
  kind,
  name: `${engineName(row.engine)}${row.engine_version ? ` ${row.engine_version}` : ''}`,
  where,
  copies: row.extra_copies,
  proven: row.proven_copies ?? null,
  heap: row.extra_heap,
  took: row.seconds ? `${duration(1000 * row.seconds.median)} for ${bytes(row.array_bytes)}` : '–',
  href,
});

const publishedRow = (row: PublishedCopy): Row => ({
  kind: 'published',
  name: `${engineName(row.engine)}${row.zarr_python ? ` ${row.zarr_python}` : ''}`,
  where: `published by ${row.source} ${row.published.slice(0, 4)}`,
  copies: row.extra_copies,
  proven: null,
  heap: row.extra_heap,
  took: '–',
});

function table(rows: Row[]): HTMLElement {
  const heads = ['Library', 'Where', 'Extra copies', 'Extra heap', 'Time'];
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Your result beside others' },
    h(
      'table',
      { class: 'beside' },
      h(
        'thead',
        {},
        h('tr', {}, ...heads.map((text, i) => h('th', { scope: 'col', class: i > 2 ? 'number' : null }, text))),
      ),
      h(
        'tbody',
        {},
        ...rows.map((row) =>
          h(
            'tr',
            { class: row.kind === 'here' ? 'chosen' : row.kind },
            h(
              'th',
              { scope: 'row' },
              h(
                'span',
                { class: 'engine' },
                mark(row.kind === 'here' ? 'own' : row.kind),
                row.href ? h('a', { href: row.href }, row.name) : h('span', {}, row.name),
              ),
            ),
            h('td', {}, row.where),
            h('td', {}, glyph(row.copies, row.heap, row.proven), ` ${row.copies === null ? '–' : count(row.copies)}`),
            h('td', { class: 'number' }, ratio(row.heap)),
            h('td', { class: 'number' }, row.took),
          ),
        ),
      ),
    ),
  );
}

function save(name: string, data: BlobPart): HTMLElement {
  const link = h('a', { href: URL.createObjectURL(new Blob([data])), download: name }, name);
  return link;
}

async function openReport(into: HTMLElement, row: CopyRow, capture: Uint8Array): Promise<void> {
  const { captureReport } = await import('../opened');
  const file = new File([capture as Uint8Array<ArrayBuffer>], row.capture!);
  const data = await captureReport(file, row.array_bytes);
  const { mountReport } = await import('../../report/mount');
  await mountReport(into, { ...data, result: row }, { heading: 'h2', fragment: null });
  into.scrollIntoView({ block: 'start' });
}

async function show({ record, captures }: StudyRun, seconds: number, by: 'browser' | 'machine'): Promise<void> {
  const cells = (await loadCells().catch(() => [])).filter(({ run }) => run.id !== record.id);
  const published: RunRecord[] = [...new Set(cells.map(({ run }) => run))];
  const report = h('article', { class: 'opened' });
  const parts = columnsOf(record.results).map((column) => {
    const mine = record.results.find((row) => columnKey(row) === columnKey(column))!;
    const native = cells
      .filter(({ result: row }) => columnKey(row) === columnKey(column) && row.format === mine.format)
      .sort((a, b) => Number(kindOf(b.result.engine) === 'own') - Number(kindOf(a.result.engine) === 'own'));
    const theirs = new Map(published.flatMap((run) => run.published ?? []).map((row) => [JSON.stringify(row), row]));
    const same = [...theirs.values()].filter(
      (row) => columnKey(row) === columnKey(column) && row.format === mine.format,
    );
    return h(
      'section',
      {},
      h(
        'header',
        {},
        h(
          'h2',
          {},
          `${mine.operation === 'write' ? 'Writing' : 'Reading'}, ${codecName(mine.codec)}, ${formatName(mine.format)}`,
        ),
      ),
      table([
        measuredRow(mine, 'here', `this ${by}, ${placeName(storeOf(mine))}`),
        ...native.map(({ result: row, href }) =>
          measuredRow(row, kindOf(row.engine), `native, ${placeName(storeOf(row))}`, href ?? undefined),
        ),
        ...same.map(publishedRow),
      ]),
      mine.capture
        ? h(
            'button',
            {
              type: 'button',
              click: () => void openReport(report, mine, captures.get(mine.capture!)!),
            },
            'Open the report of yours',
          )
        : null,
    );
  });
  const most = Math.max(...record.results.map((row) => row.extra_copies ?? 0));
  result.replaceChildren(
    h(
      'p',
      { class: 'answer' },
      `${most === 0 ? 'No extra copy' : `Up to ${plural(most, 'extra copy', 'extra copies')}`} in ${plural(record.results.length, 'case')}, ` +
        `measured in ${duration(1000 * seconds)}, by ${by === 'browser' ? 'your browser' : 'this machine'}.`,
    ),
    h(
      'p',
      { class: 'small soft' },
      by === 'browser'
        ? 'Copies compare with native rows, times only with each other: a browser is another machine.'
        : 'Copies compare with all rows, times with those of this machine. The run is kept among the runs.',
    ),
    ...parts,
    ...(record.failures ?? []).map(({ message }) => h('p', { class: 'error' }, message)),
    report,
    h('p', { class: 'small' }, 'Keep it: ', save('run.json', JSON.stringify(record, null, 2))),
  );
}

type OnProgress = (progress: { done: number; total: number; doing: string }) => void;

function measureInBrowser(signal: AbortSignal, onProgress: OnProgress, line: MemoryLine): Promise<StudyRun> {
  const began = performance.now();
  return runStudy(options(), {
    workerUrl: siteUrl('assets/study_worker.js'),
    modulesUrl: siteUrl('chunkmark/'),
    signal,
    onProgress: (progress) => {
      onProgress(progress);
      if (progress.held_bytes !== undefined) line.add((performance.now() - began) / 1000, progress.held_bytes);
    },
  });
}

function measureOnMachine(signal: AbortSignal, onProgress: OnProgress, line: MemoryLine): Promise<StudyRun> {
  const { formats, codecs, shape } = options();
  const store = field('store').value as 'memory' | 'disk';
  return runOnMachine(
    { store, format: formats!, codec: codecs!, shape: shape!, repeat: kRounds },
    { signal, onProgress, onMemory: (seconds, held) => line.add(seconds, held) },
  );
}

async function run(): Promise<void> {
  setFragment(Object.fromEntries(kFields.map((name) => [name, field(name).value])));
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  const line = new MemoryLine();
  const began = performance.now();
  start.disabled = true;
  cancel.disabled = false;
  cancel.addEventListener('click', stop);
  byId('progress').hidden = false;
  byId('memory').replaceChildren(line.element);
  byId<HTMLProgressElement>('bar').value = 0;
  byId('doing').textContent = onMachine() ? 'Asking this machine…' : 'Fetching the engine…';
  result.replaceChildren();
  try {
    const onProgress = ({ done, total, doing }: { done: number; total: number; doing: string }): void => {
      const bar = byId<HTMLProgressElement>('bar');
      bar.value = Math.max(bar.value, total > 0 ? done / total : 0);
      byId('doing').textContent = total > 0 ? `${done} of ${total}: ${doing}` : doing;
    };
    const by = onMachine() ? 'machine' : 'browser';
    const study = await (by === 'machine' ? measureOnMachine : measureInBrowser)(abort.signal, onProgress, line);
    byId<HTMLProgressElement>('bar').value = 1;
    byId('doing').textContent = 'Done';
    await show(study, (performance.now() - began) / 1000, by);
    result.scrollIntoView({ block: 'nearest' });
  } catch (error) {
    const cancelled = abort.signal.aborted;
    byId('doing').textContent = cancelled ? 'Cancelled' : 'Failed';
    if (!cancelled) result.replaceChildren(errorNote(error, 'Choose a smaller array, or another store.'));
  } finally {
    start.disabled = false;
    cancel.disabled = true;
    cancel.removeEventListener('click', stop);
  }
}

const given = fragment();
function takeGiven(): void {
  for (const name of [...kFields].reverse()) {
    const value = given.get(name);
    if (value && [...field(name).options].some((option) => option.value === value)) field(name).value = value;
    if (name === 'engine') showStores();
  }
}
takeGiven();
showStores();
field('engine').addEventListener('change', showStores);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void run();
});
void startPage().then(({ engine }) => {
  if (engine !== 'native') return;
  field('engine').append(h('option', { value: 'native' }, 'this machine'));
  takeGiven();
});
// Read ahead, so that the comparison is there when the study ends.
void answers().catch(() => undefined);
if (typeof WebAssembly !== 'undefined') {
  start.disabled = false; // it is not before there is something that listens
} else {
  result.replaceChildren(
    errorNote(new Error('This browser has no WebAssembly'), 'Use chunkmark copies on the command line.'),
  );
}
