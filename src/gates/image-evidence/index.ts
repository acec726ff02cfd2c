export { gatherImage } from './gather.ts';
export type { TrustMaterial } from './gather-context.ts';
export type { AttachedDocument, ImageEvidence, Standing } from './image-evidence.ts';
export { type ReadLimits, TooHeavy } from './read-limits.ts';
export { judgeStanding } from './standing.ts';
export { type SearchedPlace, type Survey, surveyStorage } from './survey.ts';
