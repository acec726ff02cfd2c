import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { mapInParallel } from '../../core/map-in-parallel.ts';
import { attempt, orThrow, type Result } from '../../core/result.ts';
import type { Content } from './build.ts';
import { pullManifest } from './image.ts';
import type { Manifest } from './manifest.ts';
import { isManifestType } from './media-types.ts';
import type { ArtifactSource, ArtifactTarget, CallOptions } from './port.ts';
import { formatBundleTag, type ReleaseContent, type ReleasePart } from './release-content.ts';

/** From one repository to another; of a place on disk the repository is only a name. */
export interface CopyRoute {
  readonly source: ArtifactSource;
  readonly from: string;
  readonly target: ArtifactTarget;
  readonly to: string;
  /** The path of `from`, where both are in one registry. */
  readonly mountFrom?: string;
}

export interface CopyOptions extends CallOptions {
  /** Given to the image when everything else is there; null: it is found by its digest only. */
  readonly tag: string | null;
  /** Replaces tags of cosign that have other content at the target. */
  readonly replaceTags: boolean;
  /** The index that names the whole release, which gets its tag before the image does. */
  readonly bundle?: Content | null;
  /** Called as bytes are sent or are found to be there. */
  readonly progress?: (doneBytes: number, totalBytes: number) => void;
}

interface Count {
  readonly sent: number;
  /** Were at the target before. */
  readonly there: number;
}

export interface CopyOutcome {
  readonly manifests: Count;
  readonly blobs: Count;
  readonly bytes: Count;
  /** Layers that their vendor does not let registries keep, and that the source does not have. */
  readonly foreign: readonly Digest[];
}

const WIDTH = 8;
/** Large blobs fill a connection each; more of them at once take memory, and no less time. */
const LARGE_BYTES = 8 << 20;
const LARGE_WIDTH = 3;

/**
 * Copies a release: blobs, then manifests after what they name, then the tags of cosign, and the
 * tag of the image last, so that anyone who resolves it finds all evidence there. What the target
 * has is not sent again, so a copy that ended early goes on where it stopped. Content is verified
 * by digest and size on its way, and the lists of the target at the end.
 */
export async function copyRelease(
  release: ReleaseContent,
  route: CopyRoute,
  options: CopyOptions,
): Promise<Result<CopyOutcome>> {
  return attempt(async () => {
    await requireFreeTags(release, route, options);
    const blobs = await copyBlobs(release, route, options);
    const manifests = { sent: 0, there: 0 };
    // Where the image is not, hardly anything else of it is: to send it again changes nothing, and
    // is one request instead of two.
    const isNew = !(await hasManifest(route, release.root, options));
    for (const wave of orderParts(release.parts)) {
      await mapInParallel(wave, WIDTH, async ({ content }) => {
        if (!isNew && (await hasManifest(route, content.descriptor, options))) manifests.there++;
        else {
          orThrow(await route.target.pushManifest(route.to, content, null, options));
          manifests.sent++;
        }
      });
    }
    await requireListed(release, route, options);
    await setTags(release, route, options);
    return { manifests, ...blobs };
  });
}

/** A manifest with its blobs, without what is attached to it. */
export async function copyManifest(
  { source, from, target, to }: CopyRoute,
  wanted: Descriptor,
  options: CallOptions,
): Promise<Result<Descriptor>> {
  const pulled = await pullManifest(source, from, wanted, options);
  if (!pulled.ok) return pulled;
  for (const descriptor of listBlobs(pulled.value.manifest)) {
    const open = () => streamBlob(source, from, descriptor, options);
    const pushed = await target.pushBlob(to, { descriptor, open, isVerified: true }, options);
    if (!pushed.ok) return pushed;
  }
  return target.pushManifest(to, pulled.value, null, options);
}

async function* streamBlob(
  source: ArtifactSource,
  from: string,
  descriptor: Descriptor,
  options: CallOptions,
): AsyncIterable<Uint8Array> {
  yield* orThrow(await source.blob(from, descriptor, options));
}

/** Config and layers, and what an index lists beside manifests. */
export function listBlobs(manifest: Manifest): readonly Descriptor[] {
  if (manifest.kind === 'image') return [manifest.config, ...manifest.layers];
  return manifest.manifests.filter(({ mediaType }) => !isManifestType(mediaType));
}

/**
 * cosign adds a signature by replacing the manifest behind a tag. Other signatures at the target
 * would be lost with it, so they are looked for before anything is written.
 */
async function requireFreeTags(
  { tags, parts }: ReleaseContent,
  { target, to }: CopyRoute,
  options: CopyOptions,
): Promise<void> {
  const own = new Map(parts.map((part) => [part.content.descriptor.digest, part]));
  for (const { tag, digest } of options.replaceTags ? [] : tags) {
    const there = await resolveTag(target, to, tag, options);
    if (there === null || there.digest === digest) continue;
    const pulled = orThrow(await pullManifest(target, to, there, options));
    const ours = new Set(listDigests(own.get(digest)?.manifest));
    // mutant copy-keeps-signatures by copy-release: condition -> true
    if (listDigests(pulled.manifest).every((layer) => ours.has(layer))) continue;
    throw new Failure(
      'EVIDENCE_REJECTED',
      `the tag ${tag} of the target has other content, which would be lost`,
      'Copy that back first, or replace it: --replace-tags.',
    );
  }
}

function listDigests(manifest: Manifest | undefined): readonly Digest[] {
  const named = manifest?.kind === 'image' ? manifest.layers : manifest?.manifests;
  return (named ?? []).map(({ digest }) => digest);
}

async function resolveTag(
  target: ArtifactSource,
  to: string,
  tag: string,
  options: CallOptions,
): Promise<Descriptor | null> {
  const resolved = await target.resolve(orThrow(parseImageReference(`${to}:${tag}`)), options);
  if (resolved.ok) return resolved.value;
  if (resolved.failure.code === 'NOT_FOUND') return null;
  throw resolved.failure;
}

async function copyBlobs(
  { parts }: ReleaseContent,
  { source, from, target, to, mountFrom }: CopyRoute,
  options: CopyOptions,
): Promise<Omit<CopyOutcome, 'manifests'>> {
  const all = parts.flatMap(({ manifest }) => listBlobs(manifest));
  const blobs = [...new Map(all.map((one) => [one.digest, one])).values()];
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  const counts = { blobs: { sent: 0, there: 0 }, bytes: { sent: 0, there: 0 } };
  const foreign: Digest[] = [];
  let done = 0;
  const advance = (bytes: number): void => {
    done += bytes;
    options.progress?.(done, total);
  };
  const copyOne = async (descriptor: Descriptor): Promise<void> => {
    if (isForeign(descriptor) && !(await hasBlob(source, from, descriptor, options)))
      return void foreign.push(descriptor.digest);
    let passed = 0;
    const open = async function* (): AsyncGenerator<Uint8Array> {
      advance(-passed);
      passed = 0;
      for await (const chunk of streamBlob(source, from, descriptor, options)) {
        passed += chunk.length;
        advance(chunk.length);
        yield chunk;
      }
    };
    const pushing = { ...options, ...(mountFrom === undefined ? {} : { mountFrom }) };
    orThrow(await target.pushBlob(to, { descriptor, open, isVerified: true }, pushing));
    // An empty blob has no chunk and is sent all the same; nobody counts its bytes.
    const how = passed > 0 ? 'sent' : 'there';
    if (how === 'there') advance(descriptor.size);
    counts.blobs[how]++;
    counts.bytes[how] += descriptor.size;
  };
  const isLarge = ({ size }: Descriptor): boolean => size > LARGE_BYTES;
  await mapInParallel(
    blobs.filter((one) => !isLarge(one)),
    WIDTH,
    copyOne,
  );
  await mapInParallel(blobs.filter(isLarge), LARGE_WIDTH, copyOne);
  return { ...counts, foreign };
}

/** Layers with the base of Windows, and those that Docker called foreign. */
export function isForeign({ mediaType }: Descriptor): boolean {
  return mediaType.includes('.nondistributable.') || mediaType.includes('.foreign.');
}

export async function hasBlob(
  source: ArtifactSource,
  from: string,
  descriptor: Descriptor,
  options: CallOptions,
): Promise<boolean> {
  const opened = await source.blob(from, descriptor, options);
  if (!opened.ok && opened.failure.code === 'NOT_FOUND') return false;
  await orThrow(opened)[Symbol.asyncIterator]().return?.();
  return true;
}

/** Waves in which each manifest follows its members and its subject; no part is in two. */
function orderParts(parts: readonly ReleasePart[]): readonly (readonly ReleasePart[])[] {
  const left = new Map(parts.map((part) => [part.content.descriptor.digest, part]));
  const waves: ReleasePart[][] = [];
  while (left.size > 0) {
    const ready = [...left.values()].filter(({ manifest }) => {
      const members = manifest.kind === 'index' ? manifest.manifests : [];
      const named = manifest.subject === null ? members : [...members, manifest.subject];
      return named.every(({ digest }) => !left.has(digest));
    });
    for (const { content } of ready) left.delete(content.descriptor.digest);
    waves.push(ready);
  }
  return waves;
}

async function hasManifest(
  { target, to }: CopyRoute,
  descriptor: Descriptor,
  options: CallOptions,
): Promise<boolean> {
  const there = await target.manifest(to, descriptor, options);
  if (there.ok) return true;
  if (there.failure.code === 'NOT_FOUND') return false;
  throw there.failure;
}

/**
 * The target lists what is attached, or the copy is not whole. A manifest that was there before may
 * be missing in a list behind a fallback tag: it is pushed once more, which adds it.
 */
async function requireListed(
  { parts }: ReleaseContent,
  { target, to }: CopyRoute,
  options: CallOptions,
): Promise<void> {
  const attached = new Map<Digest, ReleasePart[]>();
  for (const part of parts) {
    const subject = part.manifest.subject?.digest;
    if (subject !== undefined) attached.set(subject, [...(attached.get(subject) ?? []), part]);
  }
  await mapInParallel([...attached], WIDTH, async ([subject, wanted]) => {
    const missing = async (): Promise<readonly ReleasePart[]> => {
      const list = orThrow(await target.referrers(to, subject, null, options));
      const listed = new Set(list.descriptors.map(({ digest }) => digest));
      return wanted.filter(({ content }) => !listed.has(content.descriptor.digest));
    };
    const absent = await missing();
    if (absent.length === 0) return;
    for (const { content } of absent)
      orThrow(await target.pushManifest(to, content, null, options));
    const [still] = await missing();
    // mutant copy-verifies-lists by copy-release: condition -> false
    if (still !== undefined)
      throw new Failure(
        'REGISTRY_MISBEHAVED',
        `the target does not list ${still.content.descriptor.digest} as attached to ${subject}`,
        'Run the copy again; ask the operator of the registry if that does not help.',
      );
  });
}

async function setTags(
  { root, parts, tags }: ReleaseContent,
  { target, to }: CopyRoute,
  options: CopyOptions,
): Promise<void> {
  const own = new Map(parts.map(({ content }) => [content.descriptor.digest, content]));
  const { bundle = null } = options;
  if (bundle !== null)
    orThrow(await target.pushManifest(to, bundle, formatBundleTag(root.digest), options));
  const all = [...tags, { tag: options.tag, digest: root.digest }];
  for (const { tag, digest } of all) {
    const content = own.get(digest);
    if (tag === null || content === undefined) continue;
    orThrow(await target.pushManifest(to, content, tag, options));
  }
}
