// The worker of runStudy (client.ts): one study, of which progress is posted, and the run when it is over.

import { ChunkmarkError, ModuleFactory, ModuleOptions } from '../core';
import { runStudyHere, runVersionStudyHere } from './study';
import type { ModulePlaces } from '../storage/far_worker';
import type { PeerPlaces } from './peers/peers';
import type { StudyOptions, StudyProgress, StudyRun, VersionStudyOptions } from './study';
import { StudyModules } from './study_host';

export type StudyRequest = Study & Places;
export type Study = { kind: 'copies'; options: StudyOptions } | { kind: 'versions'; options: VersionStudyOptions };
interface Places {
  modules: ModulePlaces<'study' | 'traced'>;
  peers: PeerPlaces | null;
}
export type StudyMessage =
  { progress: StudyProgress } | { run: StudyRun<unknown> } | { error: { code: string; message: string } };

const abort = new AbortController();

/** Compiled once; every case has an instance with memory of its own. */
function loader([moduleUrl, wasmUrl]: [string, string]): () => Promise<[ModuleFactory, ModuleOptions]> {
  let loaded: Promise<[ModuleFactory, ModuleOptions]> | null = null;
  const load = async (): Promise<[ModuleFactory, ModuleOptions]> => {
    const { default: factory } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ moduleUrl)) as {
      default: ModuleFactory;
    };
    const response = await fetch(wasmUrl);
    if (!response.ok)
      throw new ChunkmarkError('not_found', `${response.url}: expected the status 200, found ${response.status}`);
    const compiled = await WebAssembly.compile(await response.arrayBuffer());
    const instantiateWasm = (
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): object => {
      void WebAssembly.instantiate(compiled, imports).then((instance) => done(instance, compiled));
      return {};
    };
    return [factory, { instantiateWasm } as ModuleOptions];
  };
  return () => (loaded ??= load());
}

async function run({ modules: places, peers, ...study }: StudyRequest): Promise<void> {
  const modules: StudyModules = { study: loader(places.study), traced: loader(places.traced) };
  const post = (message: StudyMessage, transfer: Transferable[] = []): void => self.postMessage(message, { transfer });
  try {
    const onProgress = (progress: StudyProgress): void => post({ progress });
    const callbacks = { signal: abort.signal, onProgress };
    const done: StudyRun<unknown> =
      study.kind === 'copies'
        ? await runStudyHere(modules, study.options, callbacks, peers)
        : await runVersionStudyHere(modules, study.options, callbacks, peers);
    post(
      { run: done },
      [...done.captures.values()].map(({ buffer }) => buffer as ArrayBuffer),
    );
  } catch (error) {
    const code = error instanceof ChunkmarkError ? error.code : 'unavailable';
    post({ error: { code, message: error instanceof Error ? error.message : String(error) } });
  }
}

self.onmessage = ({ data }: MessageEvent<StudyRequest | { abort: true }>): void => {
  if ('abort' in data) abort.abort();
  else void run(data);
};
