import type { LayoutSource } from '../../adapters/oci-layout/index.ts';
import {
  checkBundle,
  formatBundleTag,
  type ReleaseSource,
  readBundledRelease,
  surveyRelease,
} from '../../capabilities/registry/index.ts';
import { type Digest, parseDigest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { type ImageReference, parseImageReference } from '../../core/image-reference.ts';
import { orThrow } from '../../core/result.ts';

/** The digests of --expect-bundle. */
export function parseBundles(texts: readonly string[]): readonly Digest[] {
  return texts.map((text) => orThrow(parseDigest(text)));
}

/**
 * Requires that every release with a bundle in these layouts is what its bundle names. With
 * `expected`, each of those bundles is there, and the layouts list nothing else.
 */
export async function requireBundles(
  layouts: readonly LayoutSource[],
  expected: readonly Digest[],
  signal: AbortSignal,
): Promise<void> {
  const found = new Set<Digest>();
  let other: Digest | undefined;
  for (const source of layouts) {
    const entries = orThrow(await source.entries());
    const covered = new Set<Digest>();
    for (const { digest, annotations } of entries) {
      const root = readBundledRoot(annotations?.['org.opencontainers.image.ref.name'] ?? '');
      if (root === null) continue;
      const reference = { ...ON_DISK, digest: root };
      const release = orThrow(await readBundledRelease(source, reference, digest, { signal }));
      for (const { content } of release?.parts ?? []) covered.add(content.descriptor.digest);
      covered.add(digest);
      found.add(digest);
    }
    other ??= entries.find(({ digest }) => !covered.has(digest))?.digest;
  }
  if (expected.length === 0) return;
  const absent = expected.find((digest) => !found.has(digest));
  // mutant bundle-that-nobody-brought by release-bundle: condition -> false
  if (absent !== undefined) throw refuse(`the bundle ${absent} is not there`);
  // mutant layout-with-more-than-its-bundles by release-bundle: condition -> false
  if (other !== undefined) throw refuse(`${other} is in no bundle that is there`);
  const stray = [...found].find((digest) => !expected.includes(digest));
  if (stray !== undefined) throw refuse(`there is a bundle ${stray} that nobody expects`);
}

/**
 * One image is what its bundle names. On disk, that counts also where nobody expects one; a
 * registry is asked only then.
 */
export async function requireOwnBundle(
  { kind, source, reference }: OwnPlace,
  bundles: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const [expected = null, ...others] = parseBundles(bundles);
  if (others.length > 0) throw new Failure('USAGE', 'one release has one bundle', 'Name one.');
  if (kind === 'layout') orThrow(await readBundledRelease(source, reference, expected, { signal }));
  if (kind === 'layout' || expected === null) return;
  const release = orThrow(await surveyRelease(source, reference, { signal }));
  orThrow(await checkBundle(source, reference, release, { expected, signal }));
}

interface OwnPlace {
  readonly kind: 'image' | 'layout';
  readonly source: ReleaseSource;
  readonly reference: ImageReference;
}

const ON_DISK = { ...orThrow(parseImageReference('layout.invalid/image')), tag: null };

function readBundledRoot(tag: string): Digest | null {
  const [, algorithm, hex] = /^(sha256|sha512)-([0-9a-f]{64,128})\.bundle$/.exec(tag) ?? [];
  const root = parseDigest(`${algorithm}:${hex}`);
  return root.ok && formatBundleTag(root.value) === tag ? root.value : null;
}

function refuse(what: string): Failure {
  return new Failure(
    'EVIDENCE_REJECTED',
    what,
    'Carry the layout or the archive again, as it was made by: waybill copy --bundle.',
  );
}
