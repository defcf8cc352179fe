// What `import ... from 'chunkmark/study'` gives: the studies, in a page's worker, in node, or in a worker of one's own.

export { ChunkmarkError } from '../core';
export { runStudy, runVersionStudy } from './client';
export type { StudyPlaces } from './client';
export { runStudyHere, runVersionStudyHere } from './study';
export type { StudyCallbacks, StudyOptions, StudyProgress, StudyRun, VersionStudyOptions } from './study';
export type { StudyModules } from './study_host';
