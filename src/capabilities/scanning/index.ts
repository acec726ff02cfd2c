export { Baseline, parseBaseline } from './baseline.ts';
export type { CoverageGap } from './coverage.ts';
export {
  type DependencyPaths,
  findDependencyPaths,
  listDependencyPaths,
} from './dependency-path.ts';
export { type Doubt, isProven, listDoubts } from './doubt.ts';
export type { KevStanding } from './find-exploitation.ts';
export { findPackageLines, LineNames, type NamedPackage } from './line-finder.ts';
export { createMatchMeter, type MatchMeter } from './match-meter.ts';
export { isInOsv, listNeededEcosystems } from './needed-ecosystems.ts';
export type { SarifFinding } from './reported-finding.ts';
export {
  type SarifOptions,
  type SarifRun,
  writeSarif,
  writeSarifRuns,
} from './sarif-write.ts';
export {
  type Finding,
  findNearestSafeVersion,
  type MatchContext,
  matchPackage,
  type ScanReport,
  scanInventory,
} from './scan.ts';
export {
  readScanDocument,
  recogniseScan,
  type ScanDocument,
  TRIVY_REPORT_TYPE,
} from './scan-document.ts';
export { isScanType } from './scan-statement.ts';
export { type ExtendedVex, extendVex } from './vex/extend-vex.ts';
export { recogniseVex, VEX_FORMATS, type VexFormat } from './vex/formats.ts';
export { judgeFindings, type VexJudgement, type VexSource } from './vex/judge-findings.ts';
export { isOpenVex } from './vex/read-openvex.ts';
export { readVex } from './vex/read-vex.ts';
export { type VexClaim, VexClaims, type VexTarget } from './vex/vex-claims.ts';
export { VEX_JUSTIFICATIONS, VEX_STATUSES, type VexDraft } from './vex/vex-draft.ts';
export type { FindingVex, VexRemark } from './vex/vex-remark.ts';
export type { VexOrigin, VexStatement } from './vex/vex-statement.ts';
export { writeVex } from './vex/write-vex.ts';
export {
  buildVulnsPredicate,
  findVulnsFlaw,
  parseVulns,
  type ReportedVulnerability,
  rateVulns,
  readVulnsPlace,
  VULNS_TYPE,
  type VulnerabilityReport,
} from './vulns.ts';
