// "Open": by drop anywhere on the page, or by choice. What is opened is kept by this browser under an address of its own.

import { byId, h } from '../../dom';
import { bytes } from '../../format';
import { endCoreWorker } from '../core';
import { keep, keptFile, keptFiles } from '../kept_files';
import { Opened, openFile } from '../opened';
import { errorNote, fragment, startPage } from '../shell';

const kWhat =
  'A capture is a .cmk file that chunkmark trace or chunkmark copies wrote. Files of memray, heaptrack, massif and DHAT, runs (run.json) and HDF5 files open too.';

const output = byId('open-result');
const drop = byId('drop');
let turn = 0;
let opened: Opened | null = null;
let reading = false;

/** Whatever is read is given up, at once. */
function stopReading(): void {
  turn++;
  if (reading) endCoreWorker();
  reading = false;
}

function readingNote(file: File, progress: HTMLProgressElement): HTMLElement {
  const cancel = h('button', { type: 'button', id: 'open-cancel' }, 'Cancel');
  cancel.addEventListener('click', () => {
    stopReading();
    output.replaceChildren(h('p', { class: 'soft', role: 'status' }, `${file.name} was not opened: cancelled.`));
  });
  return h(
    'p',
    { class: 'soft reading', role: 'status' },
    `Reading ${file.name}, ${bytes(file.size)}… `,
    progress,
    ' ',
    cancel,
  );
}

async function show(file: File): Promise<void> {
  stopReading();
  const mine = turn;
  const title = document.title;
  const progress = h('progress', { 'aria-label': `Reading ${file.name}` });
  output.replaceChildren(readingNote(file, progress));
  reading = true;
  try {
    opened?.close();
    opened = null;
    const typed = Number(byId<HTMLInputElement>('open-array').value);
    const into = h('div', {});
    const found = await openFile(into, file, typed > 0 ? typed : null, (share) => {
      progress.value = share;
    });
    if (mine !== turn) return found.close();
    opened = found;
    output.replaceChildren(into);
    document.title = `${file.name} · Chunkmark`;
    output.scrollIntoView({ block: 'start' });
  } catch (error) {
    document.title = title;
    if (mine === turn) output.replaceChildren(errorNote(error, kWhat));
  } finally {
    if (mine === turn) reading = false;
  }
}

async function take(files: File[]): Promise<void> {
  if (files.length === 0) return;
  let id: string | null = null;
  for (const file of files) {
    try {
      id = await keep(file);
    } catch {
      id = null; // no room, or a private window: it is shown, and gone after a reload
    }
  }
  history.pushState(null, '', id ? `#file=${id}` : location.pathname);
  await show(files[files.length - 1]);
  await recent();
}

async function recent(): Promise<void> {
  const kept = await keptFiles().catch(() => []);
  byId('recent').replaceChildren(
    ...(kept.length === 0
      ? []
      : [
          h('h2', { class: 'small soft' }, 'Opened before, in this browser'),
          h(
            'ul',
            { class: 'recent small' },
            ...kept.map(({ id, file }) =>
              h(
                'li',
                {},
                h('a', { href: `#file=${id}` }, file.name),
                h('span', { class: 'soft' }, ` ${bytes(file.size)}`),
              ),
            ),
          ),
        ]),
  );
}

async function restore(): Promise<void> {
  const id = fragment().get('file');
  if (!id) {
    opened?.close();
    opened = null;
    stopReading();
    output.replaceChildren();
    return;
  }
  const file = await keptFile(id).catch(() => null);
  if (file) await show(file);
  else output.replaceChildren(errorNote(new Error('This browser keeps no file under this address'), 'Drop it again.'));
}

void startPage();
const chooser = byId<HTMLInputElement>('open-file');
chooser.addEventListener('change', () => {
  const files = [...(chooser.files ?? [])];
  chooser.value = '';
  void take(files);
});
chooser.disabled = false;
// The whole page takes a drop, so that a miss does not navigate away.
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
document.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) drop.classList.remove('over');
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  void take([...(event.dataTransfer?.files ?? [])]);
});
window.addEventListener('hashchange', () => void restore());
window.addEventListener('popstate', () => void restore());
void recent();
void restore();
