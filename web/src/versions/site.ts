// Entry of the site's page on the transaction study: the latest run, and the others by name.

import { byId, h } from '../dom';
import { latestVersions, runPath } from '../site/runs';
import { errorNote, startPage } from '../site/shell';
import { mountVersions } from './view';

async function start(): Promise<void> {
  void startPage();
  const into = byId('study');
  try {
    const { run, others } = await latestVersions();
    if (!run) {
      into.replaceChildren(
        h('h1', {}, 'What it costs to keep every version'),
        h('p', { class: 'answer' }, 'No run is published here yet.'),
        h('p', {}, 'Make one: ', h('code', {}, 'chunkmark versions')),
      );
      return;
    }
    mountVersions(into, run, { href: (row) => (row.capture ? runPath(run.id, row.capture) : null) });
    if (others.length === 0) return;
    into.append(
      h(
        'section',
        { 'aria-labelledby': 'others' },
        h('header', {}, h('h2', { id: 'others' }, 'Other runs')),
        h('ul', {}, ...others.map((id) => h('li', {}, h('a', { href: runPath(id, 'report.html') }, id)))),
      ),
    );
  } catch (error) {
    into.replaceChildren(errorNote(error, 'Serve the folder that chunkmark site wrote, or start chunkmark serve.'));
  }
}

void start();
