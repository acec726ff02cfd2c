import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { Result } from '../../core/result.ts';
import type { Content } from './build.ts';
import type { ReferrerChoice, ReferrersList } from './referrers.ts';

export interface CallOptions {
  /** Ends the call with DEADLINE_EXCEEDED; without it each exchange still has its own limit. */
  readonly signal?: AbortSignal;
}

export interface ReferrersOptions extends CallOptions {
  /** Absent: every entry, as it is listed. A source that lists little may ignore it. */
  readonly only?: ReferrerChoice;
}

/**
 * The place from which artifacts are read. `repository` is registry and path,
 * `registry.example.com/shop/trips`; a layout, which has only one, ignores it.
 *
 * Laws: the content for a digest has that digest and, when a descriptor was given, that size (A2,
 * A7). A tag is resolved by hashing the bytes that it leads to, never by a header. A list that may
 * lack something says `complete: false`. Only defects of Waybill are thrown. A blob's stream throws
 * a Failure at its end when the bytes are wrong, so a reader that reaches the end has read the
 * right bytes.
 */
export interface ArtifactSource {
  resolve(reference: ImageReference, options?: CallOptions): Promise<Result<Descriptor>>;
  manifest(
    repository: string,
    wanted: Descriptor | Digest,
    options?: CallOptions,
  ): Promise<Result<Content>>;
  blob(
    repository: string,
    descriptor: Descriptor,
    options?: CallOptions,
  ): Promise<Result<AsyncIterable<Uint8Array>>>;
  /**
   * The blob in memory; LIMIT_EXCEEDED before anything is read when its stated size is over
   * `bytesMax`.
   */
  blobBytes(
    repository: string,
    descriptor: Descriptor,
    bytesMax: number,
    options?: CallOptions,
  ): Promise<Result<Uint8Array>>;
  /** Entries are claims of the registry: check each with `requireSubject` before use (N4). */
  referrers(
    repository: string,
    digest: Digest,
    artifactType?: string | null,
    options?: ReferrersOptions,
  ): Promise<Result<ReferrersList>>;
}

export interface BlobStream {
  readonly descriptor: Descriptor;
  /** Opens the bytes; called again when the push must be tried again. */
  open(): AsyncIterable<Uint8Array>;
  /** The bytes come from `blob` of a source, which has checked them: they are not hashed again. */
  readonly isVerified?: true;
}

export interface PushOptions extends CallOptions {
  /**
   * A repository of the same registry that may have the blob already (distribution-spec end-11).
   */
  readonly mountFrom?: string;
}

/**
 * The place to which artifacts are written. A push of existing content succeeds and changes
 * nothing. A manifest is pushed after everything that it names. A pushed manifest with a subject
 * becomes a referrer of the subject, whether or not the registry has the referrers API (N7).
 */
export interface ArtifactTarget extends ArtifactSource {
  pushBlob(
    repository: string,
    content: Content | BlobStream,
    options?: PushOptions,
  ): Promise<Result<Descriptor>>;
  pushManifest(
    repository: string,
    content: Content,
    tag?: string | null,
    options?: CallOptions,
  ): Promise<Result<Descriptor>>;
  /**
   * Removes a manifest (end-9), and with it its entry among the referrers; false where it was not
   * there. A failure where the place keeps everything; then nothing has changed.
   */
  deleteManifest(
    repository: string,
    digest: Digest,
    options?: CallOptions,
  ): Promise<Result<boolean>>;
}
