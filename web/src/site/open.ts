// "Open a file": by drop or by choice. A capture is read by chunkmark-core in a worker and shown as a whole report, an HDF5
// file by chunkmark-storage, a range at a time.

import { CoreWorker } from '../core_worker_client';
import { byId, h } from '../dom';
import { bytes } from '../format';
import { errorNote } from './check';
import type { Hdf5View } from './hdf5_view';

/** More than the module's 32-bit heap can hold beside its own needs. */
const kMaxBytes = 1_500_000_000;

export class Open {
  private readonly output = byId('open-result');
  private readonly drop = byId('drop');
  private turn = 0;
  private opened: Hdf5View | null = null;

  constructor(private readonly worker: () => CoreWorker) {
    const chooser = byId<HTMLInputElement>('open-file');
    chooser.addEventListener('change', () => {
      const file = chooser.files?.[0];
      if (file) void this.open(file);
      chooser.value = '';
    });
    // The whole page takes a drop, so that a miss does not navigate away.
    document.addEventListener('dragover', (event) => {
      event.preventDefault();
      this.drop.classList.add('over');
    });
    document.addEventListener('dragleave', (event) => {
      if (!event.relatedTarget) this.drop.classList.remove('over');
    });
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      this.drop.classList.remove('over');
      const file = event.dataTransfer?.files[0];
      if (file) void this.open(file);
    });
  }

  async open(file: File): Promise<void> {
    const turn = ++this.turn;
    const current = (): boolean => turn === this.turn;
    this.output.replaceChildren(h('p', { class: 'soft' }, `Reading ${file.name}, ${bytes(file.size)}…`));
    this.output.scrollIntoView({ block: 'nearest' });
    try {
      this.opened?.close();
      this.opened = null;
      const hdf5 = await import('./hdf5_view');
      if (await hdf5.isHdf5(file)) {
        const page = document.baseURI;
        const view = await hdf5.Hdf5View.open(file, {
          workerUrl: new URL('assets/storage_worker.js', page),
          moduleUrl: new URL('wasm/chunkmark-storage.mjs', page),
          wasmUrl: new URL('wasm/chunkmark-storage.wasm', page),
        });
        if (!current()) return view.close();
        this.opened = view;
        this.output.replaceChildren(view.element);
        return;
      }
      if (file.size > kMaxBytes) {
        throw new Error(
          `${file.name}: expected at most ${bytes(kMaxBytes)} in a browser, found ${bytes(file.size)}; ` +
            'use chunkmark report on the command line',
        );
      }
      const typed = Number(byId<HTMLInputElement>('open-array').value);
      const data = await this.worker().call(
        'profile.report',
        { array_bytes: typed > 0 ? typed : null, title: file.name },
        await file.arrayBuffer(),
      );
      const { mountReport } = await import('../report/mount');
      if (!current()) return;
      const into = h('article', { class: 'opened' });
      this.output.replaceChildren(into);
      await mountReport(into, { ...data, title: data.title || file.name }, { heading: 'h3', fragment: null });
    } catch (error) {
      if (current())
        this.output.replaceChildren(
          errorNote(
            error,
            'A capture is a .cmk file that chunkmark trace or chunkmark copies wrote; HDF5 files open too.',
          ),
        );
    }
  }
}
