import type {
  Provenance,
  RebuildStatement,
  RunnerStatement,
} from '../../capabilities/attestation/index.ts';
import type { ParsedSbom } from '../../capabilities/inventory/index.ts';
import type { VexStatement } from '../../capabilities/scanning/index.ts';
import type { SignatureResult, Signer } from '../../capabilities/signing/index.ts';
import type { Descriptor, Platform } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import type { Failure } from '../../core/failure.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import type { ParsedScan } from './parsed-scan.ts';

/** What was found, and why it may be incomplete. */
export interface EvidenceList<T> {
  readonly items: readonly T[];
  /** Null if nothing was left out. */
  readonly missing: Failure | null;
}

export interface AttachedSignature {
  readonly manifest: Digest;
  readonly envelope: Digest | null;
  /** Of the storage: `notary`, `sigstore-bundle`, `cosign-legacy`, or a type that is not known. */
  readonly format: string;
  readonly result: SignatureResult;
}

/**
 * Whether a statement counts: it is signed by an identity that the trust document names for it here
 * (foundation 2).
 */
export type Standing =
  | { readonly kind: 'counts'; readonly signer: Signer }
  | { readonly kind: 'does-not-count'; readonly signer: Signer | null; readonly why: string }
  | { readonly kind: 'undetermined'; readonly cause: Failure };

export type DocumentKind = 'sbom' | 'scan' | 'provenance' | 'vex' | 'other';

export type DocumentContent = ContentOfKind & {
  /** Of a statement: the type of its predicate. Absent: it is none, or was not read. */
  readonly predicateType?: string;
};

type ContentOfKind =
  | { readonly kind: 'sbom'; readonly sbom: ParsedSbom }
  | { readonly kind: 'scan'; readonly scan: ParsedScan }
  | { readonly kind: 'provenance'; readonly provenance: Provenance }
  /** Which job and machine made `subject`, not verified (B7). */
  | { readonly kind: 'runner'; readonly runner: RunnerStatement; readonly subject: Digest }
  | { readonly kind: 'rebuild'; readonly rebuild: RebuildStatement }
  /** VEX statements, and the bytes of the document that makes them. */
  | {
      readonly kind: 'vex';
      readonly statements: readonly VexStatement[];
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'unreadable'; readonly cause: Failure }
  | { readonly kind: 'unread' };

export interface AttachedDocument {
  /** The platform image that it is about; of VEX and provenance also the index of them. */
  readonly about: Digest;
  readonly manifest: Descriptor;
  readonly document: Descriptor | null;
  readonly kind: DocumentKind;
  readonly standing: Standing;
  readonly signatures: readonly AttachedSignature[];
  readonly content: DocumentContent;
  /** From the signed document, else from its signed manifest. */
  readonly createdAt: Instant | null;
  /** From the signed manifest; null if it does not say. */
  readonly outcome: 'complete' | 'partial' | null;
}

export interface ImageMember {
  readonly descriptor: Descriptor;
  readonly platform: Platform | null;
  /** The name that tools without a registry use for the image; null for the member of an index. */
  readonly config: Digest | null;
}

/**
 * Everything that a registry holds about one image, each document with its standing. It does not
 * depend on the policy.
 */
export interface ImageEvidence {
  readonly reference: ImageReference;
  readonly subject: Descriptor;
  /** The platform members of an index; the image itself if it is no index. */
  readonly members: readonly ImageMember[];
  /** Signatures of the subject itself, in every form; none is left out because it is not read. */
  readonly signatures: EvidenceList<AttachedSignature>;
  readonly documents: EvidenceList<AttachedDocument>;
}
