// StudyHost: what the module chunkmark-study needs of the world outside (wasm/study/browser_host.cc calls ask() while a step
// runs). Each case runs in a module of its own, made for it between two calls of the study; its answer then stays until
// the step that wanted it is over.

import { ChunkmarkError, ModuleFactory, ModuleOptions } from '../core';
import { Host } from '../storage/host';
import { kDone, kPending } from '../storage/host_files';
import { ChunkmarkStorage } from '../storage/storage';
import { CaseStores, ClockedStore, CopyCase } from './case_stores';
import { TracedHost } from './traced_host';

const kFailed = 2;

const utcNow = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

/** Makes a module anew, each time with memory of its own. */
export interface StudyModules {
  study(): Promise<[ModuleFactory, ModuleOptions]>;
  traced(): Promise<[ModuleFactory, ModuleOptions]>;
}

interface Ask {
  what: 'store' | 'trace' | 'time';
  copyCase: CopyCase;
  capture: string;
}
interface Answer {
  told: object | Error;
  capture?: Uint8Array;
}
interface Time {
  seconds: number;
  processor: number;
}

export class StudyHost extends Host {
  /** Of the run, by name. */
  readonly captures = new Map<string, Uint8Array>();
  private readonly answers = new Map<string, Answer>();
  private wanted: [string, Ask] | null = null;
  private last: Answer | null = null;
  /** The module whose cases are timed. */
  private timed: [string, ChunkmarkStorage] | null = null;

  constructor(
    private readonly modules: StudyModules,
    private readonly places: CaseStores,
  ) {
    super();
  }

  // What the module calls.

  ask(what: string, copyCase: string, capture: string): number {
    const key = `${what} ${copyCase}`;
    this.last = this.answers.get(key) ?? null;
    if (!this.last) {
      this.wanted = [key, { what: what as Ask['what'], copyCase: JSON.parse(copyCase) as CopyCase, capture }];
      return kPending;
    }
    return this.last.told instanceof Error ? kFailed : kDone;
  }

  answerText(): string {
    const told = this.last!.told;
    return told instanceof Error ? told.message : JSON.stringify(told);
  }

  capture(): Uint8Array {
    return this.last?.capture ?? new Uint8Array(0);
  }

  now(): string {
    return utcNow();
  }

  // Between its calls.

  override async arrive(signal?: AbortSignal): Promise<void> {
    const [key, ask] = this.wanted!;
    this.wanted = null;
    try {
      this.answers.set(key, await this.run(ask, signal));
    } catch (error) {
      if (signal?.aborted) throw error;
      this.answers.set(key, { told: error instanceof Error ? error : new ChunkmarkError('io', String(error)) });
    }
  }

  /** A step is over: the next one asks anew. */
  stepped(): void {
    this.answers.clear();
  }

  private run(ask: Ask, signal?: AbortSignal): Promise<Answer> {
    return ask.what === 'trace' ? this.runTraced(ask, signal) : this.runTimed(ask, signal);
  }

  private async runTraced({ copyCase, capture: name }: Ask, signal?: AbortSignal): Promise<Answer> {
    const core = await ChunkmarkStorage.create(...(await this.modules.traced()), new TracedHost());
    const store = core.host.addStore(await this.places.of(copyCase));
    let capture = new Uint8Array(0);
    const params = { case: copyCase, store, started: utcNow() };
    await core.call('case.trace', params, { signal, take: (bytes) => (capture = bytes.slice()) });
    if (name !== '') this.captures.set(name, capture);
    return { told: { stored_bytes: await this.places.storedBytes(copyCase) }, capture };
  }

  private async runTimed({ copyCase }: Ask, signal?: AbortSignal): Promise<Answer> {
    const core = await this.timedIn(JSON.stringify(copyCase));
    const store = new ClockedStore(await this.places.of(copyCase));
    const number = core.host.addStore(store);
    const told = await core.call<Time>('case.time', { case: copyCase, store: number }, { signal });
    core.host.dropStore(number);
    return { told: { ...told, seconds: told.seconds + store.seconds } };
  }

  private async timedIn(name: string): Promise<ChunkmarkStorage> {
    if (this.timed?.[0] !== name) this.timed = [name, await ChunkmarkStorage.create(...(await this.modules.study()))];
    return this.timed[1];
  }
}
