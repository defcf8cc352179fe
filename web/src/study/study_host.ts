// StudyHost: what the module chunkmark-study needs of the world outside (wasm/study/browser_host.cc calls ask() while a step
// runs). Each case runs in a module of its own, made for it between two calls of the study; its answer then stays until
// the step that wanted it is over.

import { ChunkmarkError, ModuleFactory, ModuleOptions } from '../core';
import { Host } from '../storage/host';
import { kDone, kPending } from '../storage/host_files';
import { ChunkmarkStorage } from '../storage/storage';
import { CaseStores, ClockedStore, CopyCase } from './case_stores';
import { PeerPlaces, Peers, replayWithPeer } from './peers/peers';
import type { VersionCase } from './peers/h5wasm';
import { TracedHost } from './traced_host';

const kFailed = 2;

const utcNow = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

/** Makes a module anew, each time with memory of its own. */
export interface StudyModules {
  study(): Promise<[ModuleFactory, ModuleOptions]>;
  traced(): Promise<[ModuleFactory, ModuleOptions]>;
}

interface Ask {
  what: 'store' | 'trace' | 'time' | 'replay' | 'trace_versions';
  /** A CopyCase, or of the last two a case of the transaction study. */
  of: object;
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
  /** The module that has run a case last. */
  private latest: ChunkmarkStorage | null = null;
  /** The module whose cases are timed. */
  private timed: [string, ChunkmarkStorage] | null = null;
  /** Of the last case that an engine in JavaScript ran. */
  private array: [string, Uint8Array] | null = null;

  constructor(
    private readonly modules: StudyModules,
    private readonly places: CaseStores,
    private readonly peers: Peers | null = null,
    private readonly versionPeers: PeerPlaces | null = null,
  ) {
    super();
  }

  // What the module calls.

  ask(what: string, of: string, capture: string): number {
    const key = `${what} ${of}`;
    this.last = this.answers.get(key) ?? null;
    if (!this.last) {
      this.wanted = [key, { what: what as Ask['what'], of: JSON.parse(of) as object, capture }];
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

  /** Memory of the module that has run a case last. */
  get heldBytes(): number {
    return this.latest?.memoryBytes ?? 0;
  }

  /** A step is over: the next one asks anew. */
  stepped(): void {
    this.answers.clear();
  }

  private run({ what, of, capture }: Ask, signal?: AbortSignal): Promise<Answer> {
    const engine = (of as CopyCase).engine;
    if (this.peers?.has(engine)) return this.runPeer(this.peers, what, of as CopyCase, signal);
    switch (what) {
      case 'trace':
        return this.traceCase(of as CopyCase, capture, signal);
      case 'replay':
        return this.replay(of as VersionCase, signal);
      case 'trace_versions':
        return this.traceVersions(of, capture, signal);
      default:
        return this.timeCase(of as CopyCase, signal);
    }
  }

  private async runPeer(peers: Peers, what: Ask['what'], copyCase: CopyCase, signal?: AbortSignal): Promise<Answer> {
    const data = await this.arrayOf(copyCase, signal);
    return { told: what === 'time' ? await peers.time(copyCase, data) : await peers.trace(copyCase, data) };
  }

  private async arrayOf(copyCase: CopyCase, signal?: AbortSignal): Promise<ArrayBuffer> {
    const name = `${copyCase.data} ${copyCase.dtype} ${copyCase.shape.join('x')}`;
    if (this.array?.[0] !== name) {
      this.array = null;
      const core = await ChunkmarkStorage.create(...(await this.modules.study()));
      const take = (bytes: Uint8Array): void => void (this.array = [name, bytes.slice()]);
      await core.call('case.array', { case: copyCase }, { signal, take });
    }
    return this.array![1].slice().buffer as ArrayBuffer;
  }

  private async traceCase(copyCase: CopyCase, name: string, signal?: AbortSignal): Promise<Answer> {
    const core = await this.tracedModule();
    const store = core.host.addStore(await this.places.of(copyCase));
    const capture = await this.traced(core, 'case.trace', { case: copyCase, store }, name, signal);
    return { told: { stored_bytes: await this.places.storedBytes(copyCase) }, capture };
  }

  private async traceVersions(versionCase: object, name: string, signal?: AbortSignal): Promise<Answer> {
    const core = await this.tracedModule();
    const file = core.host.addFile(await this.places.file());
    const capture = await this.traced(core, 'version.trace', { case: versionCase, file }, name, signal);
    return { told: {}, capture };
  }

  private async tracedModule(): Promise<ChunkmarkStorage> {
    return (this.latest = await ChunkmarkStorage.create(...(await this.modules.traced()), new TracedHost()));
  }

  /** `name`: of the capture among the run's; empty: it is not kept. */
  private async traced(
    core: ChunkmarkStorage,
    method: string,
    params: object,
    name: string,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    let capture = new Uint8Array(0);
    await core.call(method, { ...params, started: utcNow() }, { signal, take: (bytes) => (capture = bytes.slice()) });
    if (name !== '') this.captures.set(name, capture);
    return capture;
  }

  private async timeCase(copyCase: CopyCase, signal?: AbortSignal): Promise<Answer> {
    const core = await this.timedIn(JSON.stringify(copyCase));
    const store = new ClockedStore(await this.places.of(copyCase));
    const number = core.host.addStore(store);
    const told = await core.call<Time>('case.time', { case: copyCase, store: number }, { signal });
    core.host.dropStore(number);
    return { told: { ...told, seconds: told.seconds + store.seconds } };
  }

  private async replay(versionCase: VersionCase, signal?: AbortSignal): Promise<Answer> {
    const core = (this.latest = await ChunkmarkStorage.create(...(await this.modules.study())));
    if (this.versionPeers && versionCase.engine in this.versionPeers.engines) {
      let history = new Uint8Array(0);
      const take = (bytes: Uint8Array): void => void (history = bytes.slice());
      await core.call('version.history', { case: versionCase }, { signal, take });
      return { told: await replayWithPeer(this.versionPeers, versionCase, history.buffer) };
    }
    const file = core.host.addFile(await this.places.file());
    return { told: await core.call<object>('version.replay', { case: versionCase, file }, { signal }) };
  }

  private async timedIn(name: string): Promise<ChunkmarkStorage> {
    if (this.timed?.[0] !== name) this.timed = [name, await ChunkmarkStorage.create(...(await this.modules.study()))];
    return (this.latest = this.timed[1]);
  }
}
