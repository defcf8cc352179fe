// The worker of one engine in JavaScript that replays one history of versions, which is timed and read back. The engine's
// module comes from an address that the page names. The answer is that of shared/study/peers/versions.py.

import { h5wasm, VersionCase, VersionEngine } from './h5wasm';
import { readHistory } from './history';

const kEngines: Record<string, (module: unknown, versionCase: VersionCase) => Promise<VersionEngine>> = { h5wasm };

export interface VersionPeerRequest {
  address: string;
  versionCase: VersionCase;
  /** As the module's `version.history` gives it. */
  history: ArrayBuffer;
}
export interface VersionPeerAnswer {
  seconds: number[];
  processor: number[];
  file_bytes: number;
  versions: Record<string, string>;
  sha256: string[];
  read_latest_ms: { median: number; min: number; max: number; repeat: number };
}
export type VersionPeerMessage = { told: VersionPeerAnswer } | { error: string };

function timed(call: () => void): number {
  const began = performance.now();
  call();
  return (performance.now() - began) / 1000;
}

/** Of each array its shape, as Python writes it, and its elements. */
async function digest(arrays: ReturnType<VersionEngine['read']>): Promise<string> {
  const parts = arrays.flatMap(({ shape, elements }) => [
    new TextEncoder().encode(shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`),
    new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength),
  ]);
  const hash = await crypto.subtle.digest('SHA-256', await new Blob(parts as BlobPart[]).arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function run({ address, versionCase, history }: VersionPeerRequest): Promise<VersionPeerAnswer> {
  const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ address)) as {
    libraries?: Record<string, string>;
  };
  const engine = await kEngines[versionCase.engine]!(module, versionCase);
  const told = readHistory(history);
  const seconds = [timed(() => engine.begin(told))];
  for (const changes of told.transactions) seconds.push(timed(() => engine.commit(changes)));
  engine.end();
  const reads = Array.from({ length: versionCase.reads }, () => 1000 * timed(() => engine.read())).sort(
    (a, b) => a - b,
  );
  const [min, median, max] = [reads[0]!, reads[reads.length >> 1]!, reads.at(-1)!];
  return {
    ...{ seconds, processor: seconds, file_bytes: engine.fileBytes(), versions: module.libraries ?? {} },
    ...{ sha256: [await digest(engine.read())], read_latest_ms: { median, min, max, repeat: reads.length } },
  };
}

self.onmessage = async ({ data }: MessageEvent<VersionPeerRequest>): Promise<void> => {
  const message = await run(data).then(
    (told): VersionPeerMessage => ({ told }),
    (error: unknown): VersionPeerMessage => ({ error: error instanceof Error ? error.message : String(error) }),
  );
  self.postMessage(message);
};
