import type { ArtifactTarget, Content } from '../../capabilities/registry/index.ts';
import {
  buildNotarySignatureArtifact,
  type SigningKey,
  signNotary,
} from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';

export interface SignedPlace {
  readonly target: ArtifactTarget;
  readonly repository: string;
  /** Null: the artifact gets no tag. */
  readonly tag: string | null;
}

export interface SignedPush {
  readonly key: SigningKey;
  readonly at: Instant;
  readonly signal: AbortSignal;
}

export interface PushedArtifact {
  readonly subject: Descriptor;
  readonly signature: Digest;
}

/**
 * Pushes the manifest of an artifact whose blobs are there, signs it, and only then gives it its
 * tag: nobody finds it unsigned.
 */
export async function pushSigned(
  { target, repository, tag }: SignedPlace,
  manifest: Content,
  { key, at, signal }: SignedPush,
): Promise<PushedArtifact> {
  const options = { signal };
  const pushed = orThrow(await target.pushManifest(repository, manifest, null, options));
  const { mediaType, digest, size } = pushed;
  const subject = { mediaType, digest, size };
  const envelope = orThrow(await signNotary({ subject, key, signedAt: at }));
  const signature = buildNotarySignatureArtifact({ subject, envelope, createdAt: at });
  for (const blob of signature.blobs) orThrow(await target.pushBlob(repository, blob, options));
  const signed = orThrow(await target.pushManifest(repository, signature.manifest, null, options));
  // mutant index-is-tagged-unsigned by advisory-artifact: remove
  if (tag !== null) orThrow(await target.pushManifest(repository, manifest, tag, options));
  return { subject, signature: signed.digest };
}
