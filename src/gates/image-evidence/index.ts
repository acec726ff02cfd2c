export { gatherImage } from './gather.ts';
export type { ReadLimits, TrustMaterial } from './gather-context.ts';
export type { AttachedDocument, ImageEvidence, Standing } from './image-evidence.ts';
export { TooHeavy } from './read-limits.ts';
export { judgeStanding } from './standing.ts';
export { type SearchedPlace, type Survey, surveyStorage } from './survey.ts';
