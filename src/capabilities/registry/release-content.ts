import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { mapInParallel } from '../../core/map-in-parallel.ts';
import { attempt, orThrow, type Result } from '../../core/result.ts';
import type { Content } from './build.ts';
import { pullManifest } from './image.ts';
import type { Manifest } from './manifest.ts';
import { isManifestType } from './media-types.ts';
import type { ArtifactSource, CallOptions } from './port.ts';
import { formatReferrersTag, requireSubject } from './referrers.ts';
import type { TagList } from './tag-list.ts';

/** A place from which a whole release can be taken: it also lists its tags. */
export interface ReleaseSource extends ArtifactSource {
  tags(repository: string, options?: CallOptions): Promise<Result<TagList>>;
}

export interface ReleasePart {
  readonly content: Content;
  readonly manifest: Manifest;
  /** A member of an index is of the kind of its index. */
  readonly kind: 'image' | 'attached';
}

/** What belongs to a release, as its place lists it. */
export interface ReleaseContent {
  readonly root: Descriptor;
  /** The image first; a manifest is there once. */
  readonly parts: readonly ReleasePart[];
  /** Tags of cosign, such as `sha256-….sig`, that lead to parts. */
  readonly tags: readonly { readonly tag: string; readonly digest: Digest }[];
  /** Listed as attached, though they are about something else: they are no part of it (N4). */
  readonly strangers: readonly Digest[];
  /** The index that names all of it, as it is there; null where there is none. */
  readonly bundle: Descriptor | null;
}

/** What cosign keeps beside an image where it does not use referrers (S4, S6). */
const COSIGN_SUFFIXES = ['.sig', '.att', '.sbom'] as const;

/** Behind the digest of an image: the tag of the index that names its whole release. */
const BUNDLE_SUFFIX = '.bundle';

/** The tag under which the bundle of an image is. */
export function formatBundleTag(root: Digest): string {
  return `${formatReferrersTag(root)}${BUNDLE_SUFFIX}`;
}

const WIDTH = 8;

/**
 * Everything that belongs to a release: the image, all its platforms, what is attached to any of
 * these, and what is attached to that. A list that may lack something, and a listed manifest that
 * is missing, are failures: a part of a release is not the release (B27).
 */
export async function surveyRelease(
  source: ReleaseSource,
  reference: ImageReference,
  options: CallOptions = {},
): Promise<Result<ReleaseContent>> {
  return attempt(async () => {
    const root = orThrow(await source.resolve(reference, options));
    const place = { source, repository: formatRepository(reference), reference, options };
    const findTags = await openTagFinder(place);
    const collected = new ReleaseDraft();
    let wave: readonly PartRequest[] = collected.choose([
      { descriptor: root, kind: 'image', about: null },
    ]);
    for (let depth = 0; wave.length > 0; depth++) {
      // mutant release-depth by copy-release: condition -> false
      if (depth > LIMITS.releaseDepthMax) throw tooLarge('attached to each other without an end');
      const read = await mapInParallel(wave, WIDTH, (one) => readPart(place, findTags, one));
      for (const [at, found] of read.entries()) collected.keep(wave[at] as PartRequest, found);
      wave = collected.choose(read.flatMap((found) => found?.next ?? []));
    }
    const [bundle] = await findTags(root.digest, [BUNDLE_SUFFIX]);
    return { root: toPlain(root), ...collected.content(), bundle: bundle?.descriptor ?? null };
  });
}

interface Place {
  readonly source: ReleaseSource;
  readonly repository: string;
  readonly reference: ImageReference;
  readonly options: CallOptions;
}

interface PartRequest {
  readonly descriptor: Descriptor;
  readonly kind: ReleasePart['kind'];
  /** The manifest that lists it as attached; null for the image, a member and what a tag names. */
  readonly about: Descriptor | null;
}

interface PartReading {
  readonly part: ReleasePart;
  readonly next: readonly PartRequest[];
  readonly tags: ReleaseContent['tags'];
}

/** What was found so far, each digest once and within the limits. */
class ReleaseDraft {
  readonly #parts: ReleasePart[] = [];
  readonly #tags: { tag: string; digest: Digest }[] = [];
  readonly #strangers = new Set<Digest>();
  readonly #seen = new Set<Digest>();
  #bytes = 0;

  choose(wanted: readonly PartRequest[]): readonly PartRequest[] {
    const fresh: PartRequest[] = [];
    for (const one of wanted) {
      if (this.#seen.has(one.descriptor.digest)) continue;
      this.#seen.add(one.descriptor.digest);
      fresh.push(one);
    }
    // mutant release-manifests-max by copy-release: condition -> false
    if (this.#seen.size > LIMITS.releaseManifestsMax)
      throw tooLarge(`of more than ${LIMITS.releaseManifestsMax} manifests`);
    return fresh;
  }

  /** Null: it is about something else, and may still be found as what it is. */
  keep({ descriptor }: PartRequest, found: PartReading | null): void {
    if (found === null) {
      this.#seen.delete(descriptor.digest);
      this.#strangers.add(descriptor.digest);
      return;
    }
    this.#parts.push(found.part);
    this.#tags.push(...found.tags);
    this.#bytes += found.part.content.bytes.length;
    if (this.#bytes > LIMITS.releaseManifestsBytesMax)
      throw tooLarge(`whose manifests have more than ${LIMITS.releaseManifestsBytesMax} bytes`);
  }

  content(): Omit<ReleaseContent, 'root' | 'bundle'> {
    const parts = new Set(this.#parts.map(({ content }) => content.descriptor.digest));
    return {
      parts: this.#parts,
      tags: this.#tags,
      strangers: [...this.#strangers].filter((digest) => !parts.has(digest)),
    };
  }
}

async function readPart(
  place: Place,
  findTags: TagFinder,
  { descriptor, kind, about }: PartRequest,
): Promise<PartReading | null> {
  const { source, repository, options } = place;
  const pulled = await pullManifest(source, repository, descriptor, options);
  if (!pulled.ok) throw about === null ? pulled.failure : describeMissing(pulled.failure, about);
  const { manifest, bytes } = pulled.value;
  const own = toPlain(pulled.value.descriptor);
  // mutant release-without-strangers by copy-release: condition -> false
  if (about !== null && !requireSubject(manifest, about).ok) return null;
  const members = manifest.kind === 'index' ? manifest.manifests : [];
  const [listed, tags] = await Promise.all([
    source.referrers(repository, own.digest, null, options),
    findTags(own.digest),
  ]);
  const { descriptors, complete } = orThrow(listed);
  // mutant release-listed-in-part by copy-release: condition -> false
  if (!complete)
    throw new Failure(
      'REGISTRY_MISBEHAVED',
      `what is attached to ${own.digest} could not be listed completely`,
      'Name another place that has the release, or ask the operator of the registry.',
    );
  const next: PartRequest[] = [
    ...members
      .filter(({ mediaType }) => isManifestType(mediaType))
      .map((one) => ({ descriptor: toPlain(one), kind, about: null })),
    ...descriptors.map((one) => ({
      ...{ descriptor: toPlain(one), kind: 'attached' as const, about: own },
    })),
    ...tags.map((one) => ({
      ...{ descriptor: one.descriptor, kind: 'attached' as const, about: null },
    })),
  ];
  return {
    part: { content: { descriptor: own, bytes }, manifest, kind },
    next,
    tags: tags.map(({ tag, descriptor: { digest } }) => ({ tag, digest })),
  };
}

type TagFinder = (
  about: Digest,
  suffixes?: readonly string[],
) => Promise<readonly { readonly tag: string; readonly descriptor: Descriptor }[]>;

/**
 * Finds cosign's tags of a digest. One list of all tags spares three requests for each manifest;
 * where there is no such list, or it is too long, the tags are asked for.
 */
async function openTagFinder({
  source,
  repository,
  reference,
  options,
}: Place): Promise<TagFinder> {
  const list = await source.tags(repository, options);
  const known = list.ok && list.value.complete ? new Set(list.value.tags) : null;
  return async (about, suffixes = COSIGN_SUFFIXES) => {
    const names = suffixes.map((suffix) => `${formatReferrersTag(about)}${suffix}`);
    const found: { tag: string; descriptor: Descriptor }[] = [];
    for (const tag of names) {
      if (known !== null && !known.has(tag)) continue;
      const resolved = await source.resolve({ ...reference, tag, digest: null }, options);
      if (resolved.ok) {
        found.push({ tag, descriptor: toPlain(resolved.value) });
        continue;
      }
      // mutant release-tag-unread by copy-release: condition -> known !== null
      if (known !== null || resolved.failure.code !== 'NOT_FOUND') throw resolved.failure;
    }
    return found;
  };
}

function describeMissing(cause: Failure, { digest }: Descriptor): Failure {
  if (cause.code !== 'NOT_FOUND') return cause;
  const message = `the release is not complete: listed as attached to ${digest}, ${cause.message}`;
  const remedy = 'Attach it again, or remove its entry from the list of what is attached.';
  return new Failure('NOT_FOUND', message, remedy, { cause });
}

function toPlain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

function tooLarge(what: string): Failure {
  return new Failure('LIMIT_EXCEEDED', `a release ${what}`, 'Remove what nobody needs from it.');
}
