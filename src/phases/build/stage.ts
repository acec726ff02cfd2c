import { buildArtifact, EMPTY_CONTENT, toContent } from '../../capabilities/registry/index.ts';
import {
  buildNotarySignatureArtifact,
  type SigningKey,
  signNotary,
} from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import type { ReleaseDocument } from './documents.ts';
import type { StagingArea } from './staging.ts';

const FILE_NAMES = {
  sbom: 'sbom.spdx.json',
  scan: 'scan.intoto.json',
  provenance: 'provenance.intoto.json',
} as const;

/** What Waybill attached when it released or scanned an image, by its kind. */
export const MADE_BY = 'dev.waybill.document';

/** Attaches a document to its subject and a signature to the document. */
export async function stageDocument(
  staging: StagingArea,
  subject: Descriptor,
  document: ReleaseDocument,
  key: SigningKey,
  now: Instant,
): Promise<void> {
  const content = toContent(document.mediaType, document.bytes);
  const manifest = buildArtifact({
    artifactType: document.mediaType,
    // Clients such as oras pull only content with a file name (OCI image-spec annotations.md).
    layers: [
      {
        ...content.descriptor,
        annotations: { 'org.opencontainers.image.title': FILE_NAMES[document.kind] },
      },
    ],
    subject: toBareDescriptor(subject),
    annotations: {
      'org.opencontainers.image.created': formatInstant(document.createdAt),
      [MADE_BY]: document.kind,
      'dev.waybill.outcome': document.outcome,
    },
  });
  staging.add({
    kind: document.kind,
    subject: subject.digest,
    blobs: [EMPTY_CONTENT, content],
    manifest,
  });
  await stageSignature(staging, manifest.descriptor, key, now);
}

/** A Notary Project signature of `subject`, attached to it (N1–N6). */
export async function stageSignature(
  staging: StagingArea,
  subject: Descriptor,
  key: SigningKey,
  now: Instant,
): Promise<void> {
  const envelope = orThrow(
    await signNotary({ subject: toBareDescriptor(subject), key, signedAt: now }),
  );
  const { blobs, manifest } = buildNotarySignatureArtifact({
    subject: toBareDescriptor(subject),
    envelope,
    chain: key.chain,
    createdAt: now,
    annotations: { [MADE_BY]: 'signature' },
  });
  staging.add({ kind: 'signature', subject: subject.digest, blobs, manifest });
}

function toBareDescriptor({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
