import {
  type ArtifactSource,
  boundReferrers,
  type CallOptions,
  type Content,
  parseManifest,
  type ReferrersList,
  toReferrer,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { ReleaseDocumentKind } from './documents.ts';

/** An artifact that is ready to be pushed: its blobs, then its manifest. */
export interface StagedArtifact {
  /** `attached`: a document that somebody else made. */
  readonly kind: ReleaseDocumentKind | 'signature' | 'attached';
  readonly subject: Digest;
  readonly blobs: readonly Content[];
  readonly manifest: Content;
}

/**
 * An image together with artifacts that are not published yet. The release gate reads them as it
 * would read them from the registry, before anything is there.
 */
export class StagingArea implements ArtifactSource {
  readonly #image: ArtifactSource;
  readonly #imageRepository: string;
  readonly #subject: Descriptor;
  readonly #contents = new Map<Digest, Content>();
  readonly #referrers = new Map<Digest, Descriptor[]>();
  readonly artifacts: StagedArtifact[] = [];

  constructor(image: ArtifactSource, imageRepository: string, subject: Descriptor) {
    this.#image = image;
    this.#imageRepository = imageRepository;
    this.#subject = subject;
  }

  add(artifact: StagedArtifact): void {
    this.artifacts.push(artifact);
    for (const content of [...artifact.blobs, artifact.manifest])
      this.#contents.set(content.descriptor.digest, content);
    const manifest = parseManifest(artifact.manifest.bytes, artifact.manifest.descriptor.mediaType);
    if (!manifest.ok) throw manifest.failure;
    const listed = this.#referrers.get(artifact.subject) ?? [];
    this.#referrers.set(artifact.subject, [
      ...listed,
      toReferrer(artifact.manifest.descriptor, manifest.value),
    ]);
  }

  /** The same contents, asked about another image among them, such as a member of the index. */
  about(subject: Descriptor): ArtifactSource {
    return {
      resolve: async (reference) => resolveStaged(reference, subject),
      manifest: (...asked) => this.manifest(...asked),
      blob: (...asked) => this.blob(...asked),
      blobBytes: (...asked) => this.blobBytes(...asked),
      referrers: (repository, digest) => this.referrers(repository, digest),
    };
  }

  async resolve(reference: ImageReference): Promise<Result<Descriptor>> {
    return resolveStaged(reference, this.#subject);
  }

  async manifest(
    _repository: string,
    wanted: Descriptor | Digest,
    options?: CallOptions,
  ): Promise<Result<Content>> {
    const staged = this.#contents.get(typeof wanted === 'string' ? wanted : wanted.digest);
    return staged === undefined
      ? this.#image.manifest(this.#imageRepository, wanted, options)
      : ok(staged);
  }

  async blob(
    _repository: string,
    descriptor: Descriptor,
    options?: CallOptions,
  ): Promise<Result<AsyncIterable<Uint8Array>>> {
    const staged = this.#contents.get(descriptor.digest);
    return staged === undefined
      ? this.#image.blob(this.#imageRepository, descriptor, options)
      : ok(streamOnce(staged.bytes));
  }

  async blobBytes(
    _repository: string,
    descriptor: Descriptor,
    bytesMax: number,
    options?: CallOptions,
  ): Promise<Result<Uint8Array>> {
    const staged = this.#contents.get(descriptor.digest);
    if (staged === undefined)
      return this.#image.blobBytes(this.#imageRepository, descriptor, bytesMax, options);
    if (staged.bytes.length <= bytesMax) return ok(staged.bytes);
    return fail(
      'LIMIT_EXCEEDED',
      `a document has ${staged.bytes.length} bytes`,
      'Split the document.',
    );
  }

  async referrers(_repository: string, digest: Digest): Promise<Result<ReferrersList>> {
    return ok(boundReferrers(this.#referrers.get(digest) ?? [], true, 'layout'));
  }
}

/** Nothing is staged under the tags that cosign makes of a digest. */
function resolveStaged({ tag, digest }: ImageReference, subject: Descriptor): Result<Descriptor> {
  const isOfDigest = digest === null && /^sha256-[0-9a-f]{64}\./.test(tag ?? '');
  // mutant image-under-the-tag-of-its-signatures by attach: condition -> false
  return isOfDigest
    ? fail('NOT_FOUND', `nothing is staged as ${tag}`, 'Look in the registry.')
    : ok(subject);
}

async function* streamOnce(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
