export { assessBuild, type BuildAssessment } from './build-level.ts';
export { type BuildSource, findBuildSource } from './build-source.ts';
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
export { buildRunnerFact } from './runner-fact.ts';
export { createExcuse, listVexClaims } from './vex-excuse.ts';
