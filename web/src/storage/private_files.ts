// The origin's private file system, where the browser has one.

import { ChunkmarkError } from '../core';

/** Errors: unsupported in a browser without one, or on a page that is not served securely. */
export async function privateFiles(): Promise<FileSystemDirectoryHandle> {
  const storage = (globalThis.navigator as Partial<Navigator> | undefined)?.storage as
    Partial<StorageManager> | undefined;
  if (!storage?.getDirectory)
    throw new ChunkmarkError(
      'unsupported',
      "the origin's private file system: expected one, this browser has none here (pages over https or on localhost have it)",
    );
  return storage.getDirectory();
}
