import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import type {
  Component,
  Inventory,
  UnexplainedFiles,
} from '../../capabilities/ecosystems/index.ts';
import {
  type ComponentFact,
  type Fact,
  type FactList,
  type FindingFact,
  makeUnknownFact,
  SYSTEM_PACKAGE_TYPES,
  type SystemFact,
  type UnexplainedFact,
} from '../../capabilities/policy/index.ts';
import {
  createMatchMeter,
  type MatchMeter,
  scanInventory,
} from '../../capabilities/scanning/index.ts';
import { describeSigner } from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { pickWorseSeverity } from '../../core/severity.ts';
import type { AttachedDocument, ImageEvidence } from '../image-evidence/image-evidence.ts';
import { TooHeavy } from '../image-evidence/read-limits.ts';
import {
  createMissingFailure,
  removeDuplicates,
  replaceItems,
  takeItems,
  toFactList,
} from './fact-lists.ts';
import { toFindingFact } from './finding-fact.ts';
import { ATTACH } from './remedies.ts';
import { buildSystemFacts } from './system-facts.ts';

/** The components of one platform image. */
export interface MemberFacts {
  readonly member: Digest;
  readonly count: number;
  /** `false` if a trusted SBOM itself says that it is partial; a failure if it is unknown. */
  readonly complete: boolean | Failure;
  readonly systems: FactList<SystemFact>;
  readonly components: FactList<ComponentFact>;
  readonly findings: FactList<FindingFact>;
  /** How old the advisory data for each SBOM that counts is (ScanReport.updatedAt). */
  readonly dates: readonly (Instant | null)[];
  /** As trusted SBOMs state it; null where none does. */
  readonly unexplained: UnexplainedFiles | null;
}

/** Where packages are looked up, and the steps that all members of an image share. */
export interface MatchSources {
  readonly advisories: AdvisoryIndex;
  /** See ReadLimits. */
  readonly matchStepsMax?: number;
  readonly meters: { readonly trusted: MatchMeter; readonly strangers: MatchMeter };
}

/** What strangers listed can only add findings, and is given up early. */
export function createMatchSources({
  advisories,
  matchStepsMax,
}: Pick<MatchSources, 'advisories' | 'matchStepsMax'>): MatchSources {
  const trusted = createMatchMeter(matchStepsMax);
  const meters = { trusted, strangers: createMatchMeter(LIMITS.lightMatchStepsMax) };
  return { advisories, meters, ...(matchStepsMax === undefined ? {} : { matchStepsMax }) };
}

/**
 * SBOMs that disagree are merged; only those that count can make the result complete (foundation
 * 2). Each is scanned by itself: what one says about the distribution, or about a source package,
 * must not change how another is read.
 */
export async function buildMemberFacts(
  evidence: ImageEvidence,
  member: Digest,
  now: Instant,
  { advisories, meters, matchStepsMax }: MatchSources,
): Promise<Result<MemberFacts>> {
  const about = evidence.documents.items.filter(
    (found) => found.kind === 'sbom' && found.about === member,
  );
  const scanned = [];
  for (const { content, standing } of about) {
    if (content.kind !== 'sbom') continue;
    const { inventory } = content.sbom;
    const counts = standing.kind === 'counts';
    // mutant strangers-take-the-steps-of-others by match-budget: value -> meters.trusted
    const meter = counts ? meters.trusted : meters.strangers;
    const whole = { ...inventory, outcome: 'complete' } as const;
    const scan = await scanInventory(whole, advisories, { now, meter });
    // mutant unreadable-advisories-at-a-gate by documents: branch -> continue;
    if (!scan.ok) return scan;
    // mutant heavy-matching-in-the-thread-that-answers by match-budget: condition -> false
    if (meters.trusted.isSpent && matchStepsMax !== undefined)
      return failed(new TooHeavy('its packages have too many advisories to match at once', 0));
    scanned.push({ inventory, report: scan.value, counts });
  }
  const gap = findMemberGap(evidence, about, member);
  const isStated = findStatedLicences(scanned);
  // mutant licence-both-statements-count by 2-evidence-at-the-gate: value -> [...new
  //   Map($call2.map((one) => [one.purl, one])).values()]
  const components = removeDuplicates(
    scanned.flatMap(({ inventory }) =>
      inventory.components.filter((one) => !isStated(one)).map(toComponentFact),
    ),
    ({ purl }) => purl,
  );
  const findings = removeDuplicates(
    scanned.flatMap(({ report }) => report.findings.map(toFindingFact)),
    ({ id }) => id,
  );
  // mutant components-without-advisories by 2-evidence-at-the-gate, documents: operand 2 -> true
  const isCovered = scanned.every(({ report, counts }) => !counts || report.outcome === 'complete');
  const uncovered = isCovered
    ? null
    : meters.trusted.isSpent
      ? createSpentFailure(member)
      : createMissingFailure(
          `the advisory data does not cover all components of ${member}`,
          'See which, and why: waybill scan. Where a matcher exists, import its advisories.',
        );
  return ok({
    member,
    count: components.length,
    complete: gap === null ? true : gap.saysSo ? false : gap.cause,
    systems: buildSystemFacts(
      scanned.filter(({ counts }) => counts),
      gap?.cause ?? null,
    ),
    components: toFactList(components, gap?.cause ?? null),
    findings: toFactList(findings, gap?.cause ?? uncovered),
    // mutant date-by-a-stranger by advisory-age: remove call
    dates: scanned.filter(({ counts }) => counts).map(({ report }) => report.updatedAt),
    unexplained: pickMostUnexplained(
      scanned.flatMap(({ inventory, counts }) => (counts ? (inventory.unexplained ?? []) : [])),
    ),
  });
}

function createSpentFailure(member: Digest): Failure {
  return createMissingFailure(
    `not all components of ${member} were matched with advisories: ` +
      `it takes over ${LIMITS.matchStepsMax} steps`,
    'Attach a signed SBOM that lists each package once.',
  );
}

/**
 * Whether a component that states no licence is one whose licence another SBOM states, of the same
 * version and signed by somebody who may: it is then known from there.
 */
function findStatedLicences(
  scanned: readonly { readonly inventory: Inventory; readonly counts: boolean }[],
): (component: Component) => boolean {
  // mutant licence-that-a-stranger-states by 2-evidence-at-the-gate: remove call 4
  const stated = new Set(
    scanned
      .filter(({ counts }) => counts)
      .flatMap(({ inventory }) => inventory.components)
      .filter(({ licenses }) => licenses.length > 0)
      .map(({ purl }) => purl),
  );
  return ({ licenses, purl }) => licenses.length === 0 && stated.has(purl);
}

/** Where trusted SBOMs disagree, the one with more code that it cannot explain is believed. */
function pickMostUnexplained(stated: readonly UnexplainedFiles[]): UnexplainedFiles | null {
  const worst = (one: UnexplainedFiles, other: UnexplainedFiles): UnexplainedFiles =>
    other.executables > one.executables || other.files > one.files ? other : one;
  const [first] = stated;
  return first === undefined ? null : stated.reduce(worst, first);
}

/** Over all platforms; unknown where the SBOM of one does not say it. */
export function sumUnexplained(members: readonly MemberFacts[]): Fact<UnexplainedFact> {
  const stated = members.flatMap(({ unexplained }) => unexplained ?? []);
  // mutant unexplained-of-every-platform by unexplained-facts: remove
  if (stated.length < members.length || stated.length === 0)
    return makeUnknownFact(
      createMissingFailure(
        'not every trusted SBOM says what belongs to no component',
        'Make the SBOM of each platform from its image, attach and sign it: waybill release.',
      ),
    );
  const sum = (count: (one: UnexplainedFiles) => number): number =>
    stated.reduce((total, one) => total + count(one), 0);
  return {
    files: sum(({ files }) => files),
    bytes: sum(({ bytes }) => bytes),
    executables: sum(({ executables }) => executables),
  };
}

interface Gap {
  readonly cause: Failure;
  /**
   * A trusted SBOM says that it is partial, or names packages that cannot be identified: this is
   * known, and is not a lack of knowledge.
   */
  readonly saysSo: boolean;
}

/** Why absence cannot be concluded about a member; null when it can. */
function findMemberGap(
  evidence: ImageEvidence,
  about: readonly AttachedDocument[],
  member: Digest,
): Gap | null {
  const unknown = (cause: Failure): Gap => ({ cause, saysSo: false });
  if (evidence.documents.missing !== null) return unknown(evidence.documents.missing);
  // mutant sbom-that-counts by 2-evidence-at-the-gate: remove call
  const counting = about.filter((found) => found.standing.kind === 'counts');
  const broken = counting.find((found) => found.content.kind === 'unreadable');
  // mutant sbom-unreadable by 2-evidence-at-the-gate, documents: remove
  if (broken?.content.kind === 'unreadable') return unknown(broken.content.cause);
  const open = about.find((found) => found.standing.kind === 'undetermined');
  // A document that could not be read might name more components, also beside a complete SBOM.
  if (open?.content.kind === 'unreadable') return unknown(open.content.cause);
  if (counting.some(isWhole)) return null;
  if (open?.standing.kind === 'undetermined') return unknown(open.standing.cause);
  if (counting.length === 0)
    return unknown(createMissingFailure(`no trusted SBOM of ${member} was found`, ATTACH));
  // mutant sbom-that-says-nothing by claims: value -> true
  const saysSo = counting.some(
    ({ content }) => content.kind === 'sbom' && content.sbom.claim !== null,
  );
  const state = saysSo ? 'partial' : 'not known to be complete';
  return {
    cause: createMissingFailure(
      `the SBOM of ${member} is ${state}: ${describeSkip(counting)}`,
      'Attach an SBOM that says that it is complete, such as that of waybill sbom.',
    ),
    saysSo,
  };
}

function isWhole({ content }: AttachedDocument): boolean {
  // mutant sbom-partial by 2-evidence-at-the-gate, documents: remove operand 2
  return content.kind === 'sbom' && content.sbom.inventory.outcome === 'complete';
}

function describeSkip(counting: readonly AttachedDocument[]): string {
  for (const { content } of counting) {
    const skip = content.kind === 'sbom' ? content.sbom.inventory.skips[0] : undefined;
    if (skip !== undefined) return `${skip.location}: ${skip.cause.message}`;
  }
  return 'it says so itself';
}

const NAME_IT = 'Make the SBOM again with a tool that names every version.';
const ACCEPT_LICENCE =
  'State the licence in the package, or release it with what states it (--licenses-from), or set ' +
  'parameters.unknownLicense to accept.';

function toComponentFact(component: Component): ComponentFact {
  const type = readPurlType(component.purl);
  return {
    purl: component.purl,
    type,
    name: component.name,
    version:
      component.version === ''
        ? makeUnknownFact(createMissingFailure(`${component.purl} has no version`, NAME_IT))
        : component.version,
    // Papers that are prose name no licence for a program: that is known.
    // mutant system-package-without-licence by e2e/release: operand 2 -> true
    licenses:
      component.licenses.length === 0 && !SYSTEM_PACKAGE_TYPES.includes(type)
        ? makeUnknownFact(
            createMissingFailure(`${component.purl} declares no licence`, ACCEPT_LICENCE),
          )
        : component.licenses,
  };
}

/**
 * The type is the first part of a canonical purl (purl-spec). There are thousands of components,
 * and only the type is needed.
 */
function readPurlType(purl: Component['purl']): string {
  return /^pkg:([a-z][a-z0-9.-]*)\//.exec(purl)?.[1] ?? 'unknown';
}

/** A finding of one platform image, as it counts there. */
export type Excuse = (finding: FindingFact, member: Digest) => FindingFact;

/**
 * The findings of one platform image. An attached scan of it, signed or not, can add findings or
 * raise a severity; it removes none, but those of an older scan that it replaces. Only VEX does,
 * after that, and whatever found it.
 */
export function buildMemberFindings(
  { member, findings: matched }: MemberFacts,
  all: readonly AttachedDocument[],
  excuse: Excuse,
): FactList<FindingFact> {
  const scans = listCurrentScans(all.filter(({ about }) => about === member));
  const attached = scans.flatMap((found) =>
    found.content.kind === 'scan' ? found.content.scan.findings : [],
  );
  const known = new Map<string, FindingFact[]>();
  for (const finding of takeItems(matched))
    for (const name of listNames(finding)) {
      const same = known.get(name) ?? [];
      same.push(finding);
      known.set(name, same);
    }
  const isCovered = (finding: FindingFact): boolean =>
    listNames(finding).some((name) => (known.get(name) ?? []).some((one) => covers(one, finding)));
  // mutant finding-by-stranger-is-heard by 2-evidence-at-the-gate: call 3 -> $callee([])
  return replaceItems(matched, [
    ...takeItems(matched).map((finding) => excuse(finding, member)),
    ...removeDuplicates(
      attached.filter((finding) => !isCovered(finding)),
      ({ id }) => id,
    ).map((finding) => excuse(finding, member)),
  ]);
}

/**
 * Without those that their own signer made again: a complete scan of the same tool, signed by the
 * same identity, which counts as they do. What others found stays.
 */
function listCurrentScans(scans: readonly AttachedDocument[]): readonly AttachedDocument[] {
  // mutant replaced-scan-is-heard by replaced-scan: value -> scans
  return scans.filter((old) => !scans.some((fresh) => replacesScan(fresh, old)));
}

function replacesScan(fresh: AttachedDocument, old: AttachedDocument): boolean {
  const [one, other] = [fresh.content, old.content];
  if (one.kind !== 'scan' || other.kind !== 'scan') return false;
  // mutant partial-scan-takes-findings-back by replaced-scan: operand 1 -> false
  if (fresh.outcome !== 'complete' || one.scan.flaw !== null) return false;
  if (one.scan.tool === null || one.scan.tool !== other.scan.tool) return false;
  // mutant scan-by-another-takes-findings-back by replaced-scan: condition -> false
  if (fresh.standing.kind !== 'counts' || old.standing.kind !== 'counts') return false;
  const [signer, before] = [fresh.standing.signer, old.standing.signer];
  if (describeSigner(signer).identity !== describeSigner(before).identity) return false;
  return fresh.createdAt !== null && old.createdAt !== null && fresh.createdAt > old.createdAt;
}

function listNames({ id, aliases, name }: FindingFact): readonly string[] {
  return [id, ...aliases].map((one) => `${one} ${name}`);
}

/**
 * Whether `known` says everything that `attached` says: about the same version, and not less
 * severe.
 */
export function covers(known: FindingFact, attached: FindingFact): boolean {
  if (attached.version !== '' && attached.version !== known.version) return false;
  if (known.status !== 'affected' && known.status !== attached.status) return false;
  const [one, other] = [known.severity, attached.severity];
  // mutant finding-milder-covers-worse by 2-evidence-at-the-gate: operand 3 -> $operand !== null
  return (
    typeof one === 'string' && typeof other === 'string' && pickWorseSeverity(one, other) === one
  );
}
