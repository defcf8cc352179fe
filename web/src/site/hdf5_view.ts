// An HDF5 file that a reader opened: its versions where it has any, what is in the chosen one, and a grid of values. The
// file is read by ranges, in a worker; what is shown is what was read.

import { h } from '../dom';
import { bytes, count, kUnknown, plural } from '../format';
import { Hdf5, Storage } from '../storage/client';
import { DatasetFacts, Description, Hdf5Tree, Texts, VersionEntry } from '../storage/hdf5_file';

const kRows = 20;
const kColumns = 8;

const shapeText = (shape: number[] | null | undefined): string =>
  !shape ? kUnknown : shape.length === 0 ? 'scalar' : shape.map(count).join(' × ');

const kNumber = new Intl.NumberFormat('en', { maximumSignificantDigits: 7, useGrouping: false });
const kLongNumber = /^-?\d+\.\d{6,}$/;

/** A cell of the grid: of a long number its first digits, and all of it where the pointer rests. */
function valueCell(text: string): HTMLElement {
  if (!kLongNumber.test(text)) return h('td', { class: 'number' }, text);
  return h('td', { class: 'number', title: text }, kNumber.format(Number(text)));
}

/** The part of an array that the grid shows: the last two axes from `corner` on, one index of each axis before. Of a
 * table, whose fields are columns, a row is an element of the last axis. */
function windowOf(shape: number[], corner: number[], isTable: boolean): [number[], number[]] {
  const rank = shape.length;
  const most = (axis: number): number => {
    if (isTable) return axis === rank - 1 ? kRows : 1;
    return axis === rank - 1 && rank > 1 ? kColumns : axis >= rank - 2 ? (rank === 1 ? kRows * kColumns : kRows) : 1;
  };
  return [corner, shape.map((extent, axis) => Math.min(most(axis), extent - corner[axis]))];
}

/** A dataset of which a part is shown. */
interface Shown {
  path: string;
  version: string | undefined;
  shape: number[];
  isTable: boolean;
}

function fields(columns: NonNullable<Texts['columns']>, corner: number[]): HTMLElement {
  const first = corner.length > 0 ? corner[corner.length - 1] : 0;
  const rows = Array.from({ length: columns[0].texts.length }, (_, row) => row);
  return h(
    'table',
    { class: 'grid' },
    h(
      'thead',
      {},
      h('tr', {}, h('td', {}), ...columns.map(({ name }) => h('th', { scope: 'col', class: 'number' }, name))),
    ),
    h(
      'tbody',
      {},
      ...rows.map((row) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row', class: 'number' }, count(first + row)),
          ...columns.map(({ texts }) => valueCell(texts[row])),
        ),
      ),
    ),
  );
}

function describe(told: Description): HTMLElement[] {
  const facts: [string, string | undefined][] = [
    ['Type', told.type],
    ['Dimensions', told.dimensions?.map((name) => name ?? '?').join(', ')],
    ['Scale', told.scale],
    ['Fill value', told.fill],
    ...Object.entries(told.attributes),
  ];
  const known = facts.filter(([, text]) => text !== undefined);
  if (known.length === 0) return [h('p', { class: 'soft' }, 'It has no attributes.')];
  return [
    h(
      'table',
      { class: 'attributes' },
      h('tbody', {}, ...known.map(([name, text]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, text)))),
    ),
  ];
}

export class Hdf5View {
  readonly element = h('article', { class: 'opened hdf5' });
  private readonly heading: HTMLElement;
  private readonly facts = h('p', { class: 'soft' });
  private readonly tables = h('div', {});
  private readonly grid = h('div', {});
  private readonly values = h('div', { 'aria-live': 'polite' });
  private readonly read = h('p', { class: 'small soft' });
  private turn = 0;

  private constructor(
    private readonly storage: Storage,
    private readonly file: Hdf5,
    name: string,
    private readonly size: number,
  ) {
    this.heading = h('h3', { tabindex: -1 }, name);
    this.element.append(this.heading, this.facts, this.tables, this.values, this.read);
  }

  static async open(given: File, options: Parameters<typeof Storage.start>[0]): Promise<Hdf5View> {
    const storage = await Storage.start(options);
    try {
      const view = new Hdf5View(storage, await storage.openHdf5(given), given.name, given.size);
      await view.start();
      return view;
    } catch (error) {
      storage.close();
      throw error;
    }
  }

  close(): void {
    this.storage.close();
  }

  private async start(): Promise<void> {
    const { versions, current } = await this.file.log();
    if (versions === null) {
      this.facts.textContent = `${bytes(this.size)}, an HDF5 file without versions`;
      return this.show(undefined);
    }
    const known = versions.filter((version) => version.committed).reverse();
    this.facts.textContent = `${bytes(this.size)}, ${plural(versions.length, 'version')}, the current one is ${current}`;
    this.tables.before(this.chooser(known, current));
    await this.show(current ?? known[0]?.name);
  }

  private chooser(versions: VersionEntry[], current: string | null): HTMLElement {
    const choice = h(
      'select',
      { change: () => void this.show(choice.value).catch((error: unknown) => this.tell(error)) },
      ...versions.map(({ name, previous, timestamp, message }) =>
        h(
          'option',
          { value: name, selected: name === current },
          `${name}  ${timestamp.slice(0, 19)}${previous ? `  after ${previous}` : ''}${message && `  ${message}`}`,
        ),
      ),
    );
    return h('p', {}, h('label', { class: 'field' }, 'Version ', choice));
  }

  private async show(version: string | undefined): Promise<void> {
    const turn = ++this.turn;
    const tree = await this.file.tree(version);
    if (turn !== this.turn) return;
    const own = version === undefined && Object.keys(tree.attributes).length > 0;
    this.tables.replaceChildren(
      ...(own ? [h('p', {}, this.nameOf('', 'Attributes of the file', version))] : []),
      this.datasets(tree, version),
    );
    this.values.replaceChildren();
    await this.tellRead();
  }

  private datasets(tree: Hdf5Tree, version: string | undefined): HTMLElement {
    const rows: [string, HTMLElement][] = [
      ...Object.entries(tree.datasets).map(([path, facts]): [string, HTMLElement] => [
        path,
        this.datasetRow(path, facts, version),
      ]),
      ...Object.entries(tree.links).map(([path, target]): [string, HTMLElement] => [
        path,
        h('tr', {}, h('th', { scope: 'row' }, path), h('td', { colspan: 5, class: 'soft' }, `link to ${target}`)),
      ]),
      // Of a group of a version, nothing is told but its name.
      ...(version === undefined ? tree.groups : []).map((path): [string, HTMLElement] => [
        path,
        h('tr', {}, h('th', { scope: 'row' }, this.nameOf(path, `${path}/`, version)), h('td', { colspan: 5 })),
      ]),
    ];
    if (rows.length === 0) return h('p', {}, 'There is no dataset in it.');
    rows.sort(([a], [b]) => (a < b ? -1 : 1));
    const column = (text: string, number = false): HTMLElement =>
      h('th', { scope: 'col', class: number ? 'number' : null }, text);
    return h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Datasets' },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            column('Dataset'),
            column('Shape', true),
            column('Type'),
            column('Chunks', true),
            column('Filters'),
            column('Size', true),
          ),
        ),
        h('tbody', {}, ...rows.map(([, row]) => row)),
      ),
    );
  }

  private datasetRow(path: string, facts: DatasetFacts, version: string | undefined): HTMLElement {
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, facts.error ? path : this.nameOf(path, path, version)),
      ...(facts.error
        ? [h('td', { colspan: 5, class: 'soft' }, facts.error)]
        : [
            h('td', { class: 'number' }, shapeText(facts.shape)),
            h('td', { class: 'type' }, h('code', {}, facts.type)),
            h('td', { class: 'number' }, facts.chunks ? shapeText(facts.chunks) : ''),
            h('td', {}, facts.filters),
            h('td', { class: 'number' }, bytes(facts.bytes)),
          ]),
    );
  }

  private nameOf(path: string, text: string, version: string | undefined): HTMLElement {
    const look = (): void => void this.look(path, version).catch((error: unknown) => this.tell(error));
    return h('button', { type: 'button', class: 'plain', click: look }, text);
  }

  /** What a dataset or group is, and the first elements of a dataset. */
  private async look(path: string, version: string | undefined): Promise<void> {
    const turn = ++this.turn;
    const told = await this.file.describe(path, version);
    if (turn !== this.turn) return;
    this.grid.replaceChildren();
    this.values.replaceChildren(
      h('h4', {}, `${path || '/'}${version ? `, ${version}` : ''}`),
      ...describe(told),
      this.grid,
    );
    this.values.scrollIntoView({ block: 'nearest' });
    const shape = told.shape;
    const isTable = typeof told.dtype === 'object';
    if (shape)
      await this.part(
        { path, version, shape, isTable },
        shape.map(() => 0),
      );
    else await this.tellRead();
  }

  /** `corner`: the first element that is shown. */
  private async part(dataset: Shown, corner: number[]): Promise<void> {
    const turn = ++this.turn;
    const { path, version, shape } = dataset;
    const region = windowOf(shape, corner, dataset.isTable);
    const told = await this.file.texts(path, { version, region });
    if (turn !== this.turn) return;
    const go = (axis: number, to: number): void => {
      const next = corner.map((at, each) => (each === axis ? Math.max(0, Math.min(to, shape[axis] - 1)) : at));
      void this.part(dataset, next).catch((error: unknown) => this.tell(error));
    };
    this.grid.replaceChildren(
      ...(shape.length > 0 ? [this.corner(shape, corner, region[1], go)] : []),
      h(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Values of ${path}` },
        told.columns ? fields(told.columns, corner) : this.table(told.texts ?? [], region[1], corner),
      ),
    );
    await this.tellRead();
  }

  private corner(
    shape: number[],
    corner: number[],
    shown: number[],
    go: (axis: number, to: number) => void,
  ): HTMLElement {
    const field = (axis: number): HTMLElement => {
      const input = h('input', {
        type: 'number',
        min: 0,
        max: shape[axis] - 1,
        value: corner[axis],
        change: () => go(axis, Number(input.value)),
      });
      const last = corner[axis] + shown[axis];
      const page = (to: number, text: string, way: string, off: boolean): HTMLElement => {
        const label = `${way} on axis ${axis}`;
        const attributes = { type: 'button', class: 'plain small', 'aria-label': label, disabled: off };
        return h('button', { ...attributes, click: () => go(axis, to) }, text);
      };
      return h(
        'span',
        { class: 'axis' },
        h('label', { class: 'field' }, `Axis ${axis} from `, input),
        page(corner[axis] - shown[axis], '‹ earlier', 'earlier', corner[axis] === 0),
        page(last, 'later ›', 'later', last >= shape[axis]),
      );
    };
    return h('div', { class: 'axes' }, ...shape.map((_, axis) => field(axis)));
  }

  private table(texts: string[], shape: number[], corner: number[]): HTMLElement {
    const flat = shape.length < 2;
    const total = shape.reduce((product, extent) => product * extent, 1);
    const width = flat ? Math.min(kColumns, total) : shape[shape.length - 1];
    const first = corner.length > 0 ? corner[corner.length - 1] : 0;
    const rows = Array.from({ length: width === 0 ? 0 : Math.ceil(total / width) }, (_, row) => row);
    const rowName = (row: number): string => count(flat ? first + row * width : corner[corner.length - 2] + row);
    const cells = (row: number): number[] =>
      Array.from({ length: Math.min(width, total - row * width) }, (_, column) => row * width + column);
    return h(
      'table',
      { class: 'grid' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('td', {}),
          ...cells(0).map((_, column) =>
            h('th', { scope: 'col', class: 'number' }, flat ? `+${column}` : count(first + column)),
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
            h('th', { scope: 'row', class: 'number' }, rowName(row)),
            ...cells(row).map((at) => valueCell(texts[at])),
          ),
        ),
      ),
    );
  }

  private async tellRead(): Promise<void> {
    const { requests, bytes: moved } = await this.file.counted();
    this.read.textContent = `Read so far: ${bytes(moved)} of ${bytes(this.size)}, in ${plural(requests, 'part')}.`;
  }

  private tell(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.grid.replaceChildren(h('p', { class: 'error', role: 'alert' }, `${message}.`));
    if (!this.grid.isConnected) this.values.replaceChildren(this.grid);
  }
}

/** Whether it begins as HDF5 files do, also behind a user block. */
export async function isHdf5(file: File): Promise<boolean> {
  for (let at = 0; at + 8 <= file.size && at <= 1 << 20; at = at === 0 ? 512 : 2 * at) {
    const start = new Uint8Array(await file.slice(at, at + 8).arrayBuffer());
    if (String.fromCharCode(...start) === '\x89HDF\r\n\x1a\n') return true;
  }
  return false;
}
