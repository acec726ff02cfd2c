export { findAddress, namesSource } from './address.ts';
export {
  type Advisory,
  type AdvisoryHead,
  type AffectedPackage,
  isInForce,
  type SeverityVector,
} from './advisory.ts';
export { type AdvisoryRecord, readAdvisoryRecord } from './advisory-record.ts';
export { affectedMatcher, BatchMatcher, RememberingMatcher } from './affected-matcher.ts';
export {
  type AliasConflict,
  type AliasGroup,
  type AliasStatement,
  groupAliases,
  isCve,
  listSpokenNames,
  nameVulnerability,
  sortNames,
  type Vulnerability,
  VulnerabilityNames,
} from './alias-groups.ts';
export {
  dateFeed,
  dateOldest,
  type FeedCoverage,
  type FeedImport,
  isMatched,
  listStanding,
  pickNewest,
  uniteCoverage,
} from './feed-coverage.ts';
export { FeedSurvey, type LooseRecords } from './feed-survey.ts';
export { foldPackageName, hasFoldedNames } from './fold-package-name.ts';
export {
  type AdvisoryMatch,
  type MatchStatus,
  matchAdvisory,
  measureMatching,
  selectEntries,
} from './match.ts';
export { createMemoryIndex } from './memory-index.ts';
export { parseOsv } from './parse-osv.ts';
export type {
  AdvisoryDataInfo,
  AdvisoryDocument,
  AdvisoryDocuments,
  AdvisoryIndex,
  AdvisoryLog,
  AdvisoryLogDraft,
} from './port.ts';
export { isSampleHeader, readSample } from './sample.ts';
export { rateVectors } from './severity.ts';
