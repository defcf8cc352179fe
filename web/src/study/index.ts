// What `import ... from 'chunkmark/study'` gives: the copy study, in a page's worker, in node, or in a worker of one's own.

export { ChunkmarkError } from '../core';
export { runStudy } from './client';
export type { StudyPlaces } from './client';
export { runStudyHere } from './study';
export type { StudyCallbacks, StudyOptions, StudyProgress, StudyRun } from './study';
export type { StudyModules } from './study_host';
