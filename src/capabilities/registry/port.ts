import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { Result } from '../../core/result.ts';
import type { Content } from './build.ts';
import type { ReferrersList } from './referrers.ts';

export interface CallOptions {
  /** Ends the call with DEADLINE_EXCEEDED; without it each exchange still has its own limit. */
  readonly signal?: AbortSignal;
}

/**
 * Where artifacts are read from. `repository` is registry and path,
 * `registry.example.com/shop/trips`; a layout, which has only one, ignores it.
 *
 * Laws: what is returned for a digest has that digest and, where a descriptor was given, that size
 * (A2, A7). A tag is resolved by hashing the bytes that it leads to, never by what a header says. A
 * list that may lack something says `complete: false`. Nothing is thrown but defects of Waybill; a
 * blob's stream ends with a thrown Failure when the bytes turn out wrong, so whoever reads a stream
 * to its end has read the right bytes.
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
   * The blob in memory; LIMIT_EXCEEDED before anything is read when it says to be larger than
   * `bytesMax`.
   */
  blobBytes(
    repository: string,
    descriptor: Descriptor,
    bytesMax: number,
    options?: CallOptions,
  ): Promise<Result<Uint8Array>>;
  /**
   * Entries are what the registry says: check each with `requireSubject` before believing it (N4).
   */
  referrers(
    repository: string,
    digest: Digest,
    artifactType?: string | null,
    options?: CallOptions,
  ): Promise<Result<ReferrersList>>;
}

export interface BlobStream {
  readonly descriptor: Descriptor;
  /** Opens the bytes; asked again when the push must be tried again. */
  open(): AsyncIterable<Uint8Array>;
}

export interface PushOptions extends CallOptions {
  /**
   * A repository of the same registry that may have the blob already (distribution-spec end-11).
   */
  readonly mountFrom?: string;
}

/**
 * Where artifacts are written to. Pushing what is there already is a success that changes nothing.
 * A manifest is pushed after everything that it names. Pushing one with a subject makes it a
 * referrer of the subject, whether the registry has the referrers API or not (N7).
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
}
