export type { SarifFinding } from './reported-finding.ts';
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
