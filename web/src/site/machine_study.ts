// The copy study on the machine that serves this page: a job of the server, watched by its events and cancelled with the
// signal. Its run is among the server's when this returns.

import type { RunRecord } from '../record';
import type { StudyRun } from '../study/study';
import { loadRun, runUrl } from './runs';
import { siteUrl } from './shell';

export interface MachineStudy {
  store: 'memory' | 'disk';
  format: string[];
  codec: string[];
  shape: number[];
  repeat: number;
}

interface Job {
  id: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  ahead: number;
  run?: string;
  message?: string;
}

interface Progress {
  done: number;
  total: number;
  phase: string;
  /** Memory that the study holds. */
  bytes: number;
  elapsed_ms: number;
}

interface Watch {
  signal: AbortSignal;
  onProgress(progress: { done: number; total: number; doing: string }): void;
  onMemory(seconds: number, held: number): void;
}

async function ask(path: string, init: RequestInit): Promise<Job> {
  const response = await fetch(siteUrl(`api/v1/${path}`), init);
  const answer = (await response.json()) as Job & { error?: { message: string } };
  if (!response.ok) throw new Error(answer.error?.message ?? `the server answered ${response.status}`);
  return answer;
}

/** The job when it has ended. */
function ended(id: string, { signal, onProgress, onMemory }: Watch): Promise<Job> {
  return new Promise((resolve, reject) => {
    const events = new EventSource(siteUrl(`api/v1/jobs/${id}/events`));
    const finish = (settle: () => void): void => {
      events.close();
      settle();
    };
    signal.addEventListener('abort', () => {
      void ask(`jobs/${id}`, { method: 'DELETE' }).catch(() => undefined);
      finish(() => reject(new DOMException('Cancelled', 'AbortError')));
    });
    events.addEventListener('progress', ({ data }: MessageEvent<string>) => {
      const now = JSON.parse(data) as Progress;
      if (now.total > 0) onProgress({ done: now.done, total: now.total, doing: now.phase });
      if (now.bytes > 0) onMemory(now.elapsed_ms / 1000, now.bytes);
    });
    events.addEventListener('state', ({ data }: MessageEvent<string>) => {
      const job = JSON.parse(data) as Job;
      if (job.state === 'queued') onProgress({ done: 0, total: 0, doing: `waiting for ${job.ahead} before it` });
      else if (job.state !== 'running') finish(() => resolve(job));
    });
    events.addEventListener('error', () => {
      if (events.readyState === EventSource.CLOSED) finish(() => reject(new Error('The server ended the job')));
    });
  });
}

async function capturesOf(record: RunRecord): Promise<Map<string, Uint8Array>> {
  const names = record.results.flatMap(({ capture }) => (capture ? [capture] : []));
  const load = async (name: string): Promise<[string, Uint8Array]> => {
    const response = await fetch(runUrl(record.id, name));
    if (!response.ok) throw new Error(`${name}: expected a capture, the server answered ${response.status}`);
    return [name, new Uint8Array(await response.arrayBuffer())];
  };
  return new Map(await Promise.all(names.map(load)));
}

export async function runOnMachine(options: MachineStudy, watch: Watch): Promise<StudyRun> {
  const job = await ask('jobs', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ study: 'copies', options: { ...options, engine: 'chunkmark' } }),
    signal: watch.signal,
  });
  const { run, state, message } = await ended(job.id, watch);
  if (run === undefined) throw new Error(message ?? `The study was ${state}`);
  const record = await loadRun(run);
  return { record, captures: await capturesOf(record) } as StudyRun;
}
