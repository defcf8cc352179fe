// The package's types, as strict as TypeScript is.
import { ChunkmarkError, Storage, type ArrayPart } from 'chunkmark';
import { ChunkmarkReport } from 'chunkmark/report';

export async function first(url: string): Promise<number | bigint> {
  const storage = await Storage.start({ wasmUrl: new URL('x.wasm', location.href) });
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

export const element: HTMLElement = new ChunkmarkReport();
