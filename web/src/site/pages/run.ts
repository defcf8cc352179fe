// The page of one run.

import { byId, h } from '../../dom';
import { loadRun, runUrl } from '../runs';
import { runView } from '../run_view';
import { errorNote, fragment, startPage } from '../shell';

async function start(): Promise<void> {
  void startPage();
  const into = byId('run');
  try {
    const id = fragment().get('id');
    if (!id) throw new Error('run.html: expected a run in the address (#id=...), found none');
    const run = await loadRun(id);
    document.title = `${run.id} · Chunkmark`;
    into.replaceChildren(
      ...runView(run, (file) => runUrl(run.id, file)),
      h('p', {}, h('a', { href: runUrl(id, 'run.json'), download: '' }, 'Download run.json')),
    );
  } catch (error) {
    into.replaceChildren(errorNote(error, 'Choose one on the page of all runs.'));
  }
}

window.addEventListener('hashchange', () => location.reload());
void start();
