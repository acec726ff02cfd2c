import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Purl } from '../../core/purl.ts';
import { ok, type Result } from '../../core/result.ts';
import type { RatingSource, Severity } from '../../core/severity.ts';
import type {
  AdvisoryDataInfo,
  AdvisoryIndex,
  FeedCoverage,
  ThreatSource,
} from '../advisories/index.ts';
import {
  type AliasConflict,
  findAddress,
  formatRange,
  type MatchStatus,
  namesSource,
  pickDeciding,
  pickTitle,
  rateStatements,
  type Vulnerability,
  VulnerabilityNames,
} from '../advisories/index.ts';
import type {
  AddressResult,
  Component,
  Inventory,
  OperatingSystem,
  PackageAddress,
  ScannedPackage,
  Surroundings,
} from '../ecosystems/index.ts';
import {
  type CoverageGap,
  compareFeeds,
  dateScan,
  findFeeds,
  findSystemSupport,
  listFeedGaps,
  listInventoryGaps,
  listSupportGaps,
  listSystemGaps,
  type SystemSupport,
} from './coverage.ts';
import { addExploitation, type Exploitation } from './find-exploitation.ts';
import { listStatements } from './list-statements.ts';
import { createMatchMeter, type MatchMeter, UNMATCHED } from './match-meter.ts';
import { matchRecords, type RecordMatch } from './match-records.ts';
import { findNewestChange } from './newest-change.ts';
import {
  describeUnfed,
  matchAbsent,
  type PackageMatch,
  type PackageVulnerability,
} from './package-match.ts';
import { listSafeVersions } from './safe-versions.ts';
import type { FindingVex, VexRemark } from './vex/vex-remark.ts';

/** One vulnerability of one component. */
export interface Finding {
  /** The display id of the alias group: the CVE where there is one. */
  readonly id: string;
  readonly aliases: readonly string[];
  /** What the records call it, on one line; null where none does. */
  readonly title: string | null;
  readonly severity: Severity;
  readonly score: number | null;
  readonly vector: string | null;
  /** Who states the severity; null: it is unknown. Absent: a document that does not say it. */
  readonly severitySource?: RatingSource | null;
  readonly component: Purl;
  readonly name: string;
  readonly version: string;
  /**
   * The versions above the installed one that no record of this vulnerability calls affected,
   * nearest first.
   */
  readonly fixed: readonly string[];
  readonly status: MatchStatus;
  /** The records that report it. */
  readonly advisories: readonly string[];
  /** Why it matched. */
  readonly rule: string;
  /** What its first record calls affected, in the form of VERS; null where that cannot say it. */
  readonly range: string | null;
  /** The component is used only in development. */
  readonly development: boolean;
  readonly locations: readonly string[];
  readonly layer: Digest | null;
  /** The newest change of a record that reports it; null where none has a date. */
  readonly modified?: Instant | null;
  /** Exploitation; null: unknown. */
  readonly kev?: Exploitation['kev'];
  readonly epss?: Exploitation['epss'];
  /** The VEX statement that counts for it; null: there is none, absent: nobody looked. */
  readonly vex?: FindingVex | null;
}

/**
 * `complete` means that every component of a complete inventory was looked up in data of its
 * ecosystem that was read whole. Everything else is `partial`: its findings hold, but a missing
 * finding proves nothing (foundation 2).
 */
export interface ScanReport {
  readonly outcome: 'complete' | 'partial';
  readonly subject: { readonly name: string; readonly digest: Digest | null };
  /** By component, then by id. */
  readonly findings: readonly Finding[];
  readonly notCovered: readonly CoverageGap[];
  /** Alias groups with two CVE ids: errors of the data, which are reported and not merged. */
  readonly conflicts: readonly AliasConflict[];
  readonly data: AdvisoryDataInfo;
  /**
   * The age of the oldest feed that components were looked up in; null where one is undated. Of an
   * inventory without components: of the newest feed.
   */
  readonly updatedAt: Instant | null;
  readonly componentCount: number;
  /** What says something of exploitation; a source that is not among them was not asked. */
  readonly threats?: readonly ThreatSource[];
  /** How long its system is supported; null: unknown. Absent: a report that does not say it. */
  readonly support?: SystemSupport | null;
  /** The feeds that cover its components, by ecosystem. */
  readonly feeds?: readonly FeedCoverage[];
  /** Statements of VEX that are stale or contradict others; absent: none was looked at. */
  readonly vexRemarks?: readonly VexRemark[];
  readonly scannedAt: Instant;
}

/**
 * Looks every component up in the index; fails where the index cannot be read. A small document can
 * name packages with thousands of advisories, so the rest is given up when the meter is spent.
 *
 * @example orThrow(await scanInventory(inventory, index, { now })).findings
 */
export async function scanInventory(
  inventory: Inventory,
  index: AdvisoryIndex,
  options: { readonly now: Instant; readonly meter?: MatchMeter },
): Promise<Result<ScanReport>> {
  const { meter = createMatchMeter() } = options;
  const data = index.info();
  const names = new VulnerabilityNames((id) => index.findHeads(id));
  const surroundings = readSurroundings(inventory);
  const findings: Finding[] = [];
  const notCovered: CoverageGap[] = [
    ...listInventoryGaps(inventory),
    ...listSystemGaps(inventory),
    ...listFeedGaps(data),
  ];
  const support = findSystemSupport(inventory, index.support ?? [], options.now);
  notCovered.push(...listSupportGaps(support));
  const feeds = new Set<FeedCoverage>();
  let unbreathed = 0;
  for (const component of inventory.components) {
    // mutant matching-without-an-end by match-meter: condition -> false
    if (meter.left <= 0) {
      meter.isSpent = true;
      notCovered.push({ purl: component.purl, place: null, why: UNMATCHED });
      continue;
    }
    const addressing = findAddress(component, surroundings);
    const known = matchAbsent(addressing, index, data);
    if (known !== null && ++unbreathed % BREATH_COMPONENTS === 0) await index.breathe?.();
    const context = { surroundings, names, data, presentOnly: true, meter };
    const matched =
      known === null ? await matchAddress(component, addressing, index, context) : ok(known);
    if (!matched.ok) return matched;
    const match = matched.value;
    const why = match.kind === 'not-covered' ? match.why : match.doubt;
    if (why !== null) notCovered.push({ purl: component.purl, place: null, why });
    if (match.kind === 'not-covered') continue;
    for (const feed of match.feeds) feeds.add(feed);
    for (const found of match.vulnerabilities) {
      if (isFinding(found)) findings.push(buildFinding(component, found));
      await index.breathe?.();
    }
  }
  const known = addExploitation(findings.sort(compareFindings), index.threats ?? null);
  if (!known.ok) return known;
  return ok({
    outcome: notCovered.length === 0 ? 'complete' : 'partial',
    subject: { name: inventory.subject.name, digest: inventory.subject.digest },
    findings: known.value,
    threats: index.threats?.sources ?? [],
    support,
    feeds: [...feeds].sort(compareFeeds),
    notCovered,
    conflicts: names.listConflicts(),
    data,
    updatedAt: dateScan(feeds, data),
    componentCount: inventory.components.length,
    scannedAt: options.now,
  });
}

/** Components that no advisory names: many are looked up in one go. */
const BREATH_COMPONENTS = 256;

export interface MatchContext {
  readonly surroundings?: Surroundings;
  /**
   * Leave out what no record calls affected: this is most of it, and its names are not needed.
   */
  readonly presentOnly?: boolean;
  readonly names?: VulnerabilityNames;
  readonly data?: AdvisoryDataInfo;
  readonly meter?: MatchMeter;
}

/**
 * Every vulnerability that the index has for a package, also those that do not affect this version.
 */
export async function matchPackage(
  component: ScannedPackage,
  index: AdvisoryIndex,
  context: MatchContext = {},
): Promise<Result<PackageMatch>> {
  return matchAddress(component, findAddress(component, context.surroundings), index, context);
}

async function matchAddress(
  component: ScannedPackage,
  addressing: AddressResult,
  index: AdvisoryIndex,
  context: MatchContext,
): Promise<Result<PackageMatch>> {
  if (addressing.kind === 'not-covered') return ok(addressing);
  const { address, doubt } = addressing;
  const data = context.data ?? index.info();
  const feeds = findFeeds(data, address.ecosystems);
  const found = await matchRecords(address, index, context.meter);
  if (!found.ok) return found;
  const { said, isCut } = found.value;
  const unfed = describeUnfed(address, feeds);
  if (unfed !== null && said.length === 0) return ok({ kind: 'not-covered', why: unfed });
  const present = said.filter(({ match }) => match.status !== 'not_affected');
  const names = context.names ?? new VulnerabilityNames((id) => index.findHeads(id));
  const named = context.presentOnly === true ? present : said;
  const grouped = await groupByVulnerability(named, names, index);
  if (!grouped.ok) return grouped;
  const entries = grouped.value;
  if (context.presentOnly === true) joinAbsent(entries, said);
  const vulnerabilities: PackageVulnerability[] = [];
  for (const entry of entries) {
    const { purl } = component;
    const deciding = pickDeciding(purl, entry.said, feeds);
    const merged = await mergeMatches(purl, address, { ...entry, said: deciding }, index);
    // Records that were not matched may call a fixed version affected.
    vulnerabilities.push(isCut ? { ...merged, fixed: [] } : merged);
    await index.breathe?.();
  }
  // A single advisory without a feed finds what it names; it proves nothing about other packages.
  // mutant advisory-without-a-feed: operand 2 -> null
  const why = doubt ?? (isCut ? UNMATCHED : unfed);
  return ok({ kind: 'matched', vulnerabilities, doubt: why, feeds });
}

interface Entry {
  readonly vulnerability: Vulnerability;
  readonly said: RecordMatch[];
}

async function groupByVulnerability(
  records: readonly RecordMatch[],
  names: VulnerabilityNames,
  index: AdvisoryIndex,
): Promise<Result<readonly Entry[]>> {
  const byId = new Map<string, Entry>();
  for (const said of records) {
    await index.breathe?.();
    const listed = await names.listVulnerabilities(said.record);
    if (!listed.ok) return listed;
    for (const vulnerability of listed.value) {
      const entry = byId.get(vulnerability.id) ?? { vulnerability, said: [] };
      entry.said.push(said);
      byId.set(vulnerability.id, entry);
    }
  }
  return ok([...byId.values()]);
}

/**
 * Records of the same vulnerability that do not contain this version may still say where it is
 * fixed.
 */
function joinAbsent(entries: readonly Entry[], said: readonly RecordMatch[]): void {
  const byId = new Map<string, Set<RecordMatch>>();
  for (const one of said.filter(({ match }) => match.status === 'not_affected'))
    for (const id of [one.record.id, ...one.record.upstream])
      byId.set(id, (byId.get(id) ?? new Set()).add(one));
  for (const { vulnerability, said: known } of entries) {
    const ids = [vulnerability.id, ...vulnerability.aliases];
    known.push(...new Set(ids.flatMap((id) => [...(byId.get(id) ?? [])])));
  }
}

const WORST_FIRST = ['affected', 'unknown', 'not_affected'] as const;

/** Any record may report a problem: affected beats unknown beats not affected. */
async function mergeMatches(
  purl: Purl,
  address: PackageAddress,
  {
    vulnerability,
    said,
  }: Readonly<Omit<Entry, 'said'>> & { readonly said: readonly RecordMatch[] },
  index: AdvisoryIndex,
): Promise<PackageVulnerability> {
  const status =
    WORST_FIRST.find((level) => said.some(({ match }) => match.status === level)) ?? 'unknown';
  const saying = said.filter(({ match }) => match.status === status);
  const [first] = saying;
  return {
    vulnerability,
    status,
    rule: first?.match.rule ?? '',
    formatRange: (of) =>
      first === undefined ? null : formatRange(of, first.address, first.record),
    fixed: status === 'not_affected' ? [] : await listSafeVersions(address, said, index),
    advisories: [...new Set(saying.map(({ record }) => record.id))].sort(),
    stated: listStatements(purl, vulnerability, said),
  };
}

/**
 * The nearest version above this one that no advisory in the index calls affected by any
 * vulnerability; null when every fixed version is affected.
 */
export async function findNearestSafeVersion(
  component: ScannedPackage,
  index: AdvisoryIndex,
  context: MatchContext = {},
): Promise<Result<string | null>> {
  const addressing = findAddress(component, context.surroundings);
  if (addressing.kind === 'not-covered') return ok(null);
  const { address } = addressing;
  const said = await matchRecords(address, index);
  if (!said.ok) return said;
  return ok((await listSafeVersions(address, said.value.said, index))[0] ?? null);
}

/**
 * Versions that are not affected are not findings; the graph still gets them through
 * matchPackage.
 */
function isFinding(found: PackageVulnerability): boolean {
  return found.status !== 'not_affected';
}

function buildFinding(component: Component, found: PackageVulnerability): Finding {
  const { vulnerability } = found;
  const { source, ...rating } = rateStatements(found.stated);
  return {
    id: vulnerability.id,
    aliases: vulnerability.aliases,
    title: pickTitle(vulnerability.id, vulnerability.records),
    ...rating,
    severitySource: source,
    component: component.purl,
    name: component.name,
    version: component.version,
    fixed: found.fixed,
    status: found.status,
    advisories: found.advisories,
    rule: found.rule,
    range: found.status === 'affected' ? found.formatRange(component.purl) : null,
    development: component.development,
    locations: component.locations,
    layer: component.layer,
    modified: findNewestChange(vulnerability, found.advisories),
  };
}

export function readSurroundings({ os, components }: Inventory): Surroundings {
  return { distro: formatDistro(os), namesSources: components.some(namesSource) };
}

function formatDistro(os: OperatingSystem | null): string | null {
  return os === null || os.versionId === null ? null : `${os.id}-${os.versionId}`;
}

function compareFindings(one: Finding, other: Finding): number {
  if (one.component !== other.component) return one.component < other.component ? -1 : 1;
  return one.id < other.id ? -1 : Number(one.id > other.id);
}
