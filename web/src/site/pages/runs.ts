// All runs, newest first, and a search over what they measured. While a server runs new ones appear.

import { byId, h } from '../../dom';
import { bytes, plural } from '../../format';
import { engineName, filesystemName, RunIndex } from '../../record';
import { runIndex, runUrl } from '../runs';
import { errorNote, setFragment, fragment, siteUrl, startPage } from '../shell';

type Entry = RunIndex['runs'][number];

/** As many as a reader looks through; the search finds the others. */
const kShown = 200;
const kPause_ms = 100;

const kKinds: Record<string, string> = { copies: 'copy study', versions: 'transaction study' };

const wordsOf = (run: Entry): string =>
  [
    run.id,
    run.created,
    run.kind,
    ...(run.engines ?? []).flatMap((name) => [name, engineName(name)]),
    ...(run.stores ?? []),
  ]
    .join(' ')
    .toLowerCase();

function row(run: Entry): HTMLElement {
  const href =
    run.kind === 'copies' ? siteUrl(`run.html#id=${encodeURIComponent(run.id)}`) : runUrl(run.id, 'report.html');
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('a', { href }, run.created.replace('T', ' ').replace(/:\d\dZ$/, ''))),
    h('td', {}, kKinds[run.kind] ?? run.kind),
    h('td', {}, (run.engines ?? []).map(engineName).join(', ')),
    h('td', {}, (run.stores ?? []).map(filesystemName).join(', ')),
    h('td', { class: 'number' }, run.array_bytes === null ? '–' : bytes(run.array_bytes)),
    h('td', { class: 'number' }, run.results === undefined ? '–' : String(run.results)),
    h('td', {}, h('a', { href: runUrl(run.id, 'run.json') }, 'run.json')),
  );
}

function show(all: Entry[]): void {
  const search = byId<HTMLInputElement>('search');
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter((run) => words.every((word) => wordsOf(run).includes(word)));
  byId('found').textContent =
    `${plural(found.length, 'run')}${found.length > kShown ? `, the newest ${kShown} shown` : ''}`;
  const heads = ['Measured', 'Study', 'Libraries', 'Store', 'Array', 'Cases', 'Record'];
  byId('runs').replaceChildren(
    all.length === 0
      ? h('p', {}, 'No run is published here yet. Make one: ', h('code', {}, 'chunkmark copies'))
      : h(
          'div',
          { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Runs' },
          h(
            'table',
            { class: 'runs' },
            h(
              'thead',
              {},
              h(
                'tr',
                {},
                ...heads.map((text, i) => h('th', { scope: 'col', class: i === 4 || i === 5 ? 'number' : null }, text)),
              ),
            ),
            h('tbody', {}, ...found.slice(0, kShown).map(row)),
          ),
        ),
  );
}

async function start(): Promise<void> {
  const served = startPage();
  const search = byId<HTMLInputElement>('search');
  search.value ||= fragment().get('query') ?? ''; // some type before this runs
  try {
    let all = await runIndex();
    show(all);
    search.addEventListener('input', () => {
      setFragment({ query: search.value });
      show(all);
    });
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.target === search) return;
      event.preventDefault();
      search.focus();
    });
    if ((await served).engine !== 'native') return;
    const again = (): void =>
      void runIndex().then(
        (now) => show((all = now)),
        () => undefined, // the server is gone: what was shown stays
      );
    const events = new EventSource(siteUrl('api/v1/runs/events'));
    let soon: number | undefined;
    for (const event of ['run', 'gone']) {
      events.addEventListener(event, () => {
        clearTimeout(soon); // many may come at once
        soon = window.setTimeout(again, kPause_ms);
      });
    }
  } catch (error) {
    byId('runs').replaceChildren(
      errorNote(error, 'Serve the folder that chunkmark site wrote, or start chunkmark serve.'),
    );
  }
}

void start();
