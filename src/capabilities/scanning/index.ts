export type { SarifFinding } from './reported-finding.ts';
export { type SarifOptions, writeSarif } from './sarif-write.ts';
export { type ScanDocument, TRIVY_REPORT_TYPE, readScanDocument, recogniseScan } from './scan-document.ts';
export { type CoverageGap, type Finding, type MatchContext, type PackageMatch, type PackageVulnerability, type ScanReport, findNearestSafeVersion, matchPackage, scanInventory } from './scan.ts';
