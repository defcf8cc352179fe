// What a file is and how it is shown: a capture as a whole report (chunkmark-core in a worker), a run record as its tables,
// an HDF5 file a range at a time (chunkmark-hdf5).

import { h } from '../dom';
import { bytes } from '../format';
import type { ReportData } from '../profile/data';
import type { RunRecord } from '../record';
import { coreWorker } from './core';
import { runView } from './run_view';
import { siteUrl } from './shell';

/** More than the module's 32-bit heap can hold beside its own needs. */
const kMaxBytes = 1_500_000_000;

export interface Opened {
  element: HTMLElement;
  close: () => void;
}

export type OnProgress = (share: number) => void;

export async function captureReport(
  file: Blob & { name: string },
  array_bytes: number | null,
  onProgress?: OnProgress,
): Promise<ReportData> {
  if (file.size > kMaxBytes)
    throw new Error(
      `${file.name}: expected at most ${bytes(kMaxBytes)} in a browser, found ${bytes(file.size)}; ` +
        'use chunkmark report on the command line',
    );
  const params = { array_bytes, title: file.name };
  const data = await coreWorker().call('profile.report', params, await file.arrayBuffer(), onProgress);
  return { ...data, title: data.title || file.name };
}

async function firstByte(file: Blob): Promise<string> {
  return (await file.slice(0, 64).text()).trimStart().slice(0, 1);
}

function isRun(record: Partial<RunRecord>): record is RunRecord {
  return record.schema === 'chunkmark.run/1' && record.kind === 'copies' && Array.isArray(record.results);
}

async function record(file: File): Promise<Opened | null> {
  let told: Partial<RunRecord>;
  try {
    told = JSON.parse(await file.text()) as Partial<RunRecord>;
  } catch {
    return null;
  }
  if (!isRun(told)) return null;
  return { element: h('article', { class: 'opened' }, ...runView(told, () => null)), close: () => undefined };
}

/** `array_bytes`: what the reader typed; null: as the file says. Shown in `into`, which stands in the page already. */
export async function openFile(
  into: HTMLElement,
  file: File,
  array_bytes: number | null,
  onProgress?: OnProgress,
): Promise<Opened> {
  const hdf5 = await import('./hdf5_view');
  if (await hdf5.isHdf5(file)) {
    const view = await hdf5.Hdf5View.open(file, {
      workerUrl: new URL(siteUrl('assets/storage_worker.js')),
      modulesUrl: new URL(siteUrl('chunkmark/')),
    });
    into.replaceChildren(view.element);
    return view;
  }
  const run = file.name.endsWith('.json') || (await firstByte(file)) === '{' ? await record(file) : null;
  if (run) {
    into.replaceChildren(run.element);
    return run;
  }
  const data = await captureReport(file, array_bytes, onProgress);
  const { mountReport } = await import('../report/mount');
  const element = h('article', { class: 'opened' });
  into.replaceChildren(element);
  const told = data.figures.array_bytes;
  if (array_bytes !== null && typeof told === 'number' && told !== array_bytes)
    into.prepend(
      h(
        'p',
        { class: 'small' },
        `The capture says that its array has ${bytes(told)}; the ${bytes(array_bytes)} typed do not override it.`,
      ),
    );
  await mountReport(element, data, { heading: 'h2', fragment: null });
  return { element, close: () => undefined };
}
