import { formatReferrersTag } from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { GatherContext } from './gather-context.ts';
import type { ForeignSignatures } from './image-evidence.ts';
import type { Referrers } from './signatures.ts';

/** The tag under which cosign keeps the signatures of a digest (S4). */
export const COSIGN_SIGNATURE_SUFFIX = '.sig';
const COSIGN_TYPE = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const BUNDLE_TYPES = 'application/vnd.dev.sigstore.bundle';

/** The format of a referrer that is a signature for other tools; null for everything else. */
export function readForeignFormat(artifactType: string): ForeignSignatures['format'] | null {
  if (artifactType === COSIGN_TYPE) return 'cosign';
  return artifactType.startsWith(BUNDLE_TYPES) ? 'sigstore bundle' : null;
}

/**
 * Which signatures of other formats an image has. Nothing is concluded from them, and one that
 * cannot be looked for is left out: they only explain why no signature counts.
 */
export async function findForeignSignatures(
  { source, options }: GatherContext,
  reference: ImageReference,
  subject: Descriptor,
  { items }: Referrers,
): Promise<readonly ForeignSignatures[]> {
  const found = new Map<ForeignSignatures['format'], ForeignSignatures>();
  for (const { artifactType, digest } of items) {
    const format = readForeignFormat(artifactType ?? '');
    if (format === null) continue;
    const { manifest, count } = found.get(format) ?? { manifest: digest, count: 0 };
    found.set(format, { format, manifest, count: count + 1 });
  }
  const tag = `${formatReferrersTag(subject.digest)}${COSIGN_SIGNATURE_SUFFIX}`;
  const tagged = await source.resolve({ ...reference, tag, digest: null }, options);
  if (tagged.ok && !found.has('cosign'))
    found.set('cosign', { format: 'cosign', manifest: tagged.value.digest, count: 1 });
  return [...found.values()];
}
