import { type Descriptor, parseDescriptor } from '../../core/descriptor.ts';
import { type Digest, readAlgorithm, takeHex } from '../../core/digest.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { JsonItems } from '../../formats/json/members.ts';
import { parseJsonMembers } from '../../formats/json/parse-members.ts';
import { type IndexManifest, type Manifest, parseManifest, readArtifactType } from './manifest.ts';
import { OCI_EMPTY, OCI_INDEX, parseMediaType } from './media-types.ts';

/** What refers to a subject. `complete` is false when anything was, or may have been, left out. */
export interface ReferrersList {
  readonly descriptors: readonly Descriptor[];
  readonly complete: boolean;
  readonly via: 'api' | 'fallback-tag' | 'layout';
  /** A page was larger than who asks reads; somebody else may read it. */
  readonly oversized?: boolean;
}

/** Which entries of a list matter to who asks: others are neither kept nor counted. */
export interface ReferrerChoice {
  /** Whether an artifact type matters; an entry that states none always does. */
  readonly isWanted: (artifactType: string) => boolean;
  /** Annotations that are kept; anybody can write others, of any size. */
  readonly annotations: readonly string[];
  /** A larger page ends the list, which is then incomplete and says so as `oversized`. */
  readonly pageBytesMax: number;
}

/**
 * The tag under which referrers are listed when a registry has no referrers API (distribution-spec
 * "Referrers Tag Schema"; N7).
 */
export function formatReferrersTag(digest: Digest): string {
  return `${readAlgorithm(digest)}-${takeHex(digest).slice(0, 64)}`;
}

/**
 * The entry of a referrers list for one manifest: it has the artifact type and all annotations of
 * the manifest (S17).
 */
export function toReferrer(descriptor: Descriptor, manifest: Manifest): Descriptor {
  const artifactType = readArtifactType(manifest);
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(artifactType === null ? {} : { artifactType }),
    ...(Object.keys(manifest.annotations).length === 0
      ? {}
      : { annotations: manifest.annotations }),
  };
}

/**
 * One page of the referrers API, or the index behind the fallback tag. It may be longer than an
 * image index: the caller cuts it at the limit and must say so.
 */
export function parseReferrers(
  bytes: Uint8Array,
  contentType: string | null,
): Result<IndexManifest> {
  const parsed = parseManifest(bytes, contentType, { entriesMax: Number.POSITIVE_INFINITY });
  if (!parsed.ok) return parsed;
  return parsed.value.kind === 'index' && parsed.value.mediaType === OCI_INDEX
    ? ok(parsed.value)
    : failNoIndex();
}

function failNoIndex(): Result<never> {
  const remedy = 'Fix the referrers tag of the subject.';
  return fail('MALFORMED', 'a referrers list that is not an OCI image index', remedy);
}

/**
 * Referrers as the index that the API and the fallback tag deliver; equal lists give equal bytes.
 */
export function buildReferrersIndex(descriptors: readonly Descriptor[]): Uint8Array {
  return encode({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: descriptors as unknown as JsonValue,
  });
}

/**
 * The list with `added` in it, each digest once, in the order of arrival; the newer entry of a
 * digest is kept.
 */
export function addReferrer(list: readonly Descriptor[], added: Descriptor): readonly Descriptor[] {
  return [...new Map([...list, added].map((entry) => [entry.digest, entry])).values()];
}

/**
 * Whether the list states the kind of an entry. Clients have written entries without a type, and
 * with the type of the empty config (S17, cosign 4641): a filter must read such a manifest before
 * it leaves it out.
 */
export function hasArtifactType(entry: Descriptor): boolean {
  return entry.artifactType !== undefined && entry.artifactType !== OCI_EMPTY;
}

/** The entries that matter, without the annotations that do not. */
export function chooseReferrers(
  entries: readonly Descriptor[],
  { isWanted, annotations }: ReferrerChoice,
): readonly Descriptor[] {
  return entries.flatMap((entry) => {
    // mutant referrers-of-other-types-are-counted by oci-http/hostile-referrers: condition -> false
    if (hasArtifactType(entry) && !isWanted(entry.artifactType ?? '')) return [];
    const { annotations: written, ...bare } = entry;
    const kept = annotations.flatMap((name) => {
      const text = written === undefined ? undefined : getOwn(written, name);
      return text === undefined || text.length > ANNOTATION_LENGTH_MAX ? [] : [[name, text]];
    });
    return [kept.length === 0 ? bare : { ...bare, annotations: Object.fromEntries(kept) }];
  });
}

/** No tool writes more into an annotation that is kept. */
const ANNOTATION_LENGTH_MAX = 64 * 1024;

/**
 * The entries that matter of one page, however large: nothing is built of the others, and of the
 * annotations that do not matter.
 */
export function readLargeReferrers(
  bytes: Uint8Array,
  contentType: string | null,
  choice: ReferrerChoice,
): Result<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  let flaw: Result<never> | null = null;
  const take = (item: JsonValue): void => {
    const entry = parseDescriptor(item);
    if (entry.ok) found.push(...chooseReferrers([entry.value], choice));
    else flaw ??= entry;
  };
  const annotations = Object.fromEntries(choice.annotations.map((name) => [name, 'all' as const]));
  const named = { mediaType: 'all', digest: 'all', size: 'all', artifactType: 'all' } as const;
  const manifests = new JsonItems({ ...named, annotations }, take);
  const bytesMax = LIMITS.referrerPageBytesMax;
  const page = parseJsonMembers(bytes, { mediaType: 'all', manifests }, { bytesMax });
  if (!page.ok) return page;
  const written = isJsonObject(page.value) ? page.value['mediaType'] : undefined;
  const type = typeof written === 'string' ? written : parseMediaType(contentType ?? '');
  const isList = isJsonObject(page.value) && Array.isArray(page.value['manifests']);
  return flaw ?? (isList && type === OCI_INDEX ? ok(found) : failNoIndex());
}

/** At most as many as the limit, and whether the list is complete. */
export function boundReferrers(
  descriptors: readonly Descriptor[],
  complete: boolean,
  via: ReferrersList['via'],
  referrersMax: number = LIMITS.referrersMax,
): ReferrersList {
  const unique = [...new Map(descriptors.map((entry) => [entry.digest, entry])).values()];
  const kept = unique.slice(0, referrersMax);
  return { descriptors: kept, complete: complete && kept.length === unique.length, via };
}

/**
 * N4: a manifest that is listed as a referrer must itself name the subject, by digest, size and
 * type.
 */
export function requireSubject(manifest: Manifest, subject: Descriptor): Result<Manifest> {
  const named = manifest.subject;
  const same =
    named !== null &&
    named.digest === subject.digest &&
    named.size === subject.size &&
    named.mediaType === subject.mediaType;
  if (same) return ok(manifest);
  return fail(
    'REGISTRY_MISBEHAVED',
    `a listed referrer of ${subject.digest} names ${describeOther(named, subject)}`,
    'Attach the artifact again.',
  );
}

/** In which of the three `named` is another subject. */
function describeOther(named: Descriptor | null, subject: Descriptor): string {
  if (named === null) return 'no subject';
  if (named.digest !== subject.digest) return `the subject ${named.digest}`;
  return named.mediaType === subject.mediaType
    ? `it with ${named.size} bytes, and it has ${subject.size}`
    : `it as ${named.mediaType}, and it is ${subject.mediaType}`;
}

function encode(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(canonicalizeJson(value));
}
