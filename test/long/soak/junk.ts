import { type Content, toContent } from '../../../src/capabilities/registry/index.ts';
import type { Descriptor } from '../../../src/core/descriptor.ts';

const EMPTY = 'application/vnd.oci.empty.v1+json';
export const EMPTY_BLOB: Content = toContent(EMPTY, Buffer.from('{}'));

/** A referrer of 600 bytes with two layers: no reader of one document can read it. */
export function buildArtifactManifest(
  subject: Descriptor,
  at: number,
): { readonly blobs: readonly Content[]; readonly manifest: Content } {
  const blobs = [0, 1].map((part) =>
    toContent('application/spdx+json', Buffer.from(`junk ${at} ${part}`)),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const { digest, size } = subject;
  const manifest = {
    ...{ schemaVersion: 2, mediaType, artifactType: 'application/spdx+json' },
    config: EMPTY_BLOB.descriptor,
    layers: blobs.map(({ descriptor }) => descriptor),
    subject: { mediaType: subject.mediaType, digest, size },
    annotations: { 'org.opencontainers.image.created': '2026-11-01T00:00:00Z' },
  };
  return { blobs, manifest: toContent(mediaType, Buffer.from(JSON.stringify(manifest))) };
}
