import { parseStatement, type Statement } from '../../capabilities/attestation/index.ts';
import { buildArtifact, EMPTY_CONTENT, toContent } from '../../capabilities/registry/index.ts';
import {
  type BundleTerms,
  buildNotarySignatureArtifact,
  parseDsse,
  type SigningKey,
  signNotary,
} from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import { isJsonObject } from '../../core/json.ts';
import { ok, orThrow, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { COSIGN_SIGN_STATEMENT, signBundleArtifact, toStatement } from './bundle-artifact.ts';
import type { ReleaseDocument } from './documents.ts';
import type { StagedArtifact, StagingArea } from './staging.ts';

const FILE_NAMES = {
  sbom: 'sbom.spdx.json',
  scan: 'scan.intoto.json',
  provenance: 'provenance.intoto.json',
} as const;

/** A document as a statement: the SBOM becomes one, the others are statements in an envelope. */
function readStated(digest: Digest, { kind, bytes }: ReleaseDocument): Result<Statement> {
  if (kind !== 'sbom') {
    const envelope = parseDsse(bytes);
    return envelope.ok ? parseStatement(envelope.value.payload) : envelope;
  }
  const json = parseJson(bytes, { bytesMax: bytes.length });
  if (!json.ok) return json;
  const predicate = isJsonObject(json.value) ? json.value : {};
  return ok(toStatement(digest, { predicateType: SPDX_TYPE, predicate }));
}

const SPDX_TYPE = 'https://spdx.dev/Document';

/** What Waybill attached when it released or scanned an image, by its kind. */
export const MADE_BY = 'dev.waybill.document';

/**
 * Attaches a document to its subject and a signature to the document; null signs nothing. By terms
 * of sigstore the document becomes a statement, and the bundle with it is signature and document.
 */
export async function stageDocument(
  staging: StagingArea,
  subject: Descriptor,
  document: ReleaseDocument,
  signer: Signer | null,
  now: Instant,
): Promise<void> {
  const { kind, mediaType, bytes, createdAt, outcome } = document;
  const annotations = { [MADE_BY]: kind, 'dev.waybill.outcome': outcome };
  if (signer !== null && 'services' in signer) {
    const stated = orThrow(readStated(subject.digest, document));
    const mark = { signedAt: now, more: annotations };
    const bare = toBareDescriptor(subject);
    const { blobs, manifest } = orThrow(await signBundleArtifact(bare, stated, signer, mark));
    staging.add({ kind, subject: subject.digest, blobs, manifest });
    return;
  }
  const artifact = { kind, mediaType, bytes, createdAt, fileName: FILE_NAMES[kind], annotations };
  const manifest = stageArtifact(staging, subject, artifact);
  if (signer !== null) await stageSignature(staging, manifest, signer, now);
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

/** A key signs as Notary Project does (N1–N6), and terms of sigstore make a bundle (S1, S2). */
export type Signer = SigningKey | BundleTerms;

/** A signature of `subject`, attached to it. */
export async function stageSignature(
  staging: StagingArea,
  subject: Descriptor,
  signer: Signer,
  now: Instant,
): Promise<Descriptor> {
  const bare = toBareDescriptor(subject);
  if ('services' in signer) {
    const stated = toStatement(subject.digest, COSIGN_SIGN_STATEMENT);
    const mark = { signedAt: now, more: { [MADE_BY]: 'signature' } };
    const { blobs, manifest } = orThrow(await signBundleArtifact(bare, stated, signer, mark));
    staging.add({ kind: 'signature', subject: subject.digest, blobs, manifest });
    return manifest.descriptor;
  }
  const envelope = orThrow(await signNotary({ subject: bare, key: signer, signedAt: now }));
  const { blobs, manifest } = buildNotarySignatureArtifact({
    subject: bare,
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
