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
import type { StagedArtifact, StagingArea } from './staging.ts';

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
  const { kind, mediaType, bytes, createdAt, outcome } = document;
  const annotations = { [MADE_BY]: kind, 'dev.waybill.outcome': outcome };
  const artifact = { kind, mediaType, bytes, createdAt, fileName: FILE_NAMES[kind], annotations };
  const manifest = stageArtifact(staging, subject, artifact);
  await stageSignature(staging, manifest, key, now);
}

/** A document in the form of an artifact that names its subject. */
export interface DocumentArtifact {
  readonly kind: Exclude<StagedArtifact['kind'], 'signature'>;
  /** It is also the type of the artifact. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly fileName: string;
  readonly createdAt: Instant;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The descriptor of its manifest, which is to be signed. */
export function stageArtifact(
  staging: StagingArea,
  subject: Descriptor,
  { kind, mediaType, bytes, fileName, createdAt, annotations }: DocumentArtifact,
): Descriptor {
  const content = toContent(mediaType, bytes);
  const manifest = buildArtifact({
    artifactType: mediaType,
    // Clients such as oras pull only content with a file name (OCI image-spec annotations.md).
    layers: [
      {
        ...content.descriptor,
        annotations: { 'org.opencontainers.image.title': fileName },
      },
    ],
    subject: toBareDescriptor(subject),
    annotations: {
      'org.opencontainers.image.created': formatInstant(createdAt),
      ...annotations,
    },
  });
  staging.add({ kind, subject: subject.digest, blobs: [EMPTY_CONTENT, content], manifest });
  return manifest.descriptor;
}

/** A Notary Project signature of `subject`, attached to it (N1–N6). */
export async function stageSignature(
  staging: StagingArea,
  subject: Descriptor,
  key: SigningKey,
  now: Instant,
): Promise<Descriptor> {
  const envelope = orThrow(
    await signNotary({ subject: toBareDescriptor(subject), key, signedAt: now }),
  );
  const { blobs, manifest } = buildNotarySignatureArtifact({
    subject: toBareDescriptor(subject),
    envelope,
    createdAt: now,
    annotations: { [MADE_BY]: 'signature' },
  });
  staging.add({ kind: 'signature', subject: subject.digest, blobs, manifest });
  return manifest.descriptor;
}

function toBareDescriptor({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
