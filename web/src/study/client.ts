// runStudy: how many extra copies storing an array takes in this browser; runVersionStudy: what versions of one cost. A study
// runs in a worker of its own.
//
//   const { record, captures } = await runStudy({ store: 'opfs', codecs: ['none', 'zstd'] }, { onProgress });
//
// An abort ends it between two pieces of work, and ends the worker if that takes too long. Errors are ChunkmarkError.

import { ChunkmarkError } from '../core';
import { absolute, farWorker, modulesIn } from '../storage/far_worker';
import type { VersionRecord } from '../generated/version_record';
import type { PeerPlaces } from './peers/peers';
import type { StudyCallbacks, StudyOptions, StudyRun, VersionStudyOptions } from './study';
import type { Study, StudyMessage, StudyRequest } from './worker';

export interface StudyPlaces {
  /** Where study_worker.mjs is, and the folder of chunkmark-study and chunkmark-traced; beside this module unless told. */
  workerUrl?: string | URL;
  modulesUrl?: string | URL;
}

const kGrace_ms = 5000; // a piece of work may take so long

/** `worker`: of the engines in JavaScript. */
function placesOf(peers: Record<string, string | undefined> | undefined, worker: URL): PeerPlaces | null {
  const engines = Object.entries(peers ?? {}).map(([name, address]) => [name, absolute(address)!]);
  return engines.length > 0 ? { workerUrl: worker.href, engines: Object.fromEntries(engines) } : null;
}

export function runStudy(options: StudyOptions = {}, callbacks: StudyCallbacks & StudyPlaces = {}): Promise<StudyRun> {
  const { peers, ...others } = options;
  const places = placesOf(peers, new URL('./peer_worker.mjs', import.meta.url));
  return runInWorker({ kind: 'copies', options: others, peers: places }, callbacks);
}

export function runVersionStudy(
  options: VersionStudyOptions = {},
  callbacks: StudyCallbacks & StudyPlaces = {},
): Promise<StudyRun<VersionRecord>> {
  const { peers, ...others } = options;
  const places = placesOf(peers, new URL('./version_peer_worker.mjs', import.meta.url));
  return runInWorker({ kind: 'versions', options: others, peers: places }, callbacks);
}

async function runInWorker<Record>(
  study: Study & Pick<StudyRequest, 'peers'>,
  { onProgress, signal, ...places }: StudyCallbacks & StudyPlaces,
): Promise<StudyRun<Record>> {
  const given = absolute(places.workerUrl);
  const isNear = !given && new URL(import.meta.url).origin === location.origin;
  // Addresses stand as they are where they are used: that is how bundlers find the files.
  const worker = isNear
    ? new Worker(new URL('./study_worker.mjs', import.meta.url), { type: 'module' })
    : farWorker(given ?? new URL('./study_worker.mjs', import.meta.url).href);
  const modules = modulesIn(places.modulesUrl, {
    study: [
      new URL('./chunkmark-study.mjs', import.meta.url).href,
      new URL('./chunkmark-study.wasm', import.meta.url).href,
    ],
    traced: [
      new URL('./chunkmark-traced.mjs', import.meta.url).href,
      new URL('./chunkmark-traced.wasm', import.meta.url).href,
    ],
  });
  const cancelled = new ChunkmarkError('cancelled', 'cancelled');
  let onAbort = (): void => undefined;
  try {
    return await new Promise<StudyRun<Record>>((resolve, reject) => {
      onAbort = () => {
        worker.postMessage({ abort: true });
        setTimeout(() => reject(cancelled), kGrace_ms);
      };
      worker.onmessage = ({ data }: MessageEvent<StudyMessage>) => {
        if ('progress' in data) onProgress?.(data.progress);
        else if ('run' in data) resolve(data.run as StudyRun<Record>);
        else reject(new ChunkmarkError(data.error.code, data.error.message));
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new ChunkmarkError('unavailable', `the worker could not start: ${event.message || 'no reason given'}`));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) return reject(cancelled);
      worker.postMessage({ ...study, modules } satisfies StudyRequest);
    });
  } finally {
    signal?.removeEventListener('abort', onAbort);
    worker.terminate();
  }
}
