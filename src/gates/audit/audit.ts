import type { DecisionEvidence, EvidenceInput } from '../../capabilities/evidence/index.ts';
import type {
  DeploymentAnswer,
  EstateImage,
  RecordedAudit,
  ReleaseAnswer,
} from '../../capabilities/graph/index.ts';
import {
  type Evaluation,
  evaluateAll,
  type Facts,
  type FindingFact,
  makeUnknownFact,
  PartialList,
  type Policy,
  type RegoEngine,
  UnknownFact,
  type WorkloadFact,
} from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import {
  formatImageReference,
  formatRepository,
  type ImageReference,
  parseImageReference,
} from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, ok, type Result } from '../../core/result.ts';
import type { Decision, RuleResult } from '../../core/verdict.ts';
import { type Basis, type Change, listChangesSince } from './audit-changes.ts';

/** A workload that runs the image, with where it is. */
export interface AuditedPlace {
  readonly cluster: string;
  readonly region: string | null;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/** One image at one place, judged again. */
export interface AuditedImage {
  readonly subject: Digest;
  readonly reference: string;
  readonly release: ReleaseAnswer | null;
  /** Null: as far as the graph knows, it does not run. */
  readonly place: AuditedPlace | null;
  readonly decision: Decision;
  readonly results: readonly RuleResult[];
  /** The earliest moment at which time alone could change it. */
  readonly validUntil: Instant | null;
  readonly basis: Basis;
  readonly evaluation: Evaluation;
  /** Null: there was no audit of it before, so nothing has changed. */
  readonly previousAt: Instant | null;
  readonly changes: readonly Change[];
  /** Whether it is new, so that the evidence log records it. */
  readonly isNews: boolean;
  /** The log has no facts of the last audit, so no other policy can be tried on them. */
  readonly lacksFacts: boolean;
  /** The VEX of the image, as it was verified. */
  readonly vex: readonly EvidenceInput[];
}

export interface AuditPorts {
  readonly policy: Policy;
  /** What evaluates rules in Rego; absent: they are undetermined. */
  readonly rego?: RegoEngine | undefined;
  readonly trust: Basis['trust'];
  readonly advisories: Basis['advisories'];
  /** The same as a fact: it is known of an image that cannot be read, too. */
  readonly advisoriesFact: NonNullable<Facts['advisories']>;
  /** One moment for the whole audit. */
  readonly now: Instant;
  /** What is refused by the name alone: no registry is asked about it, as at admission. */
  readonly refuseByName: (
    reference: ImageReference,
    workload: AuditedPlace | null,
  ) => Evaluation | null;
  /** What admission would know about the image; a failure where it is unknown. */
  readonly examine: (
    reference: ImageReference,
    release: ReleaseAnswer | null,
  ) => Promise<
    Result<{
      readonly facts: Facts;
      readonly validUntil: Instant | null;
      /** What the audit records with a decision that is new. */
      readonly vex?: readonly EvidenceInput[];
    }>
  >;
  /** The digest that a tag points to today. */
  readonly resolveTag: (reference: ImageReference) => Promise<Result<Digest>>;
}

/**
 * Asks the audit gate about one image, at each place where it runs, with the facts that admission
 * would have today: equal evidence gives equal results. If evidence cannot be read, the result is
 * undetermined and never the result of an earlier audit.
 */
export async function auditImage(
  image: EstateImage,
  before: readonly RecordedAudit[],
  ports: AuditPorts,
): Promise<readonly AuditedImage[]> {
  const audited: AuditedImage[] = [];
  for (const { reference, places } of groupByReference(image)) {
    // mutant audit-ended-by-one-image: value -> ok($call2)
    const found = await attempt(async () => lookUpImage(reference, places, image, ports));
    const looked = found.ok ? found.value : forgetLookup(reference, found.failure, ports);
    for (const place of places) {
      const judge = (known: ImageLookup): Promise<AuditedImage> =>
        judgePlace(image, reference, place, known, before, ports);
      const judged = await attempt(async () => judge(looked));
      audited.push(
        judged.ok ? judged.value : await judge(forgetLookup(reference, judged.failure, ports)),
      );
    }
  }
  return audited;
}

/** An image that breaks the audit itself is one undetermined line, and the audit goes on. */
function forgetLookup(
  reference: Result<ImageReference>,
  cause: Failure,
  ports: AuditPorts,
): ImageLookup {
  return createUnknownLookup(reference.ok ? reference.value : null, cause, ports);
}

interface ReferenceGroup {
  readonly reference: Result<ImageReference>;
  readonly places: readonly (AuditedPlace | null)[];
}

/**
 * The names by which the gate is asked about the image: the name that each workload uses, or the
 * name of the release if it runs nowhere.
 */
function groupByReference({
  digest,
  reference,
  deployments,
}: EstateImage): readonly ReferenceGroup[] {
  if (deployments.length === 0)
    return [{ reference: pinReference(reference, digest), places: [null] }];
  const named = deployments.map((one) => ({
    one,
    name: pinReference(one.reference || reference, digest),
  }));
  const groups = Map.groupBy(named, ({ one, name }) =>
    name.ok ? formatImageReference(name.value) : one.reference,
  );
  return [...groups.values()].map((group) => ({
    reference: group[0]?.name ?? pinReference(reference, digest),
    places: removeDuplicatePlaces(group.map(({ one }) => toPlace(one))),
  }));
}

function pinReference(text: string, digest: Digest): Result<ImageReference> {
  const parsed = parseImageReference(text);
  return parsed.ok ? ok({ ...parsed.value, digest }) : parsed;
}

function toPlace({ cluster, region, namespace, workload }: DeploymentAnswer): AuditedPlace {
  return { cluster, region, namespace, kind: workload.kind, name: workload.name };
}

function removeDuplicatePlaces(places: readonly AuditedPlace[]): readonly AuditedPlace[] {
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}

interface ImageLookup {
  readonly facts: Facts;
  readonly validUntil: Instant | null;
  readonly tagDigest: Digest | null;
  readonly vex?: readonly EvidenceInput[];
}

async function lookUpImage(
  reference: Result<ImageReference>,
  places: ReferenceGroup['places'],
  image: EstateImage,
  ports: AuditPorts,
): Promise<ImageLookup> {
  if (!reference.ok) return createUnknownLookup(null, reference.failure, ports);
  if (places.every((place) => ports.refuseByName(reference.value, place) !== null))
    return createUnknownLookup(reference.value, createUnaskedFailure(), ports);
  const { tag } = reference.value;
  // The tag first: if it points to this image, the registry has just shown that it has the image.
  const led = tag === null ? null : await ports.resolveTag({ ...reference.value, digest: null });
  const examined = await ports.examine(reference.value, image.release);
  // mutant audit-unseen-has-no-facts: value -> { ...$, facts: { signatures: [], findings: [] } }
  if (!examined.ok) return createUnknownLookup(reference.value, examined.failure, ports);
  return { ...examined.value, tagDigest: led?.ok === true ? led.value : null };
}

function createUnaskedFailure(): Failure {
  return new Failure(
    'FACT_UNKNOWN',
    'the image is refused by its name alone, so no registry was asked',
    'Allow the registry, or stop the workload.',
  );
}

/**
 * Only the name and the advisory data are known, and each other fact says why it is unknown.
 */
function createUnknownLookup(
  reference: ImageReference | null,
  cause: Failure,
  { advisoriesFact }: AuditPorts,
): ImageLookup {
  const unknown = makeUnknownFact(cause);
  const image = reference === null ? unknown : toImageFact(reference, unknown);
  const none = {
    signatures: unknown,
    artifacts: unknown,
    sbom: unknown,
    scan: unknown,
    provenance: unknown,
    runner: unknown,
    rebuild: unknown,
  };
  return {
    facts: {
      ...{ image, ...none, components: unknown, findings: unknown, release: unknown },
      // mutant audit-unseen-forgets-advisories by audit: remove
      advisories: advisoriesFact,
    },
    validUntil: null,
    tagDigest: null,
  };
}

function toImageFact(reference: ImageReference, unknown: UnknownFact): NonNullable<Facts['image']> {
  const { registry, repository, tag, digest } = reference;
  return {
    reference: formatImageReference(reference),
    registry,
    repository,
    tag,
    digest: digest ?? unknown,
    platform: unknown,
  };
}

async function judgePlace(
  image: EstateImage,
  reference: Result<ImageReference>,
  place: AuditedPlace | null,
  looked: ImageLookup,
  before: readonly RecordedAudit[],
  ports: AuditPorts,
): Promise<AuditedImage> {
  const { policy, now, trust, advisories } = ports;
  const facts =
    place === null ? looked.facts : { ...looked.facts, workload: toWorkloadFact(place) };
  const named = reference.ok ? ports.refuseByName(reference.value, place) : null;
  const question = { gate: 'audit', facts, now, factsValidUntil: looked.validUntil } as const;
  const evaluation = named ?? (await evaluateAll(policy, question, ports.rego ?? null));
  const { decision, results, validUntil } = evaluation.verdict;
  const shown =
    named === null ? results : results.filter(({ outcome }) => outcome !== 'undetermined');
  const name = reference.ok
    ? `${formatRepository(reference.value)}@${image.digest}`
    : image.reference || image.digest;
  const tagged = reference.ok ? formatImageReference(reference.value) : name;
  const findings = listFindings(looked.facts);
  const basis: Basis = {
    reference: tagged,
    trust,
    advisories,
    findings,
    tagDigest: looked.tagDigest,
  };
  const last = before.find((one) => isAt(one, place));
  // mutant audit-without-facts-is-whole: value -> false
  const lacksFacts = last?.hasFacts !== true;
  const changes =
    last === undefined
      ? []
      : listChangesSince(last, { results: shown, decision, basis, policy, now });
  const isNews =
    last === undefined ||
    changes.length > 0 ||
    last.policy !== policy.digest ||
    last.basis?.trust.digest !== trust.digest;
  return {
    ...{ subject: image.digest, reference: tagged, release: image.release, place },
    ...{ decision, results: shown, validUntil, basis, evaluation, changes },
    previousAt: last?.decidedAt ?? null,
    lacksFacts,
    isNews,
    vex: isNews ? (looked.vex ?? []) : [],
  };
}

function toWorkloadFact({ cluster, namespace, kind, name }: AuditedPlace): WorkloadFact {
  return { cluster, namespace, kind, name };
}

function isAt({ workload }: DecisionEvidence, place: AuditedPlace | null): boolean {
  // mutant audit-last-audit-place: value -> true
  if (workload === null || place === null) return workload === null && place === null;
  // mutant audit-place-has-cluster: remove element
  return (['cluster', 'namespace', 'kind', 'name'] as const).every(
    (part) => workload[part] === place[part],
  );
}

/**
 * Digests that are known to be present; the failure for an incomplete list also names what it has.
 */
function listFindings({ findings }: Facts): Basis['findings'] {
  const list =
    findings === undefined || findings instanceof UnknownFact
      ? []
      : findings instanceof PartialList
        ? findings.items
        : findings;
  return list
    .filter(({ status }) => status !== 'not_affected')
    .slice(0, LIMITS.findingsMax)
    .map(toFinding);
}

function toFinding({ id, aliases, component, severity }: FindingFact): Basis['findings'][number] {
  const name = aliases.find((alias) => alias.startsWith('CVE-')) ?? id;
  return {
    id: name,
    component: component || 'unknown',
    severity: typeof severity === 'string' ? severity : 'unknown',
  };
}
