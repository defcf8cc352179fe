// Reads the runs that are published beside the page. Every error says which file, what was expected and what was found.

import { kSmallArrayBytes } from '../generated/constants';
import type { VersionRecord } from '../generated/version_record';
import { RunIndex, RunRecord, Status } from '../record';

async function json<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: expected a file, the server answered ${response.status}`);
  const text = await response.text();
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`${path}: expected JSON, found ${text.slice(0, 24).trim() || 'an empty file'}`);
  }
}

/** The latest run of a kind that has results, of a large array where there is one; null when none is published. */
export async function latestRun(kind: string): Promise<RunRecord | null> {
  const index = await json<RunIndex>('runs/index.json');
  const runs = index.runs
    .filter((run) => run.kind === kind && run.array_bytes !== null)
    .sort((a, b) => (a.created < b.created ? 1 : -1));
  if (runs.length === 0) return null;
  const shown = runs.find((run) => run.array_bytes! >= kSmallArrayBytes) ?? runs[0];
  return json<RunRecord>(runPath(shown.id, 'run.json'));
}

/** The latest run of the transaction study, or null, and the names of the others, newest first. */
export async function latestVersions(): Promise<{ run: VersionRecord | null; others: string[] }> {
  const index = await json<RunIndex>('runs/index.json');
  const [latest, ...others] = index.runs
    .filter((run) => run.kind === 'versions')
    .sort((a, b) => (a.created < b.created ? 1 : -1))
    .map((run) => run.id);
  return { run: latest === undefined ? null : await json<VersionRecord>(runPath(latest, 'run.json')), others };
}

/** Path of a run's file, relative to the page. */
export function runPath(id: string, file: string): string {
  return `runs/${encodeURIComponent(id)}/${file.split('/').map(encodeURIComponent).join('/')}`;
}

/** What serves this page; asked once. Anything unexpected means a static host. */
export async function status(): Promise<Status> {
  try {
    return await json<Status>('api/v1/status');
  } catch {
    return { engine: 'static' };
  }
}
