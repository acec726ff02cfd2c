import type { Finding, ScanReport } from '../../src/capabilities/scanning/index.ts';
import { Failure } from '../../src/core/failure.ts';
import { toInstant } from '../../src/core/instant.ts';
import type { Purl } from '../../src/core/purl.ts';
import type { ScanFindings, TargetFindings } from '../../src/entrypoints/cli/report/report.ts';

/** A finding in a lock file, with a way to it. */
export const LOG4SHELL: Finding = {
  id: 'CVE-2021-44228',
  aliases: ['GHSA-jfh8-c2jp-5v3q'],
  title: 'Remote code injection in Log4j',
  severity: 'critical',
  score: 10,
  vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H',
  component: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1' as Purl,
  name: 'log4j-core',
  version: '2.14.1',
  fixed: ['2.15.0', '2.12.3'],
  status: 'affected',
  advisories: ['GHSA-jfh8-c2jp-5v3q'],
  rule: '[2.13.0, 2.15.0) holds 2.14.1',
  range: null,
  development: false,
  locations: ['app/gradle.lockfile'],
  layer: null,
};

/** Of unknown severity, only for development, without a fixed version. */
export const UNRATED: Finding = {
  ...LOG4SHELL,
  id: 'CVE-2024-0001',
  aliases: [],
  title: null,
  severity: 'unknown',
  score: null,
  vector: null,
  component: 'pkg:npm/left@1.0.0' as Purl,
  name: 'left',
  version: '1.0.0',
  fixed: [],
  advisories: ['GHSA-aaaa-bbbb-cccc'],
  rule: '[0, ∞) holds 1.0.0',
  development: true,
  locations: ['package-lock.json'],
};

/** Dismissed by a VEX statement. */
export const DISMISSED: Finding = {
  ...UNRATED,
  id: 'CVE-2024-0002',
  severity: 'high',
  score: 7.5,
  status: 'not_affected',
  development: false,
  vex: {
    status: 'not_affected',
    justification: 'vulnerable_code_not_present',
    format: 'openvex',
    author: null,
    at: null,
    by: 'CN=security, O=Shop',
    document: 'vex.json',
  },
};

const APP: Purl = 'pkg:maven/com.example/app@1.0' as Purl;

export function makeReport(more: Partial<ScanReport> = {}): ScanReport {
  return {
    outcome: 'complete',
    subject: { name: 'shop', digest: null },
    findings: [],
    notCovered: [],
    conflicts: [],
    data: {
      source: 'imported',
      version: 'sha256:00',
      count: 3,
      newest: null,
      importedAt: null,
      coverage: [],
      rejected: 0,
    },
    updatedAt: null,
    componentCount: 4,
    scannedAt: toInstant(Date.UTC(2026, 0, 28, 3, 26, 2)),
    ...more,
  };
}

export function makeTarget(more: Partial<TargetFindings> = {}): TargetFindings {
  return {
    target: 'shop',
    isSystem: false,
    system: null,
    report: makeReport(),
    findPath: (purl) => (purl === LOG4SHELL.component ? [APP, purl] : null),
    known: null,
    unfixed: 0,
    findLine: ({ name }) => (name === 'log4j-core' ? 7 : null),
    ...more,
  };
}

/** A target of which a part was not read, with findings of each kind, and one that failed. */
export function makeScanFindings(more: Partial<ScanFindings> = {}): ScanFindings {
  const report = makeReport({
    outcome: 'partial',
    findings: [DISMISSED, LOG4SHELL, UNRATED],
    notCovered: [
      { purl: null, place: 'web/yarn.lock', why: 'it ends in the middle of a line' },
      { purl: 'pkg:conan/zlib@1.2' as Purl, place: null, why: 'no feed of ConanCenter is here' },
      { purl: 'pkg:conan/boost@1.8' as Purl, place: null, why: 'no feed of ConanCenter is here' },
    ],
    conflicts: [{ cves: ['CVE-2020-1', 'CVE-2020-2'], ids: ['GHSA-x'] }],
  });
  const failure = new Failure('MALFORMED', 'sbom:bad.json is no SBOM', 'Make it again.');
  return {
    targets: [makeTarget({ report }), makeTarget({ target: 'clean' })],
    failed: [{ target: 'sbom:bad.json', failure }],
    acceptsPartial: false,
    ...more,
  };
}
