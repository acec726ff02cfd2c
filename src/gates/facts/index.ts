export { buildFactsEvidence, isOfUnsigned, readRecordedFacts } from './recorded-facts.ts';
export { createUnknownRelease, findRelease, toReleaseFact } from './release-fact.ts';
