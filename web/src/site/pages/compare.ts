// "Compare": two captures: their figures, their heap over one axis of time, the flame graph of what grew and shrank, and the
// functions that changed most; of two runs, the same cases side by side.

import { byId, h } from '../../dom';
import { bytes, count, duration, ratio } from '../../format';
import { glyph } from '../../glyph';
import { Profile, readReport } from '../../profile/data';
import { indexChildren } from '../../profile/layout';
import { frameLabel, weigh } from '../../profile/tree';
import { CopyRow, Figures, filesystemName } from '../../record';
import { cellName } from '../../results/figures_table';
import { FlameView } from '../../report/flame';
import { ReportModel } from '../../report/model';
import { deltas, Difference, difference } from '../difference';
import { keep, keptFile, keptFiles } from '../kept_files';
import { captureReport } from '../opened';
import { beginOf, Overlay } from '../overlay';
import { reportOf } from '../reports';
import { runDeltas } from '../run_deltas';
import { answers, loadCell, loadRun, runIndex } from '../runs';
import { errorNote, fragment, setFragment, startPage } from '../shell';

const into = byId('comparison');
const form = byId<HTMLFormElement>('form');
const side = (name: 'a' | 'b'): HTMLSelectElement => form.elements.namedItem(name) as HTMLSelectElement;
const kDeltas = 20;

interface Compared {
  name: string;
  profile: Profile;
  model: ReportModel;
  result: CopyRow | null;
}

/** "file:ID" of a file that was opened, or "RUN/INDEX" of a published case. */
async function load(key: string): Promise<Compared> {
  const kept = /^file:(.+)$/.exec(key);
  const named = /^(.+)\/(\d+)$/.exec(key);
  if (kept) {
    const file = await keptFile(kept[1]);
    if (!file) throw new Error('This browser keeps no file under this address');
    const profile = await readReport(await captureReport(file, null));
    return prepared(file.name, profile, null);
  }
  if (!named) throw new Error(`compare.html: expected RUN/INDEX or file:ID, found ${key}`);
  const run = await loadRun(named[1]);
  const result = run.results[Number(named[2])];
  if (!result) throw new Error(`${named[1]}: expected a result ${named[2]}, found ${run.results.length}`);
  const data = await reportOf({ run, result });
  return prepared(cellName(result), await readReport({ ...data, result }), result);
}

function prepared(name: string, profile: Profile, result: CopyRow | null): Compared {
  const model = new ReportModel(profile);
  if (profile.columns) profile.heap = model.heap(null);
  return { name, profile, model, result };
}

const kFigures: [
  string,
  (figures: Figures, result: CopyRow | null) => number | null | undefined,
  (n: number) => string,
][] = [
  ['Extra copies', (f, r) => (r ? r.extra_copies : f.extra_copies), count],
  ['Extra heap, × array', (f, r) => (r ? r.extra_heap : f.extra_heap), ratio],
  ['Heap peak', (f) => f.peak_heap_bytes, bytes],
  ['Copied in user space', (f) => f.bytes_copied, bytes],
  ['Moved by realloc', (f) => f.bytes_realloc_moved, bytes],
  ['Kernel in', (f) => f.bytes_in, bytes],
  ['Kernel out', (f) => f.bytes_out, bytes],
  ['Held more than once', (f) => f.bytes_duplicated, bytes],
  ['Allocations', (f) => f.allocations, count],
  ['Time, untraced', (_, r) => r?.seconds && 1000 * r.seconds.median, duration],
];

const signed = (by: number, text: (n: number) => string): string =>
  by === 0 ? '0' : `${by > 0 ? '+' : '−'}${text(Math.abs(by))}`;

function figures(a: Compared, b: Compared): HTMLElement {
  const rows = kFigures.flatMap(([name, of, text]) => {
    const [x, y] = [a, b].map(({ profile, result }) => of(profile.figures, result) ?? null);
    if (x === null && y === null) return [];
    const by = x !== null && y !== null ? y - x : null;
    return [
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, name),
        ...[x, y].map((value) => h('td', { class: 'number' }, value === null ? 'unknown' : text(value))),
        h('td', { class: by !== null && by > 0 ? 'number cost' : 'number' }, by === null ? '–' : signed(by, text)),
      ),
    ];
  });
  return h(
    'table',
    { class: 'deltas figures-compared' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ...['Figure', 'Before', 'After', 'Change'].map((text, i) =>
          h('th', { scope: 'col', class: i ? 'number' : null }, text),
        ),
      ),
    ),
    h('tbody', {}, ...rows),
  );
}

/** Milliseconds after the mark `begin`. */
type Range = [number, number];

/** The stretch between the marks, or all of a capture without. */
const ownRange = ({ model, profile }: Compared): Range => {
  const { from, to } = model.defaults;
  return [from * profile.tick_ms - beginOf(profile), to * profile.tick_ms - beginOf(profile)];
};

/** The heap peak within a range of both, or, without one, within each one's own marks. */
function sideOf({ model, profile }: Compared, range: Range | null): Parameters<typeof difference>[0] {
  const state = { ...model.defaults };
  if (range) {
    const [from, to] = range.map((time) =>
      Math.min(profile.end, Math.max(0, Math.round((time + beginOf(profile)) / profile.tick_ms))),
    );
    Object.assign(state, { from, to });
  }
  const { prepared: shown, weights } = model.plain(state);
  return { tree: shown.tree, self: weights.self, selfBlocks: weights.selfBlocks };
}

function showDifference(view: FlameView, of: Difference): void {
  const { tree, before, after } = of;
  view.show({
    tree,
    children: indexChildren(tree),
    weights: weigh(tree, of.self, of.selfBlocks),
    heavy: true,
    upward: false,
    change: of.change,
    meaning: {
      what: 'alive at either heap peak',
      one: 'block',
      many: 'blocks',
      sizes: (node) =>
        `${bytes(before[node])} before, ${bytes(after[node])} after: ${signed(after[node] - before[node], bytes)}`,
    },
  });
}

/** Heap of both over time; what is chosen there is what the flame graph and the functions below are of. */
function timeAndChanges(before: Compared, after: Compared): HTMLElement[] {
  const view = new FlameView();
  const functions = h('div', {});
  const statement = h('p', { class: 'small', 'aria-live': 'polite' });
  const update = (range: Range | null): void => {
    const of = difference(sideOf(before, range), sideOf(after, range));
    showDifference(view, of);
    functions.replaceChildren(changes(of));
    const [a, b] = [of.before[0] ?? 0, of.after[0] ?? 0];
    const instant = (time: number): string => (time < 0 ? `${duration(-time)} before begin` : duration(time));
    const where = range ? `${range.map(instant).join(' to ')}: ` : 'between the marks: ';
    statement.textContent = `${where}heap peak ${bytes(a)} before, ${bytes(b)} after, ${signed(b - a, bytes)}`;
  };
  const hasRanges = before.profile.columns !== null && after.profile.columns !== null;
  const lines = new Overlay(
    [before, after].map(({ profile }) => [profile, profile.heap]),
    hasRanges ? (from, to, final) => final && update([from, to]) : null,
  );
  const own = [before, after].map(ownRange);
  lines.setRange(Math.min(own[0][0], own[1][0]), Math.max(own[0][1], own[1][1]));
  update(null);
  const note = hasRanges ? 'From the mark begin on. Drag to choose a stretch of both.' : 'From the mark begin on.';
  return [
    section('Heap over time', note, lines.element, statement),
    section(
      'What grew and what shrank',
      'Both heap peaks of that stretch by call stack, as wide as the larger. Amber and hatched grew, blue shrank.',
      view.element,
    ),
    section('By function', 'Own bytes at the heap peak, the largest change first.', functions),
  ];
}

function changes(of: Difference): HTMLElement {
  const rows = deltas(of, kDeltas);
  if (rows.length === 0) return h('p', {}, 'No function holds more or less at its heap peak than before.');
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'What changed most' },
    h(
      'table',
      { class: 'deltas' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...['Function', 'Before', 'After', 'Change'].map((text, i) =>
            h('th', { scope: 'col', class: i ? 'number' : null }, text),
          ),
        ),
      ),
      h(
        'tbody',
        {},
        ...rows.map((row) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row', class: 'mono' }, frameLabel(row.name)),
            h('td', { class: 'number' }, bytes(row.before)),
            h('td', { class: 'number' }, bytes(row.after)),
            h(
              'td',
              { class: row.after > row.before ? 'number cost' : 'number' },
              signed(row.after - row.before, bytes),
            ),
          ),
        ),
      ),
    ),
  );
}

function section(title: string, note: string, ...body: Node[]): HTMLElement {
  return h('section', {}, h('header', {}, h('h2', {}, title), note ? h('p', {}, note) : null), ...body);
}

const heading = (which: string, { name, profile, result }: Compared): HTMLElement => {
  const copies = result ? result.extra_copies : (profile.figures.extra_copies ?? null);
  return h(
    'div',
    {},
    h('p', { class: 'small soft' }, which),
    h('h2', {}, copies === null ? null : glyph(copies, result?.extra_heap ?? null, result?.proven_copies), name),
  );
};

let turn = 0;
async function show(): Promise<void> {
  const mine = ++turn;
  const [a, b] = [side('a').value, side('b').value];
  if (!a || !b) {
    into.replaceChildren(h('p', {}, 'Choose two captures, or two whole runs, or add files of your own.'));
    return;
  }
  into.replaceChildren(h('p', { class: 'soft' }, 'Reading both…'));
  try {
    const runs = [a, b].flatMap((key) => /^run:(.+)$/.exec(key)?.[1] ?? []);
    if (runs.length === 1) throw new Error('A run and a capture: expected two of a kind');
    if (runs.length === 2) {
      const [before, after] = await Promise.all(runs.map(loadRun));
      if (mine === turn) into.replaceChildren(...runDeltas(before, after));
      return;
    }
    const [before, after] = await Promise.all([load(a), load(b)]);
    if (mine !== turn) return;
    into.replaceChildren(
      h('div', { class: 'pair' }, heading('Before', before), heading('After', after)),
      h(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Figures of both' },
        figures(before, after),
      ),
      ...timeAndChanges(before, after),
    );
  } catch (error) {
    if (mine === turn) into.replaceChildren(errorNote(error, 'Choose two others.'));
  }
}

function chosen(): void {
  setFragment({ a: side('a').value, b: side('b').value });
  void show();
}

async function offer(): Promise<void> {
  const given = fragment();
  const published = await Promise.all(
    (await answers()).flatMap(({ page, cells }) => cells.map((cell) => loadCell(page, cell))),
  );
  const keyOf = (run: string, index: number): string => `${run}/${index}`;
  const kept = await keptFiles().catch(() => []);
  const runs = (await runIndex()).filter((run) => run.kind !== 'versions');
  const options = [
    ...runs.map(({ id, created, stores }) => [
      `run:${id}`,
      ['the whole run of ' + created.replace('T', ' ').slice(0, 16), ...(stores ?? []).map(filesystemName)].join(', '),
    ]),
    ...kept.map(({ id, file }) => [`file:${id}`, file.name]),
    ...published
      .filter(({ result }) => result.capture || result.report)
      .map(({ run, result }) => [
        keyOf(run.id, run.results.indexOf(result)),
        `${cellName(result)}, ${run.created.slice(0, 10)}`,
      ]),
  ];
  for (const name of ['a', 'b'] as const) {
    const before = given.get(name) ?? side(name).value;
    side(name).replaceChildren(
      h('option', { value: '' }, 'choose…'),
      ...options.map(([value, text]) => h('option', { value }, text)),
    );
    side(name).value = options.some(([value]) => value === before) ? before : '';
  }
}

async function restore(): Promise<void> {
  try {
    await offer();
  } catch (error) {
    into.replaceChildren(errorNote(error, 'Add two files instead.'));
    return;
  }
  await show();
}

void startPage();
for (const name of ['a', 'b'] as const) side(name).addEventListener('change', chosen);
const swap = byId<HTMLButtonElement>('swap');
swap.addEventListener('click', () => {
  [side('a').value, side('b').value] = [side('b').value, side('a').value];
  chosen();
});
const add = byId<HTMLInputElement>('add');
add.addEventListener('change', async () => {
  const [file] = add.files ?? [];
  if (!file) return;
  let id: string;
  try {
    id = await keep(file);
  } catch (error) {
    into.replaceChildren(errorNote(error, 'Compare them with chunkmark compare.'));
    return;
  }
  const free = side('a').value ? 'b' : 'a';
  setFragment({ a: side('a').value, b: side('b').value, [free]: `file:${id}` });
  await restore();
});
swap.disabled = add.disabled = false;
window.addEventListener('hashchange', () => void restore());
void restore();
