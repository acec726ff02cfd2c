import {
  type AdvisoryIndex,
  dateOldest,
  type FeedCoverage,
  listStanding,
} from '../../capabilities/advisories/index.ts';
import {
  type ArtifactFact,
  type FactList,
  type Facts,
  type FindingFact,
  makeUnknownFact,
  type ReleaseFact,
  type SignatureFact,
  UnknownFact,
} from '../../capabilities/policy/index.ts';
import { formatPlatform } from '../../capabilities/registry/index.ts';
import { describeSigner, readSigningTime } from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatImageReference, formatRepository } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { ok, type Result } from '../../core/result.ts';
import type { WorkloadRequest } from '../desk/admission.ts';
import type { TrustMaterial } from '../image-evidence/gather-context.ts';
import type {
  AttachedDocument,
  AttachedSignature,
  ImageEvidence,
} from '../image-evidence/image-evidence.ts';
import { judgeStanding } from '../image-evidence/standing.ts';
import { assessBuild } from './build-level.ts';
import { addExposures, type Exposure } from './exposure-facts.ts';
import { createMissingFailure, joinFactLists, toFactList } from './fact-lists.ts';
import { buildOriginFacts, type SourceFacts } from './gated-source.ts';
import {
  buildMemberFacts,
  buildMemberFindings,
  createMatchSources,
  type MemberFacts,
  sumUnexplained,
} from './member-facts.ts';
import { buildProvenanceFact } from './provenance-fact.ts';
import { buildRebuildFact } from './rebuild-fact.ts';
import { ATTACH, ATTACH_SCAN, DATE_FEEDS, STATE_TIME } from './remedies.ts';
import { buildRunnerFact } from './runner-fact.ts';
import { createExcuse } from './vex-excuse.ts';

export interface FactSources {
  readonly trust: TrustMaterial;
  readonly advisories: AdvisoryIndex;
  /** What the knowledge graph says about the release; unknown if there is no graph. */
  readonly release: ReleaseFact | UnknownFact;
  /** What the knowledge graph knows against the image; empty if there is no graph. */
  readonly exposures: FactList<Exposure>;
  /** What the source gates decided about its commit; absent: nobody was asked. */
  readonly source?: SourceFacts;
  /** See ReadLimits. */
  readonly matchStepsMax?: number;
}

/**
 * Turns the gathered evidence into facts for rules. Incomplete evidence gives an unknown, never an
 * empty list (foundation 1). Fails if the advisories cannot be read, or with `TooHeavy`.
 */
export async function buildImageFacts(
  evidence: ImageEvidence,
  now: Instant,
  sources: FactSources,
): Promise<Result<Facts>> {
  const sboms = filterByKind(evidence, 'sbom');
  const scans = filterByKind(evidence, 'scan');
  const excuse = createExcuse(evidence, sources.trust, now);
  const members: MemberFacts[] = [];
  const matching = createMatchSources(sources);
  for (const { descriptor } of evidence.members) {
    const facts = await buildMemberFacts(evidence, descriptor.digest, now, matching);
    if (!facts.ok) return facts;
    members.push(facts.value);
  }
  const found = joinFactLists([
    ...members.map((member) => buildMemberFindings(member, scans, excuse)),
    listLostScans(evidence),
  ]);
  const stated = buildProvenanceFact(evidence);
  const runner = buildRunnerFact(evidence, sources.trust);
  const { level } = assessBuild(evidence, runner);
  const provenance = stated instanceof UnknownFact ? stated : { ...stated, level };
  return ok({
    image: toImageFact(evidence),
    signatures: toFactList(
      evidence.signatures.items.map((one) => toSignatureFact(evidence, one, sources.trust, now)),
      evidence.signatures.missing,
    ),
    artifacts: toFactList(
      evidence.documents.items.map(toArtifactFact),
      evidence.documents.missing ?? findUnreadableStatement(evidence),
    ),
    sbom: buildSbomFact(evidence, sboms, members),
    scan: buildScanFact(evidence, scans),
    provenance,
    runner,
    rebuild: buildRebuildFact(evidence),
    ...buildOriginFacts(provenance, sources.source),
    systems: joinFactLists(members.map((member) => member.systems)),
    components: joinFactLists(members.map((member) => member.components)),
    // mutant exposure-by-the-graph by exposed-digest: value -> found
    findings: addExposures(found, sources.exposures, excuse),
    advisories: buildAdvisoriesFact(
      sources.advisories,
      members.flatMap(({ dates }) => dates),
    ),
    release: sources.release,
  });
}

/** A provider of external data is asked about an image, perhaps without who asks for it. */
const UNNAMED = makeUnknownFact(
  new Failure(
    'FACT_UNKNOWN',
    'the request does not say which workload asks for the image',
    'Use the template that `waybill cluster gatekeeper` prints.',
  ),
);

/** The facts of an image together with those of the workload that asks for it. */
export function buildAdmissionFacts(
  facts: Facts,
  { cluster, namespace, kind, name }: WorkloadRequest,
): Facts {
  return {
    ...facts,
    workload: {
      cluster,
      // mutant workload-that-is-not-named by workload-fact: value -> namespace
      namespace: namespace === '' ? UNNAMED : namespace,
      kind: kind === '' ? UNNAMED : kind,
      name: name === '' ? UNNAMED : name,
    },
  };
}

/** The image, by the name of the request. */
export function toImageFact({
  reference,
  subject,
  members,
}: ImageEvidence): NonNullable<Facts['image']> {
  const [only, ...others] = members;
  const platform =
    others.length === 0 && only?.platform != null ? formatPlatform(only.platform) : null;
  return {
    reference: formatImageReference({ ...reference, digest: subject.digest }),
    registry: reference.registry,
    repository: reference.repository,
    tag: reference.tag,
    digest: subject.digest,
    platform,
  };
}

function toSignatureFact(
  { reference }: ImageEvidence,
  found: AttachedSignature,
  trust: TrustMaterial,
  now: Instant,
): SignatureFact {
  const standing = judgeStanding(
    { repository: formatRepository(reference), trust, now },
    'image',
    [found],
    null,
  );
  const signer = found.result.kind === 'undetermined' ? null : found.result.signer;
  return {
    format: signer?.format ?? found.format,
    trusted:
      standing.kind === 'undetermined'
        ? makeUnknownFact(standing.cause)
        : standing.kind === 'counts',
    identity: signer === null ? null : describeSigner(signer).identity,
    reason:
      standing.kind === 'does-not-count'
        ? standing.why
        : standing.kind === 'undetermined'
          ? standing.cause.message
          : null,
    signedAt: signer === null ? null : readSigningTime(signer),
  };
}

function toArtifactFact(found: AttachedDocument): ArtifactFact {
  const { standing, createdAt } = found;
  const signer = standing.kind === 'undetermined' ? null : standing.signer;
  const reason =
    standing.kind === 'does-not-count'
      ? standing.why
      : standing.kind === 'undetermined'
        ? standing.cause.message
        : null;
  return {
    type: found.kind,
    mediaType: found.document?.mediaType ?? 'unknown',
    digest: found.document?.digest ?? found.manifest.digest,
    createdAt:
      createdAt ??
      makeUnknownFact(
        createMissingFailure(
          `the ${found.kind} ${found.manifest.digest} does not say when it was made`,
          STATE_TIME,
        ),
      ),
    trusted:
      standing.kind === 'undetermined'
        ? makeUnknownFact(standing.cause)
        : standing.kind === 'counts',
    identity: signer === null ? null : describeSigner(signer).identity,
    reason: found.content.kind === 'unreadable' ? found.content.cause.message : reason,
  };
}

/**
 * A scan that cannot be read might have more findings. A stranger's unreadable scan says nothing.
 */
function listLostScans({ documents }: ImageEvidence): FactList<FindingFact> {
  const lost = documents.items.find((found) => {
    const mayBeScan = found.kind === 'scan' || found.kind === 'other';
    return (
      mayBeScan && found.content.kind === 'unreadable' && found.standing.kind !== 'does-not-count'
    );
  });
  return toFactList([], lost?.content.kind === 'unreadable' ? lost.content.cause : null);
}

/** A signed statement that cannot be read could be of any kind, so no kind can be called absent. */
function findUnreadableStatement(evidence: ImageEvidence): Failure | null {
  const open = evidence.documents.items.find(
    (found) => found.content.kind === 'unreadable' && found.standing.kind !== 'does-not-count',
  );
  return open?.content.kind === 'unreadable' ? open.content.cause : null;
}

function buildSbomFact(
  evidence: ImageEvidence,
  sboms: readonly AttachedDocument[],
  members: readonly MemberFacts[],
): NonNullable<Facts['sbom']> {
  const counting = sboms.filter((found) => found.standing.kind === 'counts');
  const open = members
    .map(({ complete }) => complete)
    .find((complete) => complete instanceof Failure);
  if (counting.length === 0)
    return makeUnknownFact(open ?? createMissingFailure('no trusted SBOM was found', ATTACH));
  const partial = members.some(({ complete }) => complete === false);
  return {
    complete: partial ? false : open === undefined ? true : makeUnknownFact(open),
    count: members.reduce((sum, member) => sum + member.count, 0),
    createdAt:
      findOldestOfNewest(evidence, counting) ??
      makeUnknownFact(
        createMissingFailure(
          'not every platform has an SBOM that says when it was made',
          STATE_TIME,
        ),
      ),
    unexplained: sumUnexplained(members),
  };
}

/** The newest scan of each member, and of those the oldest: every member was scanned since then. */
function findOldestOfNewest(
  evidence: ImageEvidence,
  documents: readonly AttachedDocument[],
): Instant | null {
  const newest = evidence.members.map(
    ({ descriptor }) => findNewest(documents, descriptor.digest)?.createdAt ?? null,
  );
  const dated = newest.filter((at) => at !== null);
  // mutant scan-age-of-every-platform by 2-evidence-at-the-gate: value -> $operand === 0 ? $branch
  //   : Math.max($argument)
  return dated.length < newest.length ? null : (Math.min(...dated) as Instant);
}

function findNewest(
  documents: readonly AttachedDocument[],
  member: Digest,
): AttachedDocument | undefined {
  return documents
    .filter((found) => found.about === member)
    .toSorted((one, other) => (other.createdAt ?? 0) - (one.createdAt ?? 0))[0];
}

/** For each platform the newest scan that counts and can be read. */
function buildScanFact(
  evidence: ImageEvidence,
  scans: readonly AttachedDocument[],
): NonNullable<Facts['scan']> {
  // mutant scan-unreadable-is-not-fresh by 2-evidence-at-the-gate, documents: remove operand 2
  const counting = scans.filter(
    (found) => found.standing.kind === 'counts' && found.content.kind === 'scan',
  );
  const createdAt = findOldestOfNewest(evidence, counting);
  if (createdAt === null) {
    const none = 'not every platform has a trusted scan that can be read and says when it was made';
    return makeUnknownFact(evidence.documents.missing ?? createMissingFailure(none, ATTACH_SCAN));
  }
  const newest = evidence.members.flatMap(
    ({ descriptor }) => findNewest(counting, descriptor.digest) ?? [],
  );
  const silent = newest.find((found) => found.outcome === null);
  if (newest.some((found) => found.outcome === 'partial')) return { complete: false, createdAt };
  const unsaid = createMissingFailure(
    `the scan ${silent?.manifest.digest} does not say whether it is complete`,
    'A scan of another tool never does: attach that of waybill release.',
  );
  return { complete: silent === undefined ? true : makeUnknownFact(unsaid), createdAt };
}

/** Every platform must have a provenance that counts. Where they disagree, the value is unknown. */
/** The oldest data that a member was looked up in; without a scan, the oldest of all. */
export function buildAdvisoriesFact(
  index: AdvisoryIndex,
  dates: readonly (Instant | null)[] = [],
): NonNullable<Facts['advisories']> {
  const { source, coverage } = index.info();
  const known = dates.filter((date) => date !== null);
  // mutant undated-scan-is-dated by advisory-age: remove
  const updatedAt = known.length < dates.length ? null : findOldest(known, coverage);
  return {
    source,
    updatedAt:
      updatedAt ??
      makeUnknownFact(
        createMissingFailure('the advisory data does not say how old it is', DATE_FEEDS),
      ),
  };
}

function findOldest(dates: readonly Instant[], coverage: readonly FeedCoverage[]): Instant | null {
  return dates.toSorted((one, other) => one - other)[0] ?? dateOldest(listStanding(coverage));
}

function filterByKind(
  evidence: ImageEvidence,
  kind: AttachedDocument['kind'],
): readonly AttachedDocument[] {
  return evidence.documents.items.filter((found) => found.kind === kind);
}
