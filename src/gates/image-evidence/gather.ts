import {
  type ArtifactSource,
  type AttestationEntry,
  type CallOptions,
  DOCKER_LIST,
  failNestedIndex,
  listAttestationEntries,
  listPlatformMembers,
  OCI_INDEX,
  pullManifest,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, failed, ok, type Result } from '../../core/result.ts';
import { findBuilderDocuments } from './builder-documents.ts';
import { isReadableType } from './document-forms.ts';
import { DocumentSearch } from './document-search.ts';
import type { DocumentSubject } from './document-subject.ts';
import type { FoundDocument } from './documents.ts';
import { type GatherContext, type GatherPorts, openGathering } from './gather-context.ts';
import type {
  AttachedDocument,
  AttachedSignature,
  EvidenceList,
  ImageEvidence,
  ImageMember,
} from './image-evidence.ts';
import { READ_EVERYTHING, readDocuments, TooHeavy } from './read-limits.ts';
import { readSignatureForm } from './signature-forms.ts';
import { listReferrers, mapInBatches, type Referrers, verifySignatures } from './signatures.ts';
import { findTaggedStatements } from './sigstore-documents.ts';
import { type SignedImage, verifySigstoreSignatures } from './sigstore-signatures.ts';
import { judgeStanding } from './standing.ts';

/**
 * Finds everything that is attached to an image and decides for each document whether it counts. A
 * tag is resolved once, here; everything after that is about the digest. Fails only if the image
 * itself cannot be read, or if its documents are over the limits (`TooHeavy`).
 */
export async function gatherImage(
  reference: ImageReference,
  now: Instant,
  ports: GatherPorts,
  options: CallOptions = {},
): Promise<Result<ImageEvidence>> {
  const subject = await ports.source.resolve(reference, options);
  if (!subject.ok) return subject;
  const repository = formatRepository(reference);
  const listed = await listMembers(ports.source, repository, subject.value, options);
  if (!listed.ok) return listed;
  const gathering = openGathering(reference, now, ports, options);
  const own = await listReferrers(gathering, subject.value);
  if (gathering.searched.isOversized && ports.limits !== undefined) return failOversized(gathering);
  const countsForImage = (items: readonly AttachedSignature[]): boolean =>
    judgeStanding(gathering, 'image', items, null).kind === 'counts';
  const signatures = await findSignatures(gathering, {
    reference,
    subject: subject.value,
    referrers: own,
    counts: countsForImage,
  });
  const documents = await findDocuments(gathering, subject.value, listed.value, own);
  const { missing } = documents;
  const read = await readDocuments(documents.items, ports.limits ?? READ_EVERYTHING);
  if (read instanceof TooHeavy) return failed(read);
  const items = read.filter((one, at) => documents.items[at]?.keeps?.(one) ?? true);
  return ok({
    reference,
    subject: subject.value,
    members: listed.value.members,
    signatures,
    documents: { items, missing },
  });
}

/** The list is read where it delays nobody else, as what strangers attached. */
function failOversized({ limits, repository }: GatherContext): Result<never> {
  const message = `a list of referrers in ${repository} has a page that is too large to read here`;
  return failed(new TooHeavy(message, limits?.bytesMax ?? 0));
}

/** In the form of Notary Project, and if none of them counts also in all others. */
async function findSignatures(
  gathering: GatherContext,
  image: SignedImage,
): Promise<EvidenceList<AttachedSignature>> {
  const { subject, referrers, counts } = image;
  const notary = await verifySignatures(gathering, subject, referrers, counts);
  if (counts(notary.items) && gathering.showsAll !== true) return notary;
  const others = await verifySigstoreSignatures(gathering, image);
  return {
    items: [...notary.items, ...others.items],
    missing: notary.missing ?? others.missing,
  };
}

/** What a reference means: the images that can run, and what their builder states in the index. */
interface MemberList {
  readonly members: readonly ImageMember[];
  readonly attestations: readonly AttestationEntry[];
}

async function listMembers(
  source: ArtifactSource,
  repository: string,
  subject: Descriptor,
  options: CallOptions,
): Promise<Result<MemberList>> {
  const pulled = await pullManifest(source, repository, subject, options);
  if (!pulled.ok) return pulled;
  const { manifest } = pulled.value;
  if (manifest.kind === 'image')
    return ok({
      members: [
        { descriptor: subject, platform: subject.platform ?? null, config: manifest.config.digest },
      ],
      attestations: [],
    });
  const members = listPlatformMembers(manifest);
  if (members.length === 0)
    return fail('UNSUPPORTED', 'the index has no member that can run', 'Push an image.');
  // mutant index-inside-index by 2-evidence-at-the-gate: condition -> false
  if (members.some(({ mediaType }) => mediaType === OCI_INDEX || mediaType === DOCKER_LIST))
    return failNestedIndex();
  // mutant every-platform-is-judged by 2-evidence-at-the-gate: value ->
  //   $callee($argument.slice(0, 1))
  const unique = removeDuplicateMembers(members);
  return ok({ members: unique, attestations: listAttestationEntries(manifest) });
}

/** A member that is listed for several platforms is one image; its platform is unknown. */
function removeDuplicateMembers(listed: readonly Descriptor[]): readonly ImageMember[] {
  const members = new Map<Digest, ImageMember>();
  for (const descriptor of listed) {
    const platform = members.has(descriptor.digest) ? null : (descriptor.platform ?? null);
    members.set(descriptor.digest, { descriptor, platform, config: null });
  }
  return [...members.values()];
}

/**
 * Documents are attached to each member. On an index with a single member they may be attached to
 * the index as well.
 */
async function findDocuments(
  gathering: GatherContext,
  subject: Descriptor,
  { members, attestations }: MemberList,
  own: Referrers,
): Promise<EvidenceList<FoundDocument>> {
  const lists = await mapInBatches(members, async (member) => {
    const about = toDocumentSubject(member, subject);
    if (member.descriptor.digest === subject.digest)
      return findDocumentsAbout(gathering, about, own);
    const direct = await findDocumentsAbout(
      gathering,
      about,
      await listReferrers(gathering, about.subject),
    );
    if (members.length > 1) return direct;
    const indirect = await findDocumentsAbout(
      gathering,
      { ...about, subject: toPlainDescriptor(subject) },
      own,
    );
    return {
      items: [...direct.items, ...indirect.items],
      missing: direct.missing ?? indirect.missing,
    };
  });
  const stated = await mapInBatches(attestations, async (entry) => {
    const member = members.find(({ descriptor }) => descriptor.digest === entry.about);
    return member === undefined
      ? []
      : findBuilderDocuments(gathering, toDocumentSubject(member, subject), entry.descriptor);
  });
  const shared = members.length > 1 ? await findShared(gathering, subject, own) : [];
  const missing = lists.map((list) => list.missing).find((cause) => cause !== null);
  const items = [...lists.flatMap((list) => list.items), ...stated.flat(), ...shared];
  return { items, missing: missing ?? null };
}

/** What can be said of all platforms at once; inventories and scans describe one. */
function isShared({ kind, content }: AttachedDocument): boolean {
  const isOther = content.kind === 'unread' || content.kind === 'runner';
  return kind === 'vex' || kind === 'provenance' || isOther;
}

/** Of an index with several members, what is attached to the index and is about each of them. */
async function findShared(
  gathering: GatherContext,
  subject: Descriptor,
  own: Referrers,
): Promise<readonly FoundDocument[]> {
  const names = new Set([subject.digest]);
  const about = { subject: toPlainDescriptor(subject), member: subject.digest, names };
  const attached = await findDocumentsAbout(gathering, about, own);
  return attached.items.map((found) => ({ ...found, keeps: isShared }));
}

function toDocumentSubject(
  { descriptor, config }: ImageMember,
  subject: Descriptor,
): DocumentSubject {
  const names = new Set([descriptor.digest, subject.digest, ...(config === null ? [] : [config])]);
  return { subject: toPlainDescriptor(descriptor), member: descriptor.digest, names };
}

/** What is attached to one digest: referrers of every form, and what cosign keeps under a tag. */
async function findDocumentsAbout(
  gathering: GatherContext,
  about: DocumentSubject,
  list: Referrers,
): Promise<EvidenceList<FoundDocument>> {
  const [attached, tagged] = await Promise.all([
    findAttached(gathering, about, list),
    findTaggedStatements(gathering, about),
  ]);
  return {
    items: [...attached.items, ...tagged.items],
    missing: attached.missing ?? tagged.missing,
  };
}

async function findAttached(
  gathering: GatherContext,
  about: DocumentSubject,
  list: Referrers,
): Promise<EvidenceList<FoundDocument>> {
  const candidates = list.items.filter(({ artifactType = '' }) => mayBeDocument(artifactType));
  const search = new DocumentSearch(gathering, about, candidates.length > LIMITS.signaturesMax);
  const found = await mapInBatches(candidates, (referrer) => search.find(referrer));
  const items = [...found, ...(await search.findLarge())].filter((one) => one !== null);
  return { items, missing: list.missing ?? search.describeLeft(candidates.length) };
}

function mayBeDocument(artifactType: string): boolean {
  return isReadableType(artifactType) || readSignatureForm(artifactType) === 'sigstore-bundle';
}

function toPlainDescriptor({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
