import {
  type ArtifactSource,
  type CallOptions,
  DOCKER_LIST,
  OCI_INDEX,
  platformMembers,
  pullManifest,
} from '../../capabilities/registry/index.ts';
import { NOTARY_SIGNATURE_TYPE } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { type ImageReference, repositoryOf } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { type About, gatherDocument, type UntrustedBudget, untrustedBudget } from './documents.ts';
import type { DocumentFound, Found, ImageEvidence, MemberFound } from './found.ts';
import type { Gathering, GatherPorts } from './gathering.ts';
import { inTurns, listReferrers, type Referrers, verifySignatures } from './signatures.ts';

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
  if (manifest.kind === 'image')
    return ok([{ descriptor: subject, platform: subject.platform ?? null, config: manifest.config.digest }]);
  const members = platformMembers(manifest);
  if (members.length === 0) return fail('UNSUPPORTED', 'the index has no member that can run', 'Push an image.');
  if (members.some(({ mediaType }) => mediaType === OCI_INDEX || mediaType === DOCKER_LIST))
    return fail('UNSUPPORTED', 'an index inside an index is not followed', 'Name the digest of the platform image.');
  return ok(distinctMembers(members));
}

/** A member that is listed for several platforms is one image; which of them it is for, nobody can say. */
function distinctMembers(listed: readonly Descriptor[]): readonly MemberFound[] {
  const members = new Map<Digest, MemberFound>();
  for (const descriptor of listed) {
    const platform = members.has(descriptor.digest) ? null : (descriptor.platform ?? null);
    members.set(descriptor.digest, { descriptor, platform, config: null });
  }
  return [...members.values()];
}

/** Documents hang on each member; on an index with a single member they may hang on the index as well. */
async function documentsOf(
  gathering: Gathering,
  subject: Descriptor,
  members: readonly MemberFound[],
  own: Referrers,
): Promise<Found<DocumentFound>> {
  const untrusted = untrustedBudget();
  const lists = await inTurns(members, async (member) => {
    const about = aboutOf(member, subject);
    if (member.descriptor.digest === subject.digest) return documentsAbout(gathering, about, own, untrusted);
    const direct = await documentsAbout(gathering, about, await listReferrers(gathering, about.subject), untrusted);
    if (members.length > 1) return direct;
    const indirect = await documentsAbout(gathering, { ...about, subject: plain(subject) }, own, untrusted);
    return { items: [...direct.items, ...indirect.items], missing: direct.missing ?? indirect.missing };
  });
  const missing = lists.map((list) => list.missing).find((cause) => cause !== null);
  return { items: lists.flatMap((list) => list.items), missing: missing ?? null };
}

function aboutOf({ descriptor, config }: MemberFound, subject: Descriptor): About {
  const names = new Set([descriptor.digest, subject.digest, ...(config === null ? [] : [config])]);
  return { subject: plain(descriptor), member: descriptor.digest, names };
}

async function documentsAbout(
  gathering: Gathering,
  about: About,
  list: Referrers,
  untrusted: UntrustedBudget,
): Promise<Found<DocumentFound>> {
  const candidates = list.items.filter((referrer) => referrer.artifactType !== NOTARY_SIGNATURE_TYPE);
  const documents = await inTurns(candidates, (referrer) => gatherDocument(gathering, about, referrer, untrusted));
  return { items: documents.filter((document) => document !== null), missing: list.missing };
}

function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
