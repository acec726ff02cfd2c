import { formatInstant, type Instant } from '../../../core/instant.ts';
import type { Purl } from '../../../core/purl.ts';
import type { RatingSource, Severity } from '../../../core/severity.ts';

/** What a scan found in the components of an inventory, for the document about it (B3). */
export interface SbomFindings {
  /** `partial`: a vulnerability that is not in the list proves nothing. */
  readonly outcome: 'complete' | 'partial';
  readonly items: readonly SbomFinding[];
  readonly advisories: { readonly version: string; readonly updatedAt: Instant | null };
}

/** One vulnerability of one component. */
export interface SbomFinding {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly title: string | null;
  /** Where a person reads about it. */
  readonly link: string;
  readonly severity: Severity;
  readonly score: number | null;
  readonly vector: string | null;
  readonly severitySource?: RatingSource | null;
  readonly component: Purl;
  readonly version: string;
  readonly fixed: readonly string[];
  readonly status: 'affected' | 'not_affected' | 'unknown';
}

/** CycloneDX 1.6, `rating.method`; 1.4 does not know CVSS 4. */
const METHODS: Readonly<Record<RatingSource['method'], string>> = {
  'cvss-4.0': 'CVSSv4',
  'cvss-3.1': 'CVSSv31',
  'cvss-3.0': 'CVSSv3',
  'cvss-2.0': 'CVSSv2',
  score: 'other',
  word: 'other',
};

/**
 * CycloneDX `vulnerabilities`, by id: one entry for all components of which the same is said. What
 * may be present (`unknown`) is there too.
 */
export function buildVulnerabilities(
  findings: SbomFindings | undefined,
  { isOld }: { readonly isOld: boolean },
): object {
  if (findings === undefined) return {};
  const present = findings.items.filter(({ status }) => status !== 'not_affected');
  const groups = Map.groupBy(present, (one) =>
    JSON.stringify([one.id, one.severity, one.severitySource ?? null, one.fixed]),
  );
  const vulnerabilities = [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { id, aliases, title, link, fixed } = first;
    return {
      id,
      source: { url: link },
      ...(aliases.length === 0
        ? {}
        : { references: aliases.map((alias) => ({ id: alias, source: { name: 'alias' } })) }),
      ratings: [buildRating(first, isOld)],
      ...(title === null ? {} : { description: title }),
      ...(fixed.length === 0 ? {} : { recommendation: `Fixed in ${fixed.join(', ')}.` }),
      affects: same.map(({ component, version, status }) => ({
        ref: component,
        ...(version === '' ? {} : { versions: [{ version, status }] }),
      })),
    };
  });
  return {
    vulnerabilities: vulnerabilities.sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id))),
  };
}

function buildRating(finding: SbomFinding, isOld: boolean): object {
  const { severity, score, vector, severitySource: source } = finding;
  const method = METHODS[source?.method ?? 'word'];
  return {
    ...(source ? { source: { name: source.record === '' ? source.by : source.record } } : {}),
    ...(score === null ? {} : { score }),
    severity,
    method: isOld && method === 'CVSSv4' ? 'other' : method,
    ...(vector === null ? {} : { vector }),
  };
}

/** What the list of vulnerabilities is worth, beside it. */
export function listFindingProperties(findings: SbomFindings | undefined): readonly object[] {
  if (findings === undefined) return [];
  const { outcome, advisories } = findings;
  const { version, updatedAt } = advisories;
  return [
    { name: 'waybill:findings', value: outcome },
    { name: 'waybill:advisories', value: version },
    ...(updatedAt === null
      ? []
      : [{ name: 'waybill:advisories-updated', value: formatInstant(updatedAt) }]),
  ];
}

/** The advisories of a component, by address, each once and in their order. */
export function listAdvisoryLinks(
  findings: SbomFindings | undefined,
): ReadonlyMap<Purl, readonly string[]> {
  const links = new Map<Purl, Set<string>>();
  for (const { component, link, status } of findings?.items ?? [])
    if (status !== 'not_affected')
      links.set(component, (links.get(component) ?? new Set()).add(link));
  return new Map([...links].map(([purl, found]) => [purl, [...found].sort()]));
}

/** A package of SPDX 2.3 with `ExternalRef: SECURITY advisory` (annex F.2.3). */
export function linkAdvisories<T extends { readonly externalRefs: readonly object[] }>(
  item: T,
  links: readonly string[] = [],
): T {
  if (links.length === 0) return item;
  const refs = links.map((referenceLocator) => ({
    referenceCategory: 'SECURITY',
    referenceType: 'advisory',
    referenceLocator,
  }));
  return { ...item, externalRefs: [...item.externalRefs, ...refs] };
}

/** Whether a reference of a package is one that `linkAdvisories` adds. */
export function linksAdvisory(reference: object): boolean {
  return 'referenceCategory' in reference && reference.referenceCategory === 'SECURITY';
}
