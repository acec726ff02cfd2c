import {
  type ArtifactSource,
  type CallOptions,
  type Content,
  formatReferrersTag,
  hasArtifactType,
  listPlatformMembers,
  parseManifest,
  type ReferrerChoice,
  type ReferrersList,
  type ReferrersOptions,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import type { Result } from '../../core/result.ts';
import { isReadableType } from './document-forms.ts';
import { COSIGN_SUFFIXES, readSignatureForm } from './signature-forms.ts';
import { USUAL_ENVELOPE_BYTES, WHOLE_LISTS } from './signatures.ts';

/** More than an image usually has; what is not asked ahead is asked when it is needed. */
const ENTRIES_MAX = 64;
const MEMBERS_MAX = 8;
const LAYERS_MAX = 32;
const DOCUMENT_BYTES = 1024 * 1024;
/** Of manifests and blobs that wait to be used. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;

/**
 * A source for one search of what is attached to one image. It asks for what the search will ask
 * for as soon as the name of it is known, so that somebody who waits for a distant registry waits
 * for four answers after each other and not for fifteen. It decides nothing: each answer is given
 * to the question that it belongs to, and the search judges it as if it had asked then.
 */
export function askAhead(
  source: ArtifactSource,
  reference: ImageReference,
  options: CallOptions,
): ArtifactSource {
  const ahead = new AheadSource(source, reference, options);
  if (reference.digest !== null) ahead.begin(reference.digest);
  return ahead;
}

class AheadSource implements ArtifactSource {
  readonly #source: ArtifactSource;
  readonly #reference: ImageReference;
  readonly #repository: string;
  readonly #options: CallOptions;
  readonly #begun = new Set<Digest>();
  readonly #descriptors = new Map<string, Promise<Result<Descriptor>>>();
  readonly #manifests = new Map<string, Promise<Result<Content>>>();
  readonly #lists = new Map<string, Promise<Result<ReferrersList>>>();
  readonly #blobs = new Map<string, Promise<Result<Uint8Array>>>();
  #bytesLeft = WAITING_BYTES_MAX;

  constructor(source: ArtifactSource, reference: ImageReference, options: CallOptions) {
    this.#source = source;
    this.#reference = reference;
    this.#repository = formatRepository(reference);
    this.#options = options;
  }

  async resolve(reference: ImageReference, options?: CallOptions): Promise<Result<Descriptor>> {
    const { tag, digest } = reference;
    const known = digest === null && tag !== null ? this.#descriptors.get(tag) : undefined;
    if (known !== undefined) return known;
    const found = await this.#source.resolve(reference, options);
    if (found.ok && isSameName(reference, this.#reference)) this.begin(found.value.digest);
    return found;
  }

  async manifest(
    repository: string,
    wanted: Descriptor | Digest,
    options?: CallOptions,
  ): Promise<Result<Content>> {
    const known = typeof wanted === 'string' ? undefined : this.#manifests.get(formatKey(wanted));
    const found = await (known ?? this.#source.manifest(repository, wanted, options));
    if (found.ok && this.#begun.has(found.value.descriptor.digest)) this.#beginMembers(found.value);
    return found;
  }

  referrers(
    repository: string,
    digest: Digest,
    type?: string | null,
    options?: ReferrersOptions,
  ): Promise<Result<ReferrersList>> {
    const isAny = type === undefined || type === null;
    const known = isAny ? this.#lists.get(formatList(digest, options?.only)) : undefined;
    return known ?? this.#source.referrers(repository, digest, type, options);
  }

  blob(...call: Parameters<ArtifactSource['blob']>): ReturnType<ArtifactSource['blob']> {
    return this.#source.blob(...call);
  }

  /** What was read ahead is given away, so that nobody holds it twice. */
  blobBytes(
    repository: string,
    descriptor: Descriptor,
    bytesMax: number,
    options?: CallOptions,
  ): Promise<Result<Uint8Array>> {
    const key = formatKey(descriptor);
    // mutant read-ahead-respects-size-limit by ask-ahead: value -> $branch2
    const known = descriptor.size > bytesMax ? undefined : this.#blobs.get(key);
    if (known === undefined)
      return this.#source.blobBytes(repository, descriptor, bytesMax, options);
    this.#blobs.delete(key);
    this.#bytesLeft += descriptor.size;
    return known;
  }

  /** Asks for all that may be attached to a digest; once. */
  begin(digest: Digest): void {
    if (this.#begun.has(digest) || this.#begun.size > MEMBERS_MAX) return;
    this.#begun.add(digest);
    this.#list(digest, WHOLE_LISTS, (entries) => {
      for (const entry of entries) this.#follow(entry);
    });
    this.#list(digest, undefined, () => undefined);
    for (const suffix of COSIGN_SUFFIXES) this.#findTag(`${formatReferrersTag(digest)}${suffix}`);
  }

  #beginMembers({ bytes, descriptor }: Content): void {
    const manifest = parseManifest(bytes, descriptor.mediaType);
    if (!manifest.ok || manifest.value.kind !== 'index') return;
    for (const { digest } of listPlatformMembers(manifest.value)) this.begin(digest);
  }

  #list(
    digest: Digest,
    only: ReferrerChoice | undefined,
    follow: (entries: readonly Descriptor[]) => void,
  ): void {
    const key = formatList(digest, only);
    if (this.#lists.has(key)) return;
    const chosen = only === undefined ? this.#options : { ...this.#options, only };
    const list = this.#source.referrers(this.#repository, digest, null, chosen);
    this.#lists.set(key, list);
    // mutant read-ahead-without-end by ask-ahead: argument 3 -> found.descriptors
    onValue(list, (found) => follow(found.descriptors.slice(0, ENTRIES_MAX)));
  }

  /** A signature, or a document with its own signatures. */
  #follow(entry: Descriptor): void {
    const { artifactType = '', digest } = entry;
    const isDocument = isReadableType(artifactType);
    if (!isDocument && readSignatureForm(artifactType) === null && hasArtifactType(entry)) return;
    this.#read(entry, isDocument ? DOCUMENT_BYTES : USUAL_ENVELOPE_BYTES);
    if (!isDocument) return;
    this.#list(digest, WHOLE_LISTS, (entries) => {
      for (const one of entries)
        if (readSignatureForm(one.artifactType ?? '') !== null)
          this.#read(one, USUAL_ENVELOPE_BYTES);
    });
  }

  #findTag(tag: string): void {
    const reference = { ...this.#reference, tag, digest: null };
    const found = this.#source.resolve(reference, this.#options);
    this.#descriptors.set(tag, found);
    onValue(found, (descriptor) => this.#read(descriptor, USUAL_ENVELOPE_BYTES));
  }

  /** A manifest, and those of its layers that are small enough. */
  #read(wanted: Descriptor, layerBytesMax: number): void {
    const key = formatKey(wanted);
    if (this.#manifests.has(key) || !this.#takes(wanted.size, USUAL_ENVELOPE_BYTES)) return;
    const manifest = this.#source.manifest(this.#repository, wanted, this.#options);
    this.#manifests.set(key, manifest);
    onValue(manifest, ({ bytes, descriptor }) => {
      const parsed = parseManifest(bytes, descriptor.mediaType);
      const layers = parsed.ok && parsed.value.kind === 'image' ? parsed.value.layers : [];
      for (const layer of layers.slice(0, LAYERS_MAX)) this.#readLayer(layer, layerBytesMax);
    });
  }

  #readLayer(layer: Descriptor, bytesMax: number): void {
    const key = formatKey(layer);
    if (this.#blobs.has(key) || !this.#takes(layer.size, bytesMax)) return;
    const bytes = this.#source.blobBytes(this.#repository, layer, layer.size, this.#options);
    this.#blobs.set(key, bytes);
    onValue(bytes, () => undefined);
  }

  #takes(size: number, bytesMax: number): boolean {
    if (size > bytesMax || size > this.#bytesLeft) return false;
    this.#bytesLeft -= size;
    return true;
  }
}

/** A descriptor promises type and size too: an answer belongs to who was promised the same. */
function formatKey({ mediaType, digest, size }: Descriptor): string {
  return `${digest} ${size} ${mediaType}`;
}

/** Who chooses otherwise than this search does asks the registry. */
function formatList(digest: Digest, only: ReferrerChoice | undefined): string {
  return `${digest} ${only === undefined ? 'all' : only === WHOLE_LISTS ? 'chosen' : 'otherwise'}`;
}

function isSameName(one: ImageReference, other: ImageReference): boolean {
  return one.tag === other.tag && one.digest === other.digest;
}

/** What is thrown is thrown to who asks for it. */
function onValue<T>(answer: Promise<Result<T>>, use: (value: T) => void): void {
  answer.then(
    (found) => {
      if (found.ok) use(found.value);
    },
    () => undefined,
  );
}
