// What `import ... from 'chunkmark'` gives: arrays. The report is 'chunkmark/report'.

export { ChunkmarkError } from '../core';
export { Hdf5, Storage, Zarr, ZarrArray } from '../storage/client';
export type { ArrayPart, ReadOptions, StartOptions, TypedArray } from '../storage/client';
export type { Region } from '../storage/elements';
export type { Change, Commit, CommitSummary, DatasetFacts, Hdf5Tree, VersionEntry } from '../storage/hdf5_file';
export type { ZarrCreation, ZarrFacts } from '../storage/zarr';
