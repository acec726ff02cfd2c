export type {
  Addressing,
  Matchable,
  PackageAddress,
  Surroundings,
} from './address.ts';
export type {
  Advisory,
  AdvisoryHead,
  AffectedPackage,
  SeverityVector,
  VersionEvent,
  VersionRange,
} from './advisory.ts';
export { type AdvisoryRecord, readAdvisoryRecord } from './advisory-record.ts';
export { type AdvisoryReading, affectedMatcher } from './affected-matcher.ts';
export type {
  AliasConflict,
  AliasGroup,
  Vulnerability,
} from './alias-groups.ts';
export type { AdvisoryMatch, MatchStatus } from './match.ts';
export { type AdvisoryOrigin, memoryIndex } from './memory-index.ts';
export { parseOsv } from './parse-osv.ts';
export type { AdvisoryDataInfo, AdvisoryIndex } from './port.ts';
export type { SarifFinding } from './reported-finding.ts';
export { isSampleHeader, readSample } from './sample.ts';
export { type SarifMade, writeSarif } from './sarif-write.ts';
export {
  type Finding,
  type MatchContext,
  matchPackage,
  type NotCovered,
  nearestSafeVersion,
  type PackageMatch,
  type PackageVulnerability,
  type ScanReport,
  scan,
} from './scan.ts';
export { readScanDocument, recogniseScan, type ScanDocument, TRIVY_REPORT_TYPE } from './scan-document.ts';
export type { Rating } from './severity.ts';
export type { VersionScheme } from './versions/scheme.ts';
