export { standingOf } from './documents.ts';
export type { DocumentFound, ImageEvidence, Standing } from './found.ts';
export { gatherImage } from './gather.ts';
export type { TrustMaterial } from './gathering.ts';
export { type Searched, type Survey, surveyStorage } from './survey.ts';
