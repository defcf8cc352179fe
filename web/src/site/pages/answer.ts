// The page of one answer: one library, operation, codec, format and store. The report of its capture, opened at the buffers
// that count; how it was in other runs; neighbours to compare with.

import { byId, h } from '../../dom';
import { duration, ratio } from '../../format';
import { glyph } from '../../glyph';
import { codecName, CopyRow, engineName, formatName } from '../../record';
import { Cell, columnKey, placeName, storeOf } from '../../results/cell';
import { copiesInWords } from '../../report/verdict';
import { historyTable } from '../history_table';
import { measured } from '../provenance';
import { reportOf } from '../reports';
import { Answer, answers, loadCell, runUrl } from '../runs';
import { copyable, errorNote, siteUrl, startPage } from '../shell';

function part(id: string, title: string, note: string, ...body: (Node | null)[]): HTMLElement {
  return h(
    'section',
    { 'aria-labelledby': id },
    h('header', {}, h('h2', { id }, title), note ? h('p', {}, note) : null),
    ...body,
  );
}

const isSameCase = (a: CopyRow, b: CopyRow): boolean =>
  columnKey(a) === columnKey(b) && a.format === b.format && storeOf(a) === storeOf(b);

function neighbourRows(cells: Cell[], name: (result: CopyRow) => string, own: Cell): HTMLElement {
  const compare = (cell: Cell): HTMLElement | null =>
    cell.result.capture && own.result.capture && cell !== own
      ? h('a', { href: siteUrl(`compare.html#${new URLSearchParams({ a: keyOf(own), b: keyOf(cell) })}`) }, 'compare')
      : null;
  const table = h(
    'table',
    { class: 'neighbours' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ...['Case', 'Extra copies', 'Extra heap', 'Time'].map((text, i) =>
          h('th', { scope: 'col', class: i > 1 ? 'number' : null }, text),
        ),
        h('td', {}, h('span', { class: 'hidden-text' }, 'Compare')),
      ),
    ),
    h(
      'tbody',
      {},
      ...cells.map((cell) => {
        const { result, href } = cell;
        return h(
          'tr',
          { class: cell === own ? 'chosen' : null },
          h('th', { scope: 'row' }, cell === own ? `${name(result)}, this page` : h('a', { href }, name(result))),
          h(
            'td',
            {},
            glyph(result.extra_copies, result.extra_heap, result.proven_copies),
            ` ${result.extra_copies ?? '–'}`,
          ),
          h('td', { class: 'number' }, ratio(result.extra_heap)),
          h('td', { class: 'number' }, result.seconds ? duration(1000 * result.seconds.median) : '–'),
          h('td', {}, compare(cell)),
        );
      }),
    ),
  );
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Cases to compare with' }, table);
}

const keyOf = ({ run, result }: Cell): string => `${run.id}/${run.results.indexOf(result)}`;

const caseName = (result: CopyRow): string =>
  `${result.operation}, ${formatName(result.format)}, ${codecName(result.codec)}, ${placeName(storeOf(result))}`;

function linkTo({ run, result }: Cell, title: string): HTMLElement {
  const address = `${location.origin}${location.pathname}`;
  return part(
    'take',
    'Take it along',
    '',
    h('p', {}, 'Link to this page: ', copyable(`[${title}](${address})`)),
    result.capture
      ? h(
          'p',
          {},
          h('a', { href: runUrl(run.id, result.capture), download: '' }, 'Download the capture'),
          ` and read it with `,
          copyable(`chunkmark inspect ${result.capture.split('/').pop()}`),
        )
      : h('p', { class: 'soft' }, 'The run holds no capture of this case.'),
    h(
      'p',
      { class: 'small soft' },
      measured(run),
      ' ',
      h('a', { href: siteUrl(`run.html#id=${encodeURIComponent(run.id)}`) }, 'The whole run'),
    ),
  );
}

async function show(mine: Answer, all: Answer[]): Promise<void> {
  const own = await loadCell(mine.page, mine.cells[0]);
  const { result } = own;
  const firsts = await Promise.all(all.map(({ page, cells }) => (page === mine.page ? own : loadCell(page, cells[0]))));
  const title = `${engineName(result.engine)} ${result.operation}s with ${result.extra_copies === null ? 'extra copies unknown' : copiesInWords(result.extra_copies)}`;
  const others = firsts.filter((cell) => isSameCase(cell.result, result));
  const same = firsts.filter((cell) => cell.result.engine === result.engine);
  const history = await Promise.all(mine.cells.map((cell) => loadCell(mine.page, cell)));
  byId('more').replaceChildren(
    part(
      'history',
      'Over runs',
      'The same case in every published run, newest first.',
      historyTable(history),
      h(
        'p',
        { class: 'small' },
        h('a', { href: siteUrl(`history.html#case=${encodeURIComponent(mine.page)}`) }, 'As a chart'),
      ),
    ),
    part(
      'others',
      'Other libraries',
      caseName(result),
      neighbourRows(others, ({ engine }) => engineName(engine), own),
    ),
    part('same', 'Other cases of this library', engineName(result.engine), neighbourRows(same, caseName, own)),
    linkTo(own, title),
  );
  const into = byId('report');
  const [{ mountReport }, data] = await Promise.all([import('../../report/mount'), reportOf(own)]);
  await mountReport(into, { ...data, result }, { heading: 'h1', fragment: '', atCopies: true });
}

async function start(): Promise<void> {
  void startPage();
  const into = byId('report');
  try {
    const all = await answers();
    const mine = all.find(({ page }) => page === into.dataset.page);
    if (!mine)
      throw new Error(`answers/index.json: expected the page ${into.dataset.page}, found ${all.length} others`);
    await show(mine, all);
  } catch (error) {
    into.append(errorNote(error, 'The figures above were written when the site was made.'));
  }
}

void start();
