import { formatCount } from '../../../core/count.ts';
import type { ParsedSbom } from './component-collector.ts';

/**
 * What an SBOM lacks as evidence, one sentence each (CISA's minimum elements, and what our own
 * questions need).
 */
export function listSbomGaps({
  tool,
  createdAt,
  subject,
  vulnerabilities = 0,
  inventory,
}: ParsedSbom): readonly string[] {
  const { components, os, skips } = inventory;
  const bare = components.filter(({ licenses }) => licenses.length === 0).length;
  const hashless = components.filter(({ hashes }) => Object.keys(hashes).length === 0).length;
  const debian = components.filter(({ purl }) => purl.startsWith('pkg:deb/'));
  const sourceless = debian.filter(({ source }) => source === null).length;
  const ofSystem = components.some(({ purl }) => /^pkg:(?:deb|apk|rpm)\//.test(purl));
  return [
    ...(tool === null ? ['it names no tool'] : []),
    ...(createdAt === null ? ['it does not say when it was made'] : []),
    ...(subject === null
      ? ['it names no image digest; the image that it is attached to, or --subject, gives it']
      : []),
    // mutant lost-vulnerabilities-of-an-sbom by foreign-forms: condition -> true
    ...(vulnerabilities === 0
      ? []
      : [
          `${formatCount(vulnerabilities, 'vulnerability', 'vulnerabilities')} that it states are ` +
            'not read: import the scan as SARIF or as a report of Trivy or Grype',
        ]),
    ...(ofSystem && os === null
      ? ['it has packages of a system and does not name the system']
      : []),
    ...(sourceless === 0
      ? []
      : [
          `${sourceless} of ${formatCount(debian.length, 'Debian package')} without a source ` +
            'package, which advisories name',
        ]),
    ...(components.length === 0 ? ['it lists no component that can be identified'] : []),
    ...(bare === 0
      ? []
      : [`${bare} of ${formatCount(components.length, 'component')} without a licence`]),
    ...(hashless === 0
      ? []
      : [`${hashless} of ${formatCount(components.length, 'component')} without a hash`]),
    ...skips.map(({ cause }) => cause.message),
  ];
}
