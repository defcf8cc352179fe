// Reads what is published beside the page. Every error says which file, what was expected and what was found.

import type { VersionRecord } from '../generated/version_record';
import { RunIndex, RunRecord, Status } from '../record';
import type { Cell } from '../results/cell';
import { siteUrl } from './shell';

export async function json<T>(path: string): Promise<T> {
  const response = await fetch(siteUrl(path));
  if (!response.ok) throw new Error(`${path}: expected a file, the server answered ${response.status}`);
  const text = await response.text();
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`${path}: expected JSON, found ${text.slice(0, 24).trim() || 'an empty file'}`);
  }
}

/** Newest first. */
export const runIndex = async (): Promise<RunIndex['runs']> =>
  (await json<RunIndex>('runs/index.json')).runs.sort((a, b) => (a.created < b.created ? 1 : -1));

const loaded = new Map<string, Promise<RunRecord>>();
export function loadRun(id: string): Promise<RunRecord> {
  const run = loaded.get(id) ?? json<RunRecord>(runPath(id, 'run.json'));
  loaded.set(id, run);
  return run;
}

/** A case that was measured: the name of its page, and where: a run and the place in its results; that which is shown first. */
export interface Answer {
  page: string;
  cells: [string, number][];
}

export const answers = async (): Promise<Answer[]> => (await json<{ answers: Answer[] }>('answers/index.json')).answers;

export const answerUrl = (page: string): string => siteUrl(`answers/${encodeURIComponent(page)}.html`);

export async function loadCell(page: string, [id, index]: [string, number]): Promise<Cell> {
  const run = await loadRun(id);
  const result = run.results[index];
  if (!result) throw new Error(`${runPath(id, 'run.json')}: expected a result ${index}, found ${run.results.length}`);
  return { run, result, href: answerUrl(page) };
}

/** Of each case the cell that is shown first. */
export const loadCells = async (): Promise<Cell[]> =>
  Promise.all((await answers()).map(({ page, cells }) => loadCell(page, cells[0])));

/** The latest run of the transaction study, or null, and the names of the others, newest first. */
export async function latestVersions(): Promise<{ run: VersionRecord | null; others: string[] }> {
  const [latest, ...others] = (await runIndex()).filter((run) => run.kind === 'versions').map((run) => run.id);
  return { run: latest === undefined ? null : await json<VersionRecord>(runPath(latest, 'run.json')), others };
}

/** Path of a run's file, relative to the site. */
export function runPath(id: string, file: string): string {
  return `runs/${encodeURIComponent(id)}/${file.split('/').map(encodeURIComponent).join('/')}`;
}
export const runUrl = (id: string, file: string): string => siteUrl(runPath(id, file));

/** What serves this page; asked once. Anything unexpected means a static host. */
export async function status(): Promise<Status> {
  try {
    return await json<Status>('api/v1/status');
  } catch {
    return { engine: 'static' };
  }
}
