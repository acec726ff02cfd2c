export { type Exposure, findExposures } from './exposure-facts.ts';
export { buildAdvisoriesFact } from './facts.ts';
export { toFindingFact } from './finding-fact.ts';
export {
  createUnknownSource,
  findSourceFacts,
  narrowToClaim,
  type SourceFacts,
  type SourceOrigin,
} from './gated-source.ts';
export { buildFactsEvidence, isOfUnsigned, readRecordedFacts } from './recorded-facts.ts';
export {
  buildSourceFacts,
  createUnknownRelease,
  findRelease,
  toReleaseFact,
} from './release-fact.ts';
export { createExcuse, listVexClaims } from './vex-excuse.ts';
