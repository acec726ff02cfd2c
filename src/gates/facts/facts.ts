import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import type { Material, Provenance } from '../../capabilities/attestation/index.ts';
import {
  type ArtifactFact,
  type FactList,
  type Facts,
  type FindingFact,
  type MaterialFact,
  type ReleaseFact,
  type SignatureFact,
  type Unknown,
  unknownFact,
} from '../../capabilities/policy/index.ts';
import { formatPlatform } from '../../capabilities/registry/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatImageReference, repositoryOf } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { isJsonObject } from '../../core/json.ts';
import type { WorkloadAsked } from '../desk/admission.ts';
import { standingOf } from '../image-evidence/documents.ts';
import type { DocumentFound, ImageEvidence, SignatureFound } from '../image-evidence/found.ts';
import type { TrustMaterial } from '../image-evidence/gathering.ts';
import { distinct, joined, missing, wholeOrPartial } from './fact-lists.ts';
import { type MemberFacts, memberFacts, withAttached } from './member-facts.ts';

export interface FactSources {
  readonly trust: TrustMaterial;
  readonly advisories: AdvisoryIndex;
  /** What the knowledge graph says of the release; an Unknown where there is no graph. */
  readonly release: ReleaseFact | Unknown;
}

/** What was found turned into what rules may ask. Whatever is not whole is no empty list but an unknown (foundation 1). */
export function imageFacts(evidence: ImageEvidence, now: Instant, sources: FactSources): Facts {
  const sboms = ofKind(evidence, 'sbom');
  const scans = ofKind(evidence, 'scan');
  const members = evidence.members.map((member) =>
    memberFacts(evidence, member.descriptor.digest, now, sources.advisories),
  );
  return {
    image: imageFact(evidence),
    signatures: wholeOrPartial(
      evidence.signatures.items.map((one) => signatureFact(evidence, one, sources.trust)),
      evidence.signatures.missing,
    ),
    artifacts: wholeOrPartial(
      evidence.documents.items.map(artifactFact),
      evidence.documents.missing ?? unreadableStatement(evidence),
    ),
    sbom: sbomFact(evidence, sboms, members),
    scan: scanFact(evidence, scans),
    provenance: provenanceFact(evidence),
    components: joined(members.map((member) => member.components)),
    findings: withAttached(joined([...members.map((member) => member.findings), lostScans(evidence)]), scans),
    advisories: advisoriesFact(sources.advisories),
    release: sources.release,
  };
}

/** The facts of an image together with those of the workload that asks for it. */
export function admissionFacts(facts: Facts, { cluster, namespace, kind, name }: WorkloadAsked): Facts {
  return { ...facts, workload: { cluster, namespace, kind, name } };
}

/** The image as it was asked for. */
export function imageFact({ reference, subject, members }: ImageEvidence): NonNullable<Facts['image']> {
  const [only, ...others] = members;
  const platform = others.length === 0 && only?.platform != null ? formatPlatform(only.platform) : null;
  return {
    reference: formatImageReference({ ...reference, digest: subject.digest }),
    registry: reference.registry,
    repository: reference.repository,
    tag: reference.tag,
    digest: subject.digest,
    platform,
  };
}

function signatureFact({ reference }: ImageEvidence, found: SignatureFound, trust: TrustMaterial): SignatureFact {
  const standing = standingOf({ repository: repositoryOf(reference), trust }, 'image', [found], null);
  const signer = found.result.kind === 'undetermined' ? null : found.result.signer;
  return {
    format: signer?.format ?? 'notary',
    trusted: standing.kind === 'undetermined' ? unknownFact(standing.cause) : standing.kind === 'counts',
    identity: signer?.identity ?? null,
    reason:
      standing.kind === 'does-not-count'
        ? standing.why
        : standing.kind === 'undetermined'
          ? standing.cause.message
          : null,
    signedAt: signer?.signedAt ?? null,
  };
}

function artifactFact(found: DocumentFound): ArtifactFact {
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
      createdAt ?? unknownFact(missing(`the ${found.kind} ${found.manifest.digest} does not say when it was made`)),
    trusted: standing.kind === 'undetermined' ? unknownFact(standing.cause) : standing.kind === 'counts',
    identity: signer?.identity ?? null,
    reason: found.content.kind === 'unreadable' ? found.content.cause.message : reason,
  };
}

/** A scan that cannot be read might have reported more; one that a stranger left unreadable says nothing. */
function lostScans({ documents }: ImageEvidence): FactList<FindingFact> {
  const lost = documents.items.find((found) => {
    const mayBeScan = found.kind === 'scan' || found.kind === 'other';
    return (
      mayBeScan && found.content.kind === 'unreadable' && (found.standing.kind !== 'does-not-count' || isSigned(found))
    );
  });
  return wholeOrPartial([], lost?.content.kind === 'unreadable' ? lost.content.cause : null);
}

/** A signed statement that cannot be read could be any kind, so no kind can be said to be absent. */
function unreadableStatement(evidence: ImageEvidence): Failure | null {
  const open = evidence.documents.items.find(
    (found) => found.content.kind === 'unreadable' && (found.standing.kind !== 'does-not-count' || isSigned(found)),
  );
  return open?.content.kind === 'unreadable' ? open.content.cause : null;
}

function isSigned(found: DocumentFound): boolean {
  return found.signatures.some((signature) => signature.result.kind === 'trusted');
}

function sbomFact(
  evidence: ImageEvidence,
  sboms: readonly DocumentFound[],
  members: readonly MemberFacts[],
): NonNullable<Facts['sbom']> {
  const counting = sboms.filter((found) => found.standing.kind === 'counts');
  const open = members.map(({ complete }) => complete).find((complete) => complete instanceof Failure);
  if (counting.length === 0) return unknownFact(open ?? missing('no trusted SBOM was found'));
  const partial = members.some(({ complete }) => complete === false);
  return {
    complete: partial ? false : open === undefined ? true : unknownFact(open),
    count: members.reduce((sum, member) => sum + member.count, 0),
    createdAt:
      oldestOfNewest(evidence, counting) ??
      unknownFact(missing('not every platform has an SBOM that says when it was made')),
  };
}

/** The newest of each member, and of those the oldest: every member was looked at since. */
function oldestOfNewest(evidence: ImageEvidence, documents: readonly DocumentFound[]): Instant | null {
  const newest = evidence.members.map(({ descriptor }) => newestOf(documents, descriptor.digest)?.createdAt ?? null);
  const dated = newest.filter((at) => at !== null);
  return dated.length < newest.length ? null : (Math.min(...dated) as Instant);
}

function newestOf(documents: readonly DocumentFound[], member: Digest): DocumentFound | undefined {
  return documents
    .filter((found) => found.about === member)
    .toSorted((one, other) => (other.createdAt ?? 0) - (one.createdAt ?? 0))[0];
}

/** Of each platform the newest scan that counts and can be read. */
function scanFact(evidence: ImageEvidence, scans: readonly DocumentFound[]): NonNullable<Facts['scan']> {
  const counting = scans.filter((found) => found.standing.kind === 'counts' && found.content.kind === 'scan');
  const createdAt = oldestOfNewest(evidence, counting);
  if (createdAt === null) {
    const none = 'not every platform has a trusted scan that can be read and says when it was made';
    return unknownFact(evidence.documents.missing ?? missing(none));
  }
  const newest = evidence.members.flatMap(({ descriptor }) => newestOf(counting, descriptor.digest) ?? []);
  const silent = newest.find((found) => found.outcome === null);
  if (newest.some((found) => found.outcome === 'partial')) return { complete: false, createdAt };
  const unsaid = missing(`the scan ${silent?.manifest.digest} does not say whether it is complete`);
  return { complete: silent === undefined ? true : unknownFact(unsaid), createdAt };
}

/** Every platform must have one that counts; where they disagree, what they disagree about is unknown. */
function provenanceFact(evidence: ImageEvidence): NonNullable<Facts['provenance']> {
  const counting = ofKind(evidence, 'provenance').filter((found) => found.standing.kind === 'counts');
  const stated = counting.flatMap(({ content }) => (content.kind === 'provenance' ? [content.provenance] : []));
  const bare = evidence.members.find(({ descriptor }) => !counting.some(({ about }) => about === descriptor.digest));
  if (evidence.documents.missing !== null) return unknownFact(evidence.documents.missing);
  if (bare !== undefined) return unknownFact(missing(`no trusted provenance of ${bare.descriptor.digest} was found`));
  return {
    builder: agreed(
      'builder',
      stated.map(({ builder }) => builder),
    ),
    repository: agreed(
      'repository',
      stated.map((one) => sourceOf(one, 'repository')),
    ),
    commit: agreed(
      'commit',
      stated.map((one) => sourceOf(one, 'commit')),
    ),
    materials: distinct(stated.flatMap(({ materials }) => materials.map(materialFact))),
  };
}

function sourceOf({ externalParameters }: Provenance, key: string): string | null {
  const source = isJsonObject(externalParameters['source']) ? externalParameters['source'] : {};
  const value = source[key];
  return typeof value === 'string' ? value : null;
}

function agreed(what: string, values: readonly (string | null)[]): string | Unknown {
  const [first, ...others] = [...new Set(values)];
  if (first === undefined || first === null) return unknownFact(missing(`the provenance does not name the ${what}`));
  if (others.length === 0) return first;
  return unknownFact(missing(`the trusted provenances disagree about the ${what}`));
}

function materialFact({ uri, name, digest }: Material): MaterialFact {
  const place = uri ?? name ?? 'unnamed';
  const [first] = Object.entries(digest ?? {});
  return { uri: place, digest: first === undefined ? unknownFact(missing(`${place} has no digest`)) : first.join(':') };
}

function advisoriesFact(index: AdvisoryIndex): NonNullable<Facts['advisories']> {
  const { source, importedAt } = index.info();
  return { source, updatedAt: importedAt ?? unknownFact(missing('the advisory data does not say how old it is')) };
}

function ofKind(evidence: ImageEvidence, kind: DocumentFound['kind']): readonly DocumentFound[] {
  return evidence.documents.items.filter((found) => found.kind === kind);
}
