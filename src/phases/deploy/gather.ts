import {
  type ArtifactSource,
  type CallOptions,
  platformMembers,
  pullManifest,
} from '../../capabilities/registry/index.ts';
import type { NotaryTrust, TrustDocument } from '../../capabilities/signing/index.ts';
import { NOTARY_SIGNATURE_TYPE } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import type { Failure } from '../../core/failure.ts';
import { type ImageReference, repositoryOf } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { type Gathering, gatherDocument } from './documents.ts';
import type { DocumentFound, Found, ImageEvidence, MemberFound } from './found.ts';
import { listReferrers, type Referrers, verifySignatures } from './signatures.ts';

/** Who is trusted, as it stands; a changed file is another value with another digest. */
export interface TrustMaterial {
  readonly notary: NotaryTrust;
  readonly document: TrustDocument;
  /** Of the document, the policy and every certificate together. */
  readonly digest: Digest;
}

export interface GatherPorts {
  readonly source: ArtifactSource;
  readonly trust: TrustMaterial;
}

/**
 * Finds everything that is attached to an image and says of each piece whether it counts. The tag, if any, is resolved
 * once, here; all that follows is about the digest. Fails only where the image itself cannot be had.
 */
export async function gatherImage(
  reference: ImageReference,
  now: Instant,
  ports: GatherPorts,
  options: CallOptions = {},
): Promise<Result<ImageEvidence>> {
  const subject = await ports.source.resolve(reference, options);
  if (!subject.ok) return subject;
  const repository = repositoryOf(reference);
  const members = await membersOf(ports.source, repository, subject.value, options);
  if (!members.ok) return members;
  const gathering = { repository, now, ...ports, options };
  const own = await listReferrers(gathering, subject.value);
  const signatures = await verifySignatures(gathering, subject.value, own);
  const documents = await documentsOf(gathering, subject.value, members.value, own);
  return ok({ reference, subject: subject.value, members: members.value, signatures, documents });
}

async function membersOf(
  source: ArtifactSource,
  repository: string,
  subject: Descriptor,
  options: CallOptions,
): Promise<Result<readonly MemberFound[]>> {
  const pulled = await pullManifest(source, repository, subject, options);
  if (!pulled.ok) return pulled;
  const { manifest } = pulled.value;
  if (manifest.kind === 'image') return ok([{ descriptor: subject, platform: subject.platform ?? null }]);
  const members = platformMembers(manifest);
  if (members.length === 0) return fail('UNSUPPORTED', 'the index has no member that can run', 'Push an image.');
  return ok(members.map((descriptor) => ({ descriptor, platform: descriptor.platform ?? null })));
}

/** Documents may hang on each member, or on the index when that has a single one. */
async function documentsOf(
  gathering: Gathering,
  subject: Descriptor,
  members: readonly MemberFound[],
  own: Referrers,
): Promise<Found<DocumentFound>> {
  const found: DocumentFound[] = [];
  let missing: Failure | null = own.missing;
  for (const { descriptor } of members) {
    const isSubject = descriptor.digest === subject.digest;
    const referrers = isSubject ? own : await listReferrers(gathering, plain(descriptor));
    missing ??= referrers.missing;
    const documents = referrers.items.filter((referrer) => referrer.artifactType !== NOTARY_SIGNATURE_TYPE);
    const counter = { untrustedRead: 0 };
    for (const referrer of documents) {
      const document = await gatherDocument(gathering, plain(descriptor), referrer, counter);
      if (document !== null) found.push(document);
    }
  }
  return { items: found, missing };
}

function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
