export {
  type Addressing,
  addressOf,
  type Matchable,
  type PackageAddress,
  type Surroundings,
  schemeOf,
} from './address.ts';
export {
  type Advisory,
  type AdvisoryHead,
  type AffectedPackage,
  type SeverityVector,
  stands,
  type VersionEvent,
  type VersionRange,
} from './advisory.ts';
export { type AdvisoryRecord, readAdvisoryRecord } from './advisory-record.ts';
export { type AdvisoryReading, affectedMatcher } from './affected-matcher.ts';
export {
  type AliasConflict,
  type AliasGroup,
  displayId,
  isCve,
  type Vulnerability,
  VulnerabilityNames,
} from './alias-groups.ts';
export { type AdvisoryMatch, type MatchStatus, matchAdvisory } from './match.ts';
export { type AdvisoryOrigin, memoryIndex } from './memory-index.ts';
export { parseOsv, readOsv } from './parse-osv.ts';
export type { AdvisoryDataInfo, AdvisoryIndex } from './port.ts';
export { isSampleHeader, readSample } from './sample.ts';
export { readSarif, type SarifFinding, type SarifReading } from './sarif-read.ts';
export { type SarifMade, writeSarif } from './sarif-write.ts';
export {
  type Finding,
  isCovered,
  type MatchContext,
  matchPackage,
  type NotCovered,
  nearestSafeVersion,
  type PackageMatch,
  type PackageVulnerability,
  type ScanReport,
  scan,
} from './scan.ts';
export { baseScore, type Rating, rate } from './severity.ts';
export type { VersionScheme } from './versions/scheme.ts';
