// Peers: engines in JavaScript, measured beside ours by the same study. Each case runs in a worker of its own, as ours
// runs in a module of its own; times are taken where no memory is accounted for.

import { ChunkmarkError } from '../../core';
import { privateFiles } from '../../storage/private_files';
import { CopyCase } from '../case_stores';
import type { Objects } from './stores';
import type { VersionCase } from './h5wasm';
import type { VersionPeerAnswer, VersionPeerMessage, VersionPeerRequest } from './version_worker';
import type { PeerAnswer, PeerMessage, PeerRequest } from './worker';

/** The address of each engine's ES module, and of the worker that runs them: of the copy study peer_worker.mjs, of the
 * transaction study version_peer_worker.mjs. */
export interface PeerPlaces {
  workerUrl: string;
  engines: Record<string, string>;
}

function started({ workerUrl }: PeerPlaces): Worker {
  return new Worker(workerUrl, { type: 'module' });
}

/** What a worker answers to its one request. */
async function answered<Message extends object>(
  worker: Worker,
  engine: string,
  request: object,
  transfer: Transferable[],
): Promise<Exclude<Message, { error: string }>> {
  const answer = await new Promise<Message | { error: string }>((resolve, reject) => {
    worker.onmessage = ({ data: message }: MessageEvent<Message>) => resolve(message);
    worker.onerror = (event) => {
      event.preventDefault();
      const reason = event.message ?? 'no reason given';
      reject(new ChunkmarkError('unavailable', `${engine}: its worker failed: ${reason}`));
    };
    worker.postMessage(request, transfer);
  });
  if ('error' in answer) throw new ChunkmarkError('io', answer.error);
  return answer as Exclude<Message, { error: string }>;
}

/** Replays a history with an engine in JavaScript, and reads it back. */
export async function replayWithPeer(
  places: PeerPlaces,
  versionCase: VersionCase,
  history: ArrayBuffer,
): Promise<VersionPeerAnswer> {
  const worker = started(places);
  const { engine } = versionCase;
  const request: VersionPeerRequest = { address: places.engines[engine]!, versionCase, history };
  try {
    return (await answered<VersionPeerMessage>(worker, engine, request, [history])).told;
  } finally {
    worker.terminate();
  }
}

export class Peers {
  /** Of the cell that is measured, by array. */
  private readonly stored = new Map<string, Objects>();
  private cell = '';
  private timing: [string, Worker] | null = null;

  /** `folder`: of arrays in the origin's private file system; null: they are in memory. */
  constructor(
    private readonly places: PeerPlaces,
    private readonly folder: string | null,
  ) {}

  has(engine: string): boolean {
    return engine in this.places.engines;
  }

  /** With the memory that it took. */
  async trace(copyCase: CopyCase, data: ArrayBuffer): Promise<PeerAnswer> {
    const worker = started(this.places);
    try {
      return await this.run(worker, copyCase, data, true);
    } finally {
      worker.terminate();
    }
  }

  /** In one worker as long as the case is the same. */
  async time(
    copyCase: CopyCase,
    data: ArrayBuffer,
  ): Promise<{ seconds: number; processor: number; libraries: object }> {
    const name = JSON.stringify(copyCase);
    if (this.timing?.[0] !== name) {
      this.end();
      this.timing = [name, started(this.places)];
    }
    const { seconds, libraries } = await this.run(this.timing[1], copyCase, data, false);
    return { seconds, processor: seconds, libraries };
  }

  /** Removes everything. */
  async clear(): Promise<void> {
    this.end();
    if (this.folder === null) return;
    const origin = await privateFiles();
    await origin.removeEntry(this.folder, { recursive: true }).catch(() => undefined);
  }

  private end(): void {
    this.timing?.[1].terminate();
    this.timing = null;
  }

  private async run(worker: Worker, copyCase: CopyCase, data: ArrayBuffer, accounted: boolean): Promise<PeerAnswer> {
    const cell = `${copyCase.format}-${copyCase.codec}`;
    const array = `${cell}-${copyCase.engine}-${copyCase.shape.join('x')}`;
    if (this.cell !== cell) this.stored.clear();
    this.cell = cell;
    const request: PeerRequest = {
      ...{ address: this.places.engines[copyCase.engine]!, copyCase, data, accounted },
      objects: copyCase.operation === 'read' && this.folder === null ? (this.stored.get(array) ?? []) : [],
      folder: this.folder === null ? null : [this.folder, array],
    };
    const answer = await answered<PeerMessage>(worker, copyCase.engine, request, [data]);
    if (copyCase.operation === 'write' && this.folder === null) this.stored.set(array, answer.objects);
    return answer.told;
  }
}
