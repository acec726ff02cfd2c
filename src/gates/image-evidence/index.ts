export { findDocumentForm, isReadableType } from './document-forms.ts';
export { readContent } from './documents.ts';
export { gatherImage } from './gather.ts';
export type { ReadLimits, TrustMaterial } from './gather-context.ts';
export type { AttachedDocument, ImageEvidence, Standing } from './image-evidence.ts';
export { TooHeavy } from './read-limits.ts';
export { recogniseMediaType } from './recognise-document.ts';
export { judgeStanding } from './standing.ts';
export { type SearchedPlace, type Survey, surveyStorage } from './survey.ts';
