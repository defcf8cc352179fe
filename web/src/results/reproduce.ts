// The command that measures the shown cells anew: the whole case, not only what differs from the program's defaults, which
// another version may have otherwise. A record may come from anywhere, and a reader pastes what stands here into a shell:
// every word is quoted.

import { CopyRow, isMemory, RunRecord, Settings } from '../record';

const kOfPages = ['memory', 'opfs'];

export const quoted = (word: string): string =>
  /^[\w.,/:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

function each(values: unknown[]): string | null {
  const known = values.filter((value) => value !== null && value !== undefined).map(String);
  return known.length === 0 ? null : [...new Set(known)].join(',');
}

/** Extents of a list; null where the record has none. */
const extents = (value: unknown): string | null => (Array.isArray(value) && value.length > 0 ? value.join(',') : null);

/** What all rows agree on and the settings say; of a run whose rows have none of it, the settings alone. */
function one(results: CopyRow[], settings: RunRecord['settings'], key: keyof CopyRow & keyof Settings): unknown {
  return results.find((result) => result[key] !== null && result[key] !== undefined)?.[key] ?? settings?.[key];
}

/** The value of --store, and in words where that is. */
function place(filesystem: unknown): [string | null, string] {
  if (typeof filesystem !== 'string') return [null, ''];
  if (filesystem === 's3') return ['s3://BUCKET/PREFIX', 'in a bucket of yours'];
  if (kOfPages.includes(filesystem)) return [null, 'by the program, since it was measured in a page'];
  return isMemory(filesystem) ? ['/dev/shm', `in memory (${filesystem})`] : ['.', `in a folder on ${filesystem}`];
}

export interface Reproduce {
  command: string;
  /** Where to run it, in words; empty where the record does not say. */
  where: string;
}

/** `results`: those of a run, or the one of a report; what they do not say is looked for in the run's settings. */
export function reproduce(results: CopyRow[], settings: RunRecord['settings']): Reproduce {
  const of = (key: keyof CopyRow & keyof Settings): unknown => one(results, settings, key);
  const [store, where] = place(of('store_filesystem'));
  const slope = results.some((result) => result.slope !== null && result.slope !== undefined);
  const repeat = results.find((result) => result.seconds)?.seconds?.repeat ?? settings?.repeat;
  const options: [string, unknown][] = [
    ['--engine', each(results.map((r) => r.engine))],
    ['--format', each(results.map((r) => r.format))],
    ['--codec', each(results.map((r) => r.codec))],
    ['--operation', each(results.map((r) => r.operation))],
    ['--shape', extents(of('shape'))],
    ['--chunks', extents(of('chunks'))],
    ['--shards', extents(of('shards'))],
    ['--dtype', of('dtype')],
    ['--data', of('data')],
    ['--threads', of('threads')],
    ['--durability', of('durability')],
    ['--repeat', repeat],
    ['--store', store],
  ];
  const words = options
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name} ${quoted(String(value))}`);
  return {
    command: ['chunkmark copies', ...words, ...(slope ? ['--slope'] : [])].join(' '),
    where,
  };
}
