import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import {
  formatRevision,
  POLICY_ARTIFACT_TYPE,
  POLICY_DESCRIPTION_TYPE,
  POLICY_DOCUMENT_TYPE,
  type Policy,
  type PolicyRevision,
  parsePolicy,
  parseRevision,
} from '../../capabilities/policy/index.ts';
import {
  type ArtifactSource,
  type ArtifactTarget,
  buildImageManifest,
  pullManifest,
  toContent,
} from '../../capabilities/registry/index.ts';
import { describeSigner, type SigningKey } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import { formatInstant, type Instant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { judgeArtifact } from '../../gates/image-evidence/index.ts';
import type { Config } from '../config/config.ts';
import { openLedger } from './graph.ts';
import { pushSigned } from './push-signed.ts';
import { loadTrust } from './trust.ts';

/** A pushed policy where it is, and how to read it. */
export interface PolicyPlace {
  readonly source: ArtifactSource;
  readonly reference: ImageReference;
}

export interface VerifiedRevision {
  readonly subject: Descriptor;
  readonly revision: PolicyRevision;
  readonly text: Uint8Array;
  readonly policy: Policy;
  /** Who signed it: who pushed it, and who approved it by a signature of his own. */
  readonly signers: readonly string[];
}

/**
 * A pushed policy, when it is signed by somebody who is trusted to state `policy` for its
 * repository. Fails with EVIDENCE_REJECTED if it is not, or if it is not what its description says.
 */
export async function verifyRevision(
  config: Config,
  { source, reference }: PolicyPlace,
  signal: AbortSignal,
): Promise<VerifiedRevision> {
  const trust = orThrow(await loadTrust(config));
  const repository = formatRepository(reference);
  const options = { signal };
  const ports = { source, trust, showsAll: true };
  const now = toInstant(Date.now());
  const judged = orThrow(await judgeArtifact(reference, 'policy', now, ports, options));
  const { subject, standing, signers } = judged;
  if (standing.kind === 'undetermined') throw standing.cause;
  // mutant unsigned-policy-is-taken: condition -> false
  if (standing.kind !== 'counts')
    throw new Failure(
      'EVIDENCE_REJECTED',
      `the policy of ${repository} does not count: ${standing.why}`,
      `Trust its signer for it: waybill trust add --statement policy --repository ${repository}.`,
    );
  const { manifest } = orThrow(await pullManifest(source, repository, subject, options));
  const layer = manifest.kind === 'image' ? manifest.layers[0] : undefined;
  if (
    manifest.kind !== 'image' ||
    manifest.config.mediaType !== POLICY_DESCRIPTION_TYPE ||
    layer?.mediaType !== POLICY_DOCUMENT_TYPE
  )
    throw new Failure(
      'UNSUPPORTED',
      `${repository} has no policy there`,
      'Name what waybill policy push made.',
    );
  const read = async (blob: Descriptor): Promise<Uint8Array> =>
    orThrow(await source.blobBytes(repository, blob, LIMITS.configBytesMax, options));
  const revision = orThrow(parseRevision(await read(manifest.config)));
  const home = revision.repository ?? reference.repository;
  // The signer may have signed another policy for another place, and anybody may copy it.
  // mutant policy-of-another-repository: condition -> false
  if (home !== reference.repository)
    throw new Failure(
      'EVIDENCE_REJECTED',
      `revision ${revision.number} of ${repository} was pushed to ${home}, and copied there`,
      'Ask who can push to it. A copy of a policy stays under its own repository name.',
    );
  const text = await read(layer);
  const policy = orThrow(parsePolicy(Buffer.from(text).toString('utf8')));
  // mutant policy-of-another-description: condition -> false
  if (policy.digest !== revision.policy)
    throw new Failure(
      'EVIDENCE_REJECTED',
      `revision ${revision.number} of ${repository} has another document than it says`,
      'Ask who publishes it to push it again.',
    );
  const names = [...new Set(signers.map((signer) => describeSigner(signer).identity))];
  return { subject, revision, text, policy, signers: names };
}

export interface PushCall {
  readonly text: Uint8Array;
  readonly key: SigningKey;
  readonly message: string | null;
  readonly effectiveFrom: Instant | null;
  /** The revision that it follows; null for the first. */
  readonly previous: VerifiedRevision | null;
  readonly rollbackTo: number | null;
  /** The newest number that was ever seen here; 0 for none. */
  readonly seen: number;
  readonly now: Instant;
  readonly signal: AbortSignal;
}

export interface PushedRevision {
  readonly revision: PolicyRevision;
  readonly manifest: Digest;
  readonly signature: Digest;
}

/** Pushes a document as the revision behind the one of before, signed, and gives it its tag. */
export async function pushRevision(
  { target, reference }: PolicyPlace & { readonly target: ArtifactTarget },
  call: PushCall,
): Promise<PushedRevision> {
  const { text, key, previous, now, signal } = call;
  const policy = orThrow(parsePolicy(Buffer.from(text).toString('utf8')));
  const revision: PolicyRevision = {
    // mutant policy-number-behind-one-that-was-seen: argument 2 -> 0
    number: Math.max(previous?.revision.number ?? 0, call.seen) + 1,
    name: policy.name,
    policy: policy.digest,
    pushedAt: now,
    message: call.message,
    effectiveFrom: call.effectiveFrom,
    previous: previous?.subject.digest ?? null,
    rollbackTo: call.rollbackTo,
    repository: reference.repository,
  };
  const repository = formatRepository(reference);
  const description = toContent(POLICY_DESCRIPTION_TYPE, formatRevision(revision));
  const document = toContent(POLICY_DOCUMENT_TYPE, text);
  const manifest = buildImageManifest({
    artifactType: POLICY_ARTIFACT_TYPE,
    config: description.descriptor,
    layers: [document.descriptor],
    annotations: { 'dev.waybill.policy.number': `${revision.number}` },
  });
  for (const blob of [description, document])
    orThrow(await target.pushBlob(repository, blob, { signal }));
  const place = { target, repository, tag: reference.tag };
  const { subject, signature } = await pushSigned(place, manifest, { key, at: now, signal });
  return { revision, manifest: subject.digest, signature };
}

/** The newest revision of a place; null where there is none yet. */
export async function findNewest(
  config: Config,
  place: PolicyPlace,
  signal: AbortSignal,
): Promise<VerifiedRevision | null> {
  const there = await place.source.resolve(place.reference, { signal });
  if (there.ok) return verifyRevision(config, place, signal);
  if (there.failure.code === 'NOT_FOUND') return null;
  throw there.failure;
}

/**
 * The revisions of a place, the newest first, each verified and followed to the one before it: at
 * most `max`. One that is missing or does not count ends the list with a failure.
 */
export async function* listRevisions(
  config: Config,
  place: PolicyPlace,
  max: number,
  signal: AbortSignal,
): AsyncGenerator<VerifiedRevision> {
  let at: ImageReference | null = place.reference;
  let number = Number.POSITIVE_INFINITY;
  for (let left = max; left > 0 && at !== null; left--) {
    const verified: VerifiedRevision = await verifyRevision(
      config,
      { source: place.source, reference: at },
      signal,
    );
    const { revision } = verified;
    // mutant policy-history-goes-round: condition -> false
    if (revision.number >= number)
      throw new Failure(
        'EVIDENCE_REJECTED',
        `revision ${revision.number} stands behind revision ${number}`,
        'Ask who publishes it.',
      );
    number = revision.number;
    yield verified;
    at =
      revision.previous === null
        ? null
        : { ...place.reference, tag: null, digest: revision.previous };
  }
}

/** What the log keeps of a revision: who changed what, when, and who approved it. */
export interface PolicyChangeRecord {
  readonly repository: string;
  readonly revision: PolicyRevision;
  readonly manifest: Digest;
  readonly signers: readonly string[];
  readonly text: Uint8Array;
}

/**
 * A revision as evidence: the document under the digest that decisions name, and the change under
 * that of its manifest.
 */
export function buildRevisionEvidence(change: PolicyChangeRecord): readonly EvidenceInput[] {
  const { revision, manifest, repository, signers, text } = change;
  const body = canonicalizeJson({
    apiVersion: 'waybill.dev/v1',
    kind: 'PolicyChange',
    repository,
    manifest,
    number: revision.number,
    name: revision.name,
    policy: revision.policy,
    pushedAt: formatInstant(revision.pushedAt),
    message: revision.message,
    effectiveFrom: revision.effectiveFrom === null ? null : formatInstant(revision.effectiveFrom),
    rollbackTo: revision.rollbackTo,
    signers,
  });
  return [
    { kind: 'policy', mediaType: POLICY_DOCUMENT_TYPE, body: text, subject: revision.policy },
    {
      ...{ kind: 'policy', mediaType: POLICY_DESCRIPTION_TYPE },
      ...{ body: Buffer.from(body), subject: manifest },
    },
  ];
}

/**
 * What was pushed here, as evidence with those whose signatures count; nothing where its signer is
 * not trusted here.
 */
export async function recordPushed(
  config: Config,
  { source, reference }: PolicyPlace,
  manifest: Digest,
  now: Instant,
  signal: AbortSignal,
): Promise<void> {
  const pushed = { source, reference: { ...reference, tag: null, digest: manifest } };
  const verified = await attempt(() => verifyRevision(config, pushed, signal));
  if (!verified.ok) return;
  const { revision, signers, text } = verified.value;
  const repository = formatRepository(reference);
  const change = { repository, revision, manifest, signers, text };
  await appendEvidence(config, buildRevisionEvidence(change), now);
}

/** Appends evidence, for one command. */
export async function appendEvidence(
  config: Config,
  inputs: readonly EvidenceInput[],
  now: Instant,
): Promise<void> {
  const ledger = await openLedger(config);
  try {
    orThrow(await ledger.log.append(inputs, now));
  } finally {
    await ledger.close();
  }
}
