// chunkmark-core in a worker, started when the first question is asked.

import { CoreWorker } from '../core_worker_client';
import { siteUrl } from './shell';

let core: CoreWorker | null = null;
export const coreWorker = (): CoreWorker =>
  (core ??= new CoreWorker(siteUrl('assets/core_worker.js'), siteUrl('chunkmark/chunkmark-core.mjs')));

/** Ends the worker, whatever it reads; what was asked of it fails. The next question starts another. */
export function endCoreWorker(): void {
  core?.close();
  core = null;
}
