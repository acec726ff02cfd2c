import type { Evaluation } from '../../capabilities/policy/index.ts';
import {
  type ArtifactSource,
  type CallOptions,
  listAttestationEntries,
  listPlatformMembers,
  pullManifest,
} from '../../capabilities/registry/index.ts';
import { formatCount } from '../../core/count.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { formatImageReference, formatRepository } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { ImageEvidence } from '../../gates/image-evidence/index.ts';
import { describeMember, type MemberDocuments } from './documents.ts';
import { publishRelease } from './publish.ts';
import type { ReleasePorts, ReleaseRequest } from './request.ts';
import { type Signer, stageDocument, stageSignature } from './stage.ts';
import { StagingArea } from './staging.ts';
import { replaceOlder, replaceSignatures } from './superseded.ts';

export interface ReleaseOutcome {
  readonly evaluation: Evaluation;
  readonly subject: Descriptor;
  readonly members: readonly MemberDocuments[];
  readonly staging: StagingArea;
  readonly published: boolean;
  readonly releasedAt: Instant;
}

/** What a release is made of before anybody judged it: nothing of it is in a registry. */
export interface PreparedRelease {
  readonly subject: Descriptor;
  readonly members: readonly MemberDocuments[];
  readonly staging: StagingArea;
  /** The image and its platforms: what is signed beside the documents. */
  readonly signed: readonly Descriptor[];
}

/**
 * Makes the inventory, scan and provenance of each platform, with signatures on them and on the
 * images. Without a signer nothing is signed; what would be, is `signed` and each document.
 */
export async function prepareRelease(
  request: ReleaseRequest,
  signer: Signer | null,
  ports: ReleasePorts,
  options: CallOptions = {},
): Promise<Result<PreparedRelease>> {
  const { image } = request;
  const subject = await image.source.resolve(image.reference, options);
  if (!subject.ok) return subject;
  const from = formatRepository(image.reference);
  const listed = await listMembers(image.source, from, subject.value, options);
  if (!listed.ok) return listed;
  const { members, attestations } = listed.value;
  if (attestations > 0)
    ports.progress(
      `the index has ${formatCount(attestations, 'attestation')} of its builder: copied, and ` +
        'counted by a gate only where a trusted signer signed it',
    );
  const staging = new StagingArea(image.source, from, toPlainDescriptor(subject.value));
  const documents: MemberDocuments[] = [];
  for (const member of members) {
    ports.progress(`inventory and scan of ${member.digest}`);
    const made = await describeMember(request, member, ports, options);
    if (!made.ok) return made;
    documents.push(made.value);
    for (const document of made.value.documents)
      await stageDocument(staging, toPlainDescriptor(member), document, signer, ports.now());
  }
  const signed = removeDuplicates([subject.value, ...members]).map(toPlainDescriptor);
  if (signer !== null) {
    ports.progress('signing');
    for (const one of signed) await stageSignature(staging, one, signer, ports.now());
  }
  return ok({ subject: toPlainDescriptor(subject.value), members: documents, staging, signed });
}

/**
 * The build phase: the release gate judges what was prepared. A refused release leaves nothing in
 * the registry, and a dry run none at all. A gate in observe mode refuses nothing, and the decision
 * is recorded as it is.
 */
export async function shipRelease(
  request: ReleaseRequest,
  ports: ReleasePorts,
  options: CallOptions = {},
): Promise<Result<ReleaseOutcome>> {
  const { destination } = request;
  const signer = request.bundle ?? request.key;
  const prepared = await prepareRelease(request, signer, ports, options);
  if (!prepared.ok) return prepared;
  const { subject, members, staging, signed } = prepared.value;
  const pinned = { ...destination.reference, digest: subject.digest };
  ports.progress('release gate');
  const evaluation = await ports.gate(pinned, staging);
  if (!evaluation.ok) return evaluation;
  const outcome = {
    evaluation: evaluation.value,
    ...{ subject, members, staging },
    releasedAt: ports.now(),
  };
  // mutant release-refused: condition -> false
  if (evaluation.value.refuses) return ok({ ...outcome, published: false });
  // mutant dry-run-publishes by release-in-a-job: condition -> false
  if (request.dryRun === true) return ok({ ...outcome, published: false });
  const earlier = await findEarlier(request, signed, ports);
  ports.progress(`publishing ${formatImageReference(pinned)}`);
  const pushed = await publishRelease(request, subject, staging, options);
  if (!pushed.ok) return pushed;
  await replaceEarlier(request, earlier, staging, ports, options);
  return ok({ ...outcome, published: true });
}

/**
 * What an earlier release attached to the image and to its members, so that it is replaced and not
 * doubled. What cannot be read stays as it is.
 */
async function findEarlier(
  { destination }: ReleaseRequest,
  signed: readonly Descriptor[],
  { gather }: ReleasePorts,
): Promise<readonly ImageEvidence[]> {
  if (gather === undefined) return [];
  const found: ImageEvidence[] = [];
  for (const { digest } of signed) {
    const evidence = await gather({ ...destination.reference, digest }, destination.target);
    if (evidence.ok) found.push(evidence.value);
  }
  return found;
}

/** After the new documents are there. A failure leaves older ones beside them: harmless. */
async function replaceEarlier(
  { destination }: ReleaseRequest,
  earlier: readonly ImageEvidence[],
  staging: StagingArea,
  { gather }: ReleasePorts,
  options: CallOptions,
): Promise<void> {
  const { target, reference } = destination;
  const repository = formatRepository(reference);
  for (const before of earlier) {
    if (before.documents.items.length + before.signatures.items.length === 0) continue;
    const pinned = { ...reference, digest: before.subject.digest };
    const made = await gather?.(pinned, staging.about(before.subject));
    if (made?.ok !== true) continue;
    const { documents, signatures } = made.value;
    await replaceOlder(target, repository, before, documents.items, options);
    await replaceSignatures(target, repository, before.signatures, signatures, options);
  }
}

async function listMembers(
  source: ArtifactSource,
  repository: string,
  subject: Descriptor,
  options: CallOptions,
): Promise<Result<{ readonly members: readonly Descriptor[]; readonly attestations: number }>> {
  const pulled = await pullManifest(source, repository, subject, options);
  if (!pulled.ok) return pulled;
  const { manifest } = pulled.value;
  if (manifest.kind === 'image') return ok({ members: [subject], attestations: 0 });
  const members = listPlatformMembers(manifest);
  const attestations = listAttestationEntries(manifest).length;
  if (members.length > 0) return ok({ members, attestations });
  return fail(
    'UNSUPPORTED',
    'the index has no member that can run',
    'Build the image for a platform.',
  );
}

function removeDuplicates(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(descriptors.map((one) => [one.digest, one])).values()];
}

function toPlainDescriptor({ mediaType, digest, size, platform }: Descriptor): Descriptor {
  return { mediaType, digest, size, ...(platform === undefined ? {} : { platform }) };
}
