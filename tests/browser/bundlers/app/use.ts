// The package's types, as strict as TypeScript is.
import { ChunkmarkError, Storage, type ArrayPart } from 'chunkmark';
import { ChunkmarkReport } from 'chunkmark/report';
import { runStudy, runVersionStudy, type StudyOptions } from 'chunkmark/study';

export async function first(url: string): Promise<number | bigint> {
  const storage = await Storage.start({ modulesUrl: new URL('modules/', location.href) });
  try {
    const file = await storage.openHdf5(url);
    const { versions } = await file.log();
    const part: ArrayPart = await file.read('x', { version: versions?.[0].name, region: [[0], [1]] });
    return part.data[0];
  } catch (error) {
    if (error instanceof ChunkmarkError && error.code === 'not_found') return -1;
    throw error;
  } finally {
    storage.close();
  }
}

export async function copies(options: StudyOptions, signal: AbortSignal): Promise<(number | null)[]> {
  const { record } = await runStudy(options, { signal, onProgress: ({ done, total }) => console.log(done / total) });
  return record.results.map((row) => row.extra_copies);
}

export async function sizes(): Promise<(number | undefined)[]> {
  return (await runVersionStudy({ store: 'opfs' })).record.results.map((row) => row.file_bytes);
}

export const element: HTMLElement = new ChunkmarkReport();
