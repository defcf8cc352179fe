// The overview: the question, the answer, the reader's own library, and the matrix that leads to every answer.

import { byId, h } from '../../dom';
import { bytes } from '../../format';
import { kSmallArrayBytes } from '../../generated/constants';
import { engineName, formatName } from '../../record';
import { answer, arraySize, libraryAnswer } from '../../results/answer';
import { Cell, placeName } from '../../results/cell';
import { Matrix, MatrixState } from '../../results/matrix';
import { runTables } from '../../results/run_tables';
import { provenance } from '../provenance';
import { loadCells } from '../runs';
import { copyable, errorNote, fragment, setFragment, startPage } from '../shell';

function empty(): void {
  byId('answer').replaceChildren(
    h('p', { class: 'answer' }, 'No run is published here yet.'),
    h('p', {}, 'Make one: ', copyable('chunkmark copies'), ' and then ', copyable('chunkmark site -o public')),
  );
}

function smallArray(cells: Cell[]): HTMLElement | string {
  if (cells.every(({ result }) => result.array_bytes >= kSmallArrayBytes)) return '';
  return h(
    'p',
    {},
    `This run is of an array under ${bytes(kSmallArrayBytes)}: at that size buffers that libraries hold anyway count as copies.`,
  );
}

function fromFragment(defaults: MatrixState): MatrixState {
  const given = fragment();
  const told = (name: keyof MatrixState): string => given.get(name) ?? defaults[name];
  return {
    format: told('format'),
    store: told('store'),
    sort: told('sort'),
    query: told('query'),
    library: told('library'),
  };
}

/** A result that is shown, by its place in its run, leads where its cell leads. */
function show(cells: Cell[]): void {
  const chooser = byId<HTMLSelectElement>('library');
  const write = (state: MatrixState): void => {
    const { defaults } = matrix;
    const kept = Object.entries(state).filter(([name, value]) => value !== defaults[name as keyof MatrixState]);
    setFragment(Object.fromEntries(kept));
    told(state);
  };
  const matrix = new Matrix(cells, write);
  let state = matrix.defaults;
  const told = (now: MatrixState): void => {
    state = now;
    const results = matrix.shown.map(({ result }) => result);
    const hrefs = new Map(matrix.shown.map(({ result, href }) => [result, href]));
    const size = arraySize(results);
    if (size) byId('question-size').textContent = size;
    byId('answer').replaceChildren(answer(results), smallArray(matrix.shown));
    chooser.value = now.library;
    byId('yours').replaceChildren(
      ...(now.library === ''
        ? []
        : [
            h(
              'p',
              { class: 'small soft' },
              `${engineName(now.library)}, ${formatName(now.format)} ${placeName(now.store)}:`,
            ),
            libraryAnswer(results, now.library, (result) => hrefs.get(result) ?? null),
          ]),
    );
  };
  const engines = [...new Set(cells.map(({ result }) => result.engine))];
  chooser.replaceChildren(
    h('option', { value: '' }, 'choose…'),
    ...engines.map((engine) => h('option', { value: engine }, engineName(engine))),
    h('option', { value: '-' }, 'another one'),
  );
  chooser.disabled = false;
  chooser.addEventListener('change', () => {
    if (chooser.value === '-') {
      location.href = 'method.html#yours';
      return;
    }
    // Where it was measured, if not in what is shown.
    const library = chooser.value;
    const here = matrix.shown.some(({ result }) => result.engine === library);
    const there = cells.find(({ result }) => result.engine === library);
    const place = here || !there ? {} : matrix.placeOf(there);
    matrix.show({ ...state, ...place, library });
    write({ ...state, ...place, library });
  });
  const read = (): void => {
    const wanted = fromFragment(matrix.defaults);
    matrix.show(wanted);
    told(wanted);
  };
  window.addEventListener('hashchange', read);
  window.addEventListener('popstate', read);
  const runs = [...new Set(cells.map(({ run }) => run))];
  byId('results').replaceChildren(...runTables(cells, runs, matrix), ...runs.map((run) => provenance(run)));
  read();
}

async function start(): Promise<void> {
  void startPage();
  try {
    const cells = await loadCells();
    if (cells.length === 0) empty();
    else show(cells);
  } catch (error) {
    byId('answer').replaceChildren(
      errorNote(error, 'Serve the folder that chunkmark site wrote, or start chunkmark serve.'),
    );
  }
}

void start();
