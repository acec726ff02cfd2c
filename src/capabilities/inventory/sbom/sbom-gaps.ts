import type { ParsedSbom } from './component-collector.ts';

/**
 * What an SBOM lacks as evidence, one sentence each (CISA's minimum elements, and what a question
 * of ours needs).
 */
export function listSbomGaps({
  tool,
  createdAt,
  subject,
  claimsWhole,
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
      ? ['it names no image digest; what it is attached to, or --subject, says that']
      : []),
    ...(ofSystem && os === null
      ? ['it has packages of a system and does not name the system']
      : []),
    ...(sourceless === 0
      ? []
      : [
          `${sourceless} of ${debian.length} Debian packages do not name their source ` +
            'package, by which advisories go',
        ]),
    ...(components.length === 0 ? ['it lists no component that can be told'] : []),
    ...(bare === 0 ? [] : [`${bare} of ${components.length} components state no licence`]),
    ...(hashless === 0 ? [] : [`${hashless} of ${components.length} components state no hash`]),
    ...(claimsWhole || inventory.outcome === 'partial'
      ? []
      : ['it does not say whether it lists everything']),
    ...skips.map(({ cause }) => cause.message),
  ];
}
