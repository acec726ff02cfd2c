import {
  type ArtifactTarget,
  type CallOptions,
  copyManifest,
  pullManifest,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { formatRepository } from '../../core/image-reference.ts';
import { ok, type Result } from '../../core/result.ts';
import type { ReleaseRequest } from './request.ts';
import type { StagingArea } from './staging.ts';

/**
 * Pushes the image, then its artifacts, and the tag last: anyone who resolves the tag finds
 * everything there (B25, B27). What the registry already has is not pushed again.
 */
export async function publishRelease(
  { image, destination }: ReleaseRequest,
  subject: Descriptor,
  staging: StagingArea,
  options: CallOptions,
): Promise<Result<Descriptor>> {
  const from = formatRepository(image.reference);
  const to = formatRepository(destination.reference);
  const { target, reference } = destination;
  const isThere = image.source === target && from === to;
  const head = await pullManifest(image.source, from, subject, options);
  if (!head.ok) return head;
  const { manifest } = head.value;
  // Also what cannot run, such as BuildKit's attestations: registries refuse an index that lists
  // what they do not have.
  // mutant attestations-are-copied by images-of-build-tools: value -> [subject]
  const listed = manifest.kind === 'index' ? manifest.manifests : [subject];
  for (const member of isThere ? [] : listed) {
    const copied = await copyManifest({ source: image.source, from, target, to }, member, options);
    if (!copied.ok) return copied;
  }
  // mutant release-tag-comes-last by release: argument 3 -> reference.tag
  const untagged = await target.pushManifest(to, head.value, null, options);
  if (!untagged.ok) return untagged;
  const attached = await pushArtifacts(target, to, staging, options);
  if (!attached.ok) return attached;
  return reference.tag === null
    ? ok(subject)
    : target.pushManifest(to, head.value, reference.tag, options);
}

/** Documents before the signatures on them: a manifest follows everything that it names. */
export async function pushArtifacts(
  target: ArtifactTarget,
  to: string,
  staging: StagingArea,
  options: CallOptions,
): Promise<Result<null>> {
  for (const { blobs, manifest } of staging.artifacts) {
    for (const blob of blobs) {
      const pushed = await target.pushBlob(to, blob, options);
      if (!pushed.ok) return pushed;
    }
    const pushed = await target.pushManifest(to, manifest, null, options);
    if (!pushed.ok) return pushed;
  }
  return ok(null);
}
