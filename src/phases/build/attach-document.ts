import {
  type ArtifactTarget,
  type CallOptions,
  type OpenedImage,
  openImage,
} from '../../capabilities/registry/index.ts';
import type { SigningKey } from '../../capabilities/signing/index.ts';
import type { Descriptor, Platform } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import type { Failure } from '../../core/failure.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';

import { failed, ok, type Result } from '../../core/result.ts';
import {
  type AttachedDocument,
  findDocumentForm,
  gatherImage,
  readContent,
  type TrustMaterial,
} from '../../gates/image-evidence/index.ts';
import { attachStaged } from './attach.ts';
import { stageArtifact, stageSignature } from './stage.ts';
import { StagingArea } from './staging.ts';

/** A document that somebody wrote, or another tool made. */
export interface DocumentToAttach {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly fileName: string;
}

export interface AttachPorts {
  readonly target: ArtifactTarget;
  readonly key: SigningKey;
  readonly trust: TrustMaterial;
  readonly now: () => Instant;
  /** Resolves after this number of milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
}

export interface AttachOptions extends CallOptions {
  /** The platform of an index that was asked for. */
  readonly platform?: Platform;
  /** Whether it is about the index itself, and not about one of its platforms. */
  readonly isWhole?: boolean;
  /** The platform that is taken where none was asked for. */
  readonly preferred?: Platform;
}

export interface AttachedOutcome {
  /** What the document is attached to: the image, or an image of the index. */
  readonly subject: Descriptor;
  /** Set where it is one platform of an index that nobody asked for. */
  readonly chosen: OpenedImage | null;
  readonly manifest: Digest;
  readonly signature: Digest;
  /** As the gates see it; null for a type that no gate reads. */
  readonly document: AttachedDocument | null;
}

/**
 * Attaches a document to an image, and a signature to the document. What the gates cannot read, or
 * what is about another image, is refused (A63), and nothing is pushed. VEX may be about all
 * platforms of an index; every other document is about one.
 */
export async function attachDocument(
  reference: ImageReference,
  attaching: DocumentToAttach,
  { target, key, trust, now, pause }: AttachPorts,
  { platform, preferred, isWhole, ...options }: AttachOptions = {},
): Promise<Result<AttachedOutcome>> {
  const repository = formatRepository(reference);
  const resolved = await target.resolve(reference, options);
  if (!resolved.ok) return resolved;
  const isVex = findDocumentForm(attaching.mediaType) === 'vex';
  const isShared = isWhole === true || (isVex && platform === undefined);
  const chosen = isShared
    ? ok(null)
    : await openImage(target, repository, resolved.value, {
        ...options,
        ...(platform === undefined ? {} : { platform }),
        ...(preferred === undefined ? {} : { preferred }),
      });
  if (!chosen.ok) return chosen;
  const subject = chosen.value?.descriptor ?? resolved.value;
  const refused = findFlaw(attaching, resolved.value, chosen.value);
  // mutant document-of-another-image-is-attached by attach-document: condition -> false
  if (refused !== null) return failed(refused);
  const at = now();
  const staging = new StagingArea(target, repository, resolved.value);
  const manifest = stageArtifact(staging, subject, {
    ...attaching,
    kind: 'attached',
    createdAt: at,
    annotations: {},
  });
  const signature = await stageSignature(staging, manifest, key, at);
  const pinned = { ...reference, digest: resolved.value.digest };
  const staged = await gatherImage(pinned, now(), { source: staging, trust }, options);
  if (!staged.ok) return staged;
  const found = staged.value.documents.items.find((one) => one.manifest.digest === manifest.digest);
  const attached = await attachStaged(target, repository, staging, pause, options);
  if (!attached.ok) return attached;
  const isChosen = platform === undefined && subject.digest !== resolved.value.digest;
  return ok({
    subject,
    chosen: isChosen ? chosen.value : null,
    manifest: manifest.digest,
    signature: signature.digest,
    document: found ?? null,
  });
}

/** Why the gates could not use the document, no matter who signed it; null if they could. */
function findFlaw(
  { mediaType, bytes }: DocumentToAttach,
  resolved: Descriptor,
  chosen: OpenedImage | null,
): Failure | null {
  const form = findDocumentForm(mediaType);
  if (form === undefined) return null;
  const config = chosen === null ? [] : [chosen.manifest.config.digest];
  const member = chosen?.digest ?? resolved.digest;
  const names = new Set([member, resolved.digest, ...config]);
  const content = readContent(bytes, { member, names }, form);
  return content.kind === 'unreadable' ? content.cause : null;
}
