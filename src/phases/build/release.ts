import type { Evaluation } from '../../capabilities/policy/index.ts';
import {
  type ArtifactSource,
  type CallOptions,
  listPlatformMembers,
  pullManifest,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { formatImageReference, formatRepository } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { describeMember, type MemberDocuments } from './documents.ts';
import { publishRelease } from './publish.ts';
import type { ReleasePorts, ReleaseRequest } from './request.ts';
import { stageDocument, stageSignature } from './stage.ts';
import { StagingArea } from './staging.ts';

export interface ReleaseOutcome {
  readonly evaluation: Evaluation;
  readonly subject: Descriptor;
  readonly members: readonly MemberDocuments[];
  readonly staging: StagingArea;
  readonly published: boolean;
  readonly releasedAt: Instant;
}

/**
 * The build phase. It makes and signs the inventory, scan and provenance of each platform, and the
 * release gate judges them. A refused release leaves nothing in the registry. A gate in observe
 * mode refuses nothing, and the decision is recorded as it is.
 */
export async function shipRelease(
  request: ReleaseRequest,
  ports: ReleasePorts,
  options: CallOptions = {},
): Promise<Result<ReleaseOutcome>> {
  const { image, destination, key } = request;
  const subject = await image.source.resolve(image.reference, options);
  if (!subject.ok) return subject;
  const from = formatRepository(image.reference);
  const members = await listMembers(image.source, from, subject.value, options);
  if (!members.ok) return members;
  const staging = new StagingArea(image.source, from, toPlainDescriptor(subject.value));
  const documents: MemberDocuments[] = [];
  for (const member of members.value) {
    ports.progress(`inventory and scan of ${member.digest}`);
    const made = await describeMember(request, member, ports, options);
    if (!made.ok) return made;
    documents.push(made.value);
    for (const document of made.value.documents)
      await stageDocument(staging, toPlainDescriptor(member), document, key, ports.now());
  }
  ports.progress('signing');
  for (const signed of removeDuplicates([subject.value, ...members.value]))
    await stageSignature(staging, toPlainDescriptor(signed), key, ports.now());
  const pinned = { ...destination.reference, digest: subject.value.digest };
  ports.progress('release gate');
  const evaluation = await ports.gate(pinned, staging);
  if (!evaluation.ok) return evaluation;
  const outcome = {
    evaluation: evaluation.value,
    subject: toPlainDescriptor(subject.value),
    members: documents,
    staging,
    releasedAt: ports.now(),
  };
  // mutant release-refused: condition -> false
  if (evaluation.value.refuses) return ok({ ...outcome, published: false });
  ports.progress(`publishing ${formatImageReference(pinned)}`);
  const pushed = await publishRelease(
    request,
    toPlainDescriptor(subject.value),
    staging,
    options,
  );
  return pushed.ok ? ok({ ...outcome, published: true }) : pushed;
}

async function listMembers(
  source: ArtifactSource,
  repository: string,
  subject: Descriptor,
  options: CallOptions,
): Promise<Result<readonly Descriptor[]>> {
  const pulled = await pullManifest(source, repository, subject, options);
  if (!pulled.ok) return pulled;
  if (pulled.value.manifest.kind === 'image') return ok([subject]);
  const members = listPlatformMembers(pulled.value.manifest);
  if (members.length > 0) return ok(members);
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
