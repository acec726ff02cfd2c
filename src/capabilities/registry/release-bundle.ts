import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import { attempt, orThrow, type Result } from '../../core/result.ts';
import { buildIndex, type Content } from './build.ts';
import { hasBlob, isForeign, listBlobs } from './copy-release.ts';
import { pullManifest } from './image.ts';
import type { CallOptions } from './port.ts';
import {
  formatBundleTag,
  type ReleaseContent,
  type ReleaseSource,
  surveyRelease,
} from './release-content.ts';

export const RELEASE_BUNDLE_TYPE = 'application/vnd.waybill.release.v1';

/** Of a manifest in a bundle: a tag of cosign that leads to it. */
const TAG_NAME = 'dev.waybill.release.tag';
/** Of a bundle: the image that was released. */
const ROOT_NAME = 'dev.waybill.release.image';

/**
 * B27: a release as one index: its images and everything that is attached to them, so that its
 * digest says what belongs to the release. The same release always has the same bundle: the order
 * is that of the digests.
 */
export function buildReleaseBundle({ root, parts, tags }: ReleaseContent): Content {
  const listed = parts.map(({ content: { descriptor } }): Descriptor => {
    const named = tags.filter(({ digest }) => digest === descriptor.digest).map(({ tag }) => tag);
    const { mediaType, digest, size } = descriptor;
    const annotations = named.length === 0 ? {} : { [TAG_NAME]: named.toSorted().join(' ') };
    return { mediaType, digest, size, ...(named.length === 0 ? {} : { annotations }) };
  });
  return buildIndex({
    artifactType: RELEASE_BUNDLE_TYPE,
    manifests: listed.toSorted((one, other) => (one.digest < other.digest ? -1 : 1)),
    annotations: { [ROOT_NAME]: root.digest },
  });
}

/**
 * The release in a place on disk, if it is what its bundle says: nothing is missing, no layer
 * either, and nothing was added. With `expected` that bundle must be there; without, null where
 * there is none.
 */
export async function readBundledRelease(
  source: ReleaseSource,
  reference: ImageReference,
  expected: Digest | null,
  options: CallOptions = {},
): Promise<Result<ReleaseContent | null>> {
  return attempt(async () => {
    const { digest } = orThrow(await source.resolve(reference, options));
    const { tags } = orThrow(await source.tags(formatRepository(reference), options));
    if (expected === null && !tags.includes(formatBundleTag(digest))) return null;
    const release = orThrow(await surveyRelease(source, reference, options));
    const checked = { ...options, expected };
    const bundle = orThrow(await checkBundle(source, reference, release, checked));
    if (bundle === null) return null;
    const repository = formatRepository(reference);
    // mutant bundle-without-a-layer by release-bundle: condition -> false
    for (const blob of release.parts.flatMap(({ manifest }) => listBlobs(manifest)))
      if (!isForeign(blob) && !(await hasBlob(source, repository, blob, options)))
        throw refuse(`the release ${release.root.digest} lacks ${blob.digest}`);
    return release;
  });
}

/** The bundle of a release that was surveyed, if both agree; null where there is no bundle. */
export async function checkBundle(
  source: ReleaseSource,
  reference: ImageReference,
  release: ReleaseContent,
  { expected, ...options }: CallOptions & { readonly expected: Digest | null },
): Promise<Result<Content | null>> {
  return attempt(async () => {
    const { root } = release;
    if (release.bundle === null) {
      // mutant bundle-that-is-not-there by release-bundle: condition -> true
      if (expected === null) return null;
      throw refuse(`${root.digest} has no bundle here, and ${expected} is expected`);
    }
    if (expected !== null && release.bundle.digest !== expected)
      throw refuse(`the bundle of ${root.digest} is ${release.bundle.digest}, not ${expected}`);
    const made = buildReleaseBundle(release);
    // mutant bundle-of-other-content by release-bundle: condition -> true
    if (made.descriptor.digest === release.bundle.digest) return made;
    const repository = formatRepository(reference);
    const pulled = orThrow(await pullManifest(source, repository, release.bundle, options));
    const { manifest } = pulled;
    const listed = new Set(manifest.kind === 'index' ? manifest.manifests.map(takeDigest) : []);
    const there = new Set(release.parts.map(({ content }) => content.descriptor.digest));
    const missing = [...listed].filter((digest) => !there.has(digest));
    const added = [...there].filter((digest) => !listed.has(digest));
    const what = [describe('missing', missing), describe('added', added)].filter(
      (one) => one !== '',
    );
    throw refuse(
      `the release ${root.digest} is not what its bundle names: ` +
        (what.join('; ') || 'its tags differ'),
    );
  });
}

const takeDigest = ({ digest }: Descriptor): Digest => digest;

function describe(word: string, digests: readonly Digest[]): string {
  const [first, ...others] = digests;
  if (first === undefined) return '';
  return `${word} ${first}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

function refuse(what: string): Failure {
  return new Failure(
    'EVIDENCE_REJECTED',
    what,
    'Take the release from where it was made, or make its bundle again: waybill copy --bundle.',
  );
}
