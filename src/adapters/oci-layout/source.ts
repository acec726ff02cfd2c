import {
  boundReferrers,
  type Content,
  formatReferrersTag,
  type IndexManifest,
  isManifestType,
  parseManifest,
  type ReferrersList,
  type ReleaseSource,
  type TagList,
  toReferrer,
  verifyStream,
} from '../../capabilities/registry/index.ts';
import { formatCount } from '../../core/count.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { type Digest, hasDigest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, orThrow, type Result } from '../../core/result.ts';
import type { ContentStore } from './store.ts';
import type { LayoutName } from './target.ts';

export const REF_NAME = 'org.opencontainers.image.ref.name';
const CONTAINERD_NAME = 'io.containerd.image.name';
export const FALLBACK_TAG = /^sha(?:256|512)-[0-9a-f]{64}$/;
/** What is kept about an image under tags: none of it is an image that can be meant. */
const COSIGN_TAG = /^sha(?:256|512)-[0-9a-f]{64}\.(?:sig|att|sbom|bundle)$/;
/** How many bytes of manifests are read to find referrers. Over this limit a list is incomplete. */
const SCAN_BYTES_MAX = 256 * 1024 * 1024;

export interface LayoutSource extends ReleaseSource {
  /**
   * The image that the name on the command line means: by digest, by tag, or the only image there
   * is.
   */
  root(name: Pick<LayoutName, 'tag' | 'digest'>): Promise<Result<Descriptor>>;
  /** What its index lists, with the tags in the annotations. */
  entries(): Promise<Result<readonly Descriptor[]>>;
  close(): Promise<void>;
}

/**
 * Artifacts of one store, without a registry in front. The content is verified while it is read.
 */
export function createSource(store: ContentStore): LayoutSource {
  const subjects: Subjects = new Map();
  const root = (name: Pick<LayoutName, 'tag' | 'digest'>) => attempt(() => findRoot(store, name));
  return {
    root,
    entries: () => attempt(async () => orThrow(await store.index()).manifests),
    resolve: (reference) =>
      root({ tag: reference.digest === null ? reference.tag : null, digest: reference.digest }),
    manifest: (_, wanted) => attempt(() => readManifest(store, wanted)),
    blob: (_, descriptor, call) => attempt(() => openBlob(store, descriptor, call?.signal)),
    blobBytes: (_, descriptor, bytesMax, call) =>
      attempt(() => readBlob(store, descriptor, bytesMax, call?.signal)),
    referrers: (_, digest, artifactType, call) =>
      attempt(() => findReferrers({ store, subjects }, digest, artifactType ?? null, call?.signal)),
    tags: () => attempt(() => listTags(store)),
    close: store.close,
  };
}

async function findRoot(
  store: ContentStore,
  { tag, digest }: Pick<LayoutName, 'tag' | 'digest'>,
): Promise<Descriptor> {
  const index = orThrow(await store.index());
  if (digest !== null)
    return (await readManifest(store, findListed(index, digest) ?? digest)).descriptor;
  const named =
    tag === null
      ? await listCandidates(store, index)
      : index.manifests.filter((entry) => hasTag(entry, tag));
  const distinct = [...new Map(named.map((entry) => [entry.digest, entry])).values()];
  const [only, ...others] = distinct;
  if (only === undefined) {
    const what = tag === null ? 'no image' : `no image tagged ${tag}`;
    throw new Failure(
      'NOT_FOUND',
      `${store.name} contains ${what}`,
      `Name one of its tags: ${formatTags(index)}.`,
    );
  }
  if (others.length > 0) {
    const tagged = tag === null ? '' : ` tagged ${tag}`;
    const message = `${store.name} contains ${distinct.length} images${tagged}`;
    throw new Failure(
      tag === null ? 'USAGE' : 'MALFORMED',
      message,
      `Name one of them by tag or digest: ${formatTags(index)}.`,
    );
  }
  return (await readManifest(store, only)).descriptor;
}

/**
 * Docker, podman and containerd write a whole name where others write only the tag. A name counts
 * without its registry too, as `docker save` took it.
 */
function hasTag({ annotations }: Descriptor, tag: string): boolean {
  const names = [annotations?.[REF_NAME], annotations?.[CONTAINERD_NAME]];
  return names.some((name) => {
    if (name === undefined || name === tag) return name === tag;
    if (tag.includes(':')) return name.endsWith(`/${tag}`);
    return name.slice(name.lastIndexOf('/') + 1).split(':')[1] === tag;
  });
}

/**
 * The images that can be meant if no name is given: the tagged ones, otherwise the listed ones.
 * Referrers and fallback indexes do not count.
 */
async function listCandidates(
  store: ContentStore,
  index: IndexManifest,
): Promise<readonly Descriptor[]> {
  const plain = index.manifests.filter(
    (entry) => isManifestType(entry.mediaType) && !isToolTag(entry.annotations?.[REF_NAME] ?? ''),
  );
  const tagged = plain.filter((entry) => entry.annotations?.[REF_NAME] !== undefined);
  if (tagged.length > 0) return tagged;
  const subjectless: Descriptor[] = [];
  for (const entry of plain.slice(0, LIMITS.referrersMax)) {
    const content = await readManifest(store, entry);
    const manifest = orThrow(parseManifest(content.bytes, content.descriptor.mediaType));
    if (manifest.subject === null) subjectless.push(entry);
  }
  return subjectless;
}

/** Whether a tag is one that tools make for what is attached. */
function isToolTag(tag: string): boolean {
  return FALLBACK_TAG.test(tag) || COSIGN_TAG.test(tag);
}

function formatTags(index: IndexManifest): string {
  const tags = index.manifests.flatMap(
    ({ annotations }) => annotations?.[CONTAINERD_NAME] ?? annotations?.[REF_NAME] ?? [],
  );
  const shown = [...new Set(tags)].filter((tag) => !isToolTag(tag)).slice(0, 20);
  return shown.length === 0
    ? 'it has none'
    : shown.map((tag) => JSON.stringify(tag.slice(0, 200)).slice(1, -1)).join(', ');
}

function findListed(index: IndexManifest, digest: Digest): Descriptor | undefined {
  return index.manifests.find((entry) => entry.digest === digest);
}

async function readManifest(store: ContentStore, wanted: Descriptor | Digest): Promise<Content> {
  const digest = typeof wanted === 'string' ? wanted : wanted.digest;
  const size = orThrow(await store.size(digest));
  if (size === null)
    throw new Failure('NOT_FOUND', `${store.name} has no ${digest}`, 'Check the digest.');
  if (size > LIMITS.manifestBytesMax) {
    throw new Failure(
      'LIMIT_EXCEEDED',
      `the manifest ${digest} has ${size} bytes, more than the limit`,
      'Publish a smaller manifest.',
    );
  }
  const bytes = await collect(store.stream(digest), LIMITS.manifestBytesMax);
  // mutant layout-manifest-digest: condition -> false
  if (!hasDigest(bytes, digest)) throw mismatch(`${store.name} has other bytes under ${digest}`);
  const manifest = orThrow(parseManifest(bytes, null));
  const descriptor = { mediaType: manifest.mediaType, digest, size: bytes.length };
  if (typeof wanted === 'string') return { descriptor, bytes };
  if (bytes.length !== wanted.size)
    throw mismatch(`${digest} has ${formatCount(bytes.length, 'byte')}, not ${wanted.size}`);
  if (manifest.mediaType === wanted.mediaType) return { descriptor, bytes };
  const message =
    `${digest} is a ${manifest.mediaType}, but is listed as ` +
    `${JSON.stringify(wanted.mediaType.slice(0, 100))}`;
  throw new Failure('REGISTRY_MISBEHAVED', message, 'Write the layout again.');
}

async function openBlob(
  store: ContentStore,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  const size = orThrow(await store.size(descriptor.digest));
  if (size === null)
    throw new Failure(
      'NOT_FOUND',
      `${store.name} has no ${descriptor.digest}`,
      'Check the digest.',
    );
  if (size !== descriptor.size)
    throw mismatch(`${descriptor.digest} has ${size} bytes, not ${descriptor.size}`);
  return makeAbortable(verifyStream(store.stream(descriptor.digest), descriptor), signal);
}

async function* makeAbortable(
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    if (signal?.aborted === true)
      throw new Failure('DEADLINE_EXCEEDED', 'the time for the request ran out', 'Try again.');
    yield chunk;
  }
}

async function readBlob(
  store: ContentStore,
  descriptor: Descriptor,
  bytesMax: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (descriptor.size > bytesMax) {
    const message = `the blob ${descriptor.digest} has ${descriptor.size} bytes, over ${bytesMax}`;
    throw new Failure('LIMIT_EXCEEDED', message, 'Publish a smaller document.');
  }
  return collect(await openBlob(store, descriptor, signal), bytesMax);
}

async function collect(stream: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > bytesMax)
      throw new Failure(
        'LIMIT_EXCEEDED',
        'a file grew while it was read',
        'Stop the program that writes to it.',
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A layout has no referrers API. Every manifest that its index lists is read, and every manifest
 * that the index under the fallback tag lists. Those that name the subject are its referrers (N4).
 * A manifest that cannot be read may be one of them, and makes the list incomplete.
 */
async function findReferrers(
  { store, subjects }: { readonly store: ContentStore; readonly subjects: Subjects },
  subject: Digest,
  artifactType: string | null,
  signal: AbortSignal | undefined,
): Promise<ReferrersList> {
  const index = orThrow(await store.index());
  const fallback = await readFallbackEntries(store, index, subject);
  const entries = [...index.manifests, ...fallback.entries].filter((entry) =>
    isManifestType(entry.mediaType),
  );
  const found: Descriptor[] = [];
  let complete = fallback.complete;
  let bytesSeen = 0;
  for (const entry of new Map(entries.map((one) => [one.digest, one])).values()) {
    if (signal?.aborted === true)
      throw new Failure('DEADLINE_EXCEEDED', 'the time for the request ran out', 'Try again.');
    bytesSeen += entry.size;
    if (bytesSeen > SCAN_BYTES_MAX || found.length > LIMITS.referrersMax)
      return boundReferrers(found, false, 'layout');
    const referrer = await attempt(() => readReferrer(store, subjects, entry, subject));
    if (!referrer.ok) complete = false;
    else if (
      referrer.value !== null &&
      (artifactType ?? referrer.value.artifactType) === referrer.value.artifactType
    ) {
      found.push(referrer.value);
    }
  }
  return boundReferrers(found, complete, 'layout');
}

async function readFallbackEntries(
  store: ContentStore,
  index: IndexManifest,
  subject: Digest,
): Promise<{ readonly entries: readonly Descriptor[]; readonly complete: boolean }> {
  const tagged = index.manifests.filter(
    (entry) => entry.annotations?.[REF_NAME] === formatReferrersTag(subject),
  );
  const entries: Descriptor[] = [];
  for (const entry of tagged) {
    const manifest = await attempt(async () =>
      orThrow(parseManifest((await readManifest(store, entry)).bytes, null)),
    );
    if (!manifest.ok || manifest.value.kind !== 'index') return { entries, complete: false };
    entries.push(...manifest.value.manifests);
  }
  return { entries, complete: true };
}

/** For each manifest that was read, as a digest cannot get other bytes: what it is attached to. */
type Subjects = Map<Digest, { readonly subject: Digest; readonly referrer: Descriptor } | null>;

const SUBJECTS_MAX = 10_000;

async function readReferrer(
  store: ContentStore,
  subjects: Subjects,
  entry: Descriptor,
  subject: Digest,
): Promise<Descriptor | null> {
  const known = subjects.get(entry.digest);
  if (known !== undefined) return known?.subject === subject ? known.referrer : null;
  const { descriptor, bytes } = await readManifest(store, entry);
  const manifest = orThrow(parseManifest(bytes, descriptor.mediaType));
  const about = manifest.subject?.digest ?? null;
  const referrer = toReferrer(descriptor, manifest);
  if (subjects.size < SUBJECTS_MAX)
    subjects.set(entry.digest, about === null ? null : { subject: about, referrer });
  return about === subject ? referrer : null;
}

async function listTags(store: ContentStore): Promise<TagList> {
  const index = orThrow(await store.index());
  const tags = index.manifests.flatMap(({ annotations }) => annotations?.[REF_NAME] ?? []);
  return { tags: [...new Set(tags)], complete: true };
}

function mismatch(message: string): Failure {
  return new Failure('DIGEST_MISMATCH', message, 'Write the layout again; its content is damaged.');
}
