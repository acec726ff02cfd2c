export { findAddress, namesSource } from './address.ts';
export {
  type Advisory,
  type AdvisoryHead,
  type AffectedPackage,
  isInForce,
  type SeverityVector,
} from './advisory.ts';
export { type AdvisoryRecord, readAdvisoryRecord } from './advisory-record.ts';
export {
  affectedMatcher,
  BatchMatcher,
  type CveSeverity,
  RememberingMatcher,
} from './affected-matcher.ts';
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
export { coverExport, type ExportOrigin } from './export-coverage.ts';
export {
  formatExportPath,
  isExportName,
  type ModifiedId,
  OSV_EXPORT,
  parseEcosystemList,
  parseModifiedIds,
  WITHDRAWN_FOLDER,
} from './export-layout.ts';
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
export { FeedSurvey, type LooseRecords, takeFamily } from './feed-survey.ts';
export { settleClaims } from './feeds/claims.ts';
export type { FeedClaim, FeedFormat, FeedTranslator } from './feeds/feed-format.ts';
export { FEED_START_CHARACTERS, recogniseFeed } from './feeds/formats.ts';
export { foldPackageName, hasFoldedNames } from './fold-package-name.ts';
export { formatRange } from './format-range.ts';
export {
  formatIndexDescription,
  INDEX_ARTIFACT_TYPE,
  INDEX_DESCRIPTION_TYPE,
  INDEX_RECORDS_TYPE,
  INDEX_SUPPORT_TYPE,
  INDEX_THREATS_TYPE,
  type IndexDescription,
  type PackedDelta,
  type PackedRecords,
  parseIndexDescription,
  planIndexReads,
} from './index-description.ts';
export {
  type AdvisoryMatch,
  type MatchStatus,
  matchAdvisory,
  measureMatching,
  RECORD_STEPS,
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
export { pickDeciding } from './precedence.ts';
export { CompactOsvReader } from './read-compact-osv.ts';
export { isSampleHeader, readSample } from './sample.ts';
export {
  isFromDistribution,
  type Rating,
  rateStatements,
  type SeverityStatement,
  stateSeverities,
} from './severity.ts';
export { readSupport, SUPPORTED_SYSTEMS } from './support/read-support.ts';
export {
  dateSupportEnd,
  findSupportTerm,
  isSupportOver,
  type SupportData,
  type SupportTerm,
} from './support/support-term.ts';
export { recogniseThreats } from './threats/formats.ts';
export type {
  EpssScore,
  KevEntry,
  ThreatData,
  ThreatIndex,
  ThreatSource,
  Threats,
} from './threats/threat.ts';
export { writeThreats } from './threats/write-threats.ts';
export { pickTitle, toTitle, toVulnerabilityUrl } from './title.ts';
export { isVersRange } from './version-range.ts';
