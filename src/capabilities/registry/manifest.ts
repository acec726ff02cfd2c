import { type Descriptor, parseDescriptor, readTextRecord } from '../../core/descriptor.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  isIndexType,
  isManifestType,
  OCI_INDEX,
  OCI_MANIFEST,
  parseMediaType,
} from './media-types.ts';

interface ManifestBase {
  readonly mediaType: string;
  /** As written; `readArtifactType` says what its absence means. */
  readonly artifactType: string | null;
  readonly subject: Descriptor | null;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ImageManifest extends ManifestBase {
  readonly kind: 'image';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface IndexManifest extends ManifestBase {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

export type Manifest = ImageManifest | IndexManifest;

export interface ManifestOptions {
  readonly entriesMax?: number;
}

/** Members that have a meaning in one kind and must not be in the other (CVE-2021-41190). */
const FOREIGN = {
  image: ['manifests', 'fsLayers', 'blobs', 'history'],
  index: ['layers', 'config', 'fsLayers', 'blobs', 'history'],
} as const;
const MEMBERS = foldMembers([
  'schemaVersion',
  'mediaType',
  'artifactType',
  'subject',
  'annotations',
  'config',
  'layers',
  'manifests',
]);
const DESCRIPTOR_MEMBERS = foldMembers([
  'mediaType',
  'digest',
  'size',
  'artifactType',
  'annotations',
  'platform',
  'urls',
  'data',
]);

/** Members by their lower-case form. */
function foldMembers(members: readonly string[]): ReadonlyMap<string, string> {
  return new Map(members.map((member) => [member.toLowerCase(), member]));
}

/**
 * An image manifest or index that every reader understands in the same way (OCI image-spec
 * manifest.md, image-index.md; Docker schema 2). `contentType` is what the registry or the
 * descriptor called it; null when neither did.
 *
 * @example parseManifest(bytes, 'application/vnd.oci.image.manifest.v1+json')
 */
export function parseManifest(
  bytes: Uint8Array,
  contentType: string | null,
  options: ManifestOptions = {},
): Result<Manifest> {
  const json = parseJson(bytes, { bytesMax: LIMITS.manifestBytesMax });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return malformed('it is not a JSON object');
  const flaw = findCaseVariant(json.value, MEMBERS);
  if (flaw !== null)
    return malformed(`it has a member ${flaw}, which some readers take for another`);
  const mediaType = resolveMediaType(json.value, contentType);
  if (!mediaType.ok) return mediaType;
  if (json.value['schemaVersion'] !== 2) return malformed('schemaVersion is not 2');
  return isIndexType(mediaType.value)
    ? readIndex(json.value, mediaType.value, options)
    : readImage(json.value, mediaType.value, options);
}

/**
 * The type on which body and Content-Type agree. When only the shape shows it, it must be
 * unambiguous.
 */
function resolveMediaType(json: JsonObject, contentType: string | null): Result<string> {
  const written = json['mediaType'];
  if (written !== undefined && typeof written !== 'string')
    return malformed('mediaType is not a text');
  const said = contentType === null || contentType === '' ? undefined : parseMediaType(contentType);
  if (written !== undefined && said !== undefined && written !== said) {
    return malformed(
      `it calls itself ${quoteText(written)} and was delivered as ${quoteText(said)}`,
    );
  }
  const type = written ?? said ?? detectMediaType(json);
  if (type === undefined) return malformed('neither it nor its sender says what kind it is');
  if (!isManifestType(type)) {
    const remedy = 'Push it as an OCI image manifest or index.';
    return fail(
      'UNSUPPORTED',
      `not a manifest type that this version reads: ${quoteText(type)}`,
      remedy,
    );
  }
  return ok(type);
}

/**
 * `mediaType` SHOULD be present (image-spec); the index.json of a layout and older manifests lack
 * it.
 */
function detectMediaType(json: JsonObject): string | undefined {
  if (Array.isArray(json['manifests'])) return OCI_INDEX;
  return isJsonObject(json['config']) ? OCI_MANIFEST : undefined;
}

function readImage(
  json: JsonObject,
  mediaType: string,
  options: ManifestOptions,
): Result<ImageManifest> {
  const base = readBase(json, mediaType, 'image');
  if (!base.ok) return base;
  const config = readDescriptor(json['config']);
  if (!config.ok) return config;
  const layers = readDescriptors(json['layers'], 'layers', options.entriesMax ?? LIMITS.layersMax);
  if (!layers.ok) return layers;
  return ok({ kind: 'image', ...base.value, config: config.value, layers: layers.value });
}

function readIndex(
  json: JsonObject,
  mediaType: string,
  options: ManifestOptions,
): Result<IndexManifest> {
  const base = readBase(json, mediaType, 'index');
  if (!base.ok) return base;
  const manifests = readDescriptors(
    json['manifests'],
    'manifests',
    options.entriesMax ?? LIMITS.indexManifestsMax,
  );
  if (!manifests.ok) return manifests;
  return ok({ kind: 'index', ...base.value, manifests: manifests.value });
}

function readBase(
  json: JsonObject,
  mediaType: string,
  kind: Manifest['kind'],
): Result<ManifestBase> {
  const foreign = FOREIGN[kind].find(
    (member) => json[member] !== undefined && json[member] !== null,
  );
  if (foreign !== undefined)
    return malformed(
      `an ${kind} manifest must not have ${foreign}: it could be read as two things`,
    );
  const artifactType = json['artifactType'];
  if (artifactType !== undefined && typeof artifactType !== 'string')
    return malformed('artifactType is not a text');
  const annotations = readTextRecord(json['annotations']);
  if (annotations === null) return malformed('annotations are not texts');
  const docker = mediaType === DOCKER_MANIFEST || mediaType === DOCKER_LIST;
  const written = docker ? undefined : json['subject'];
  const subject = written === undefined || written === null ? ok(null) : readDescriptor(written);
  if (!subject.ok) return subject;
  const type = artifactType === undefined || artifactType === '' ? null : artifactType;
  return ok({
    mediaType,
    artifactType: type,
    subject: subject.value,
    annotations: annotations ?? {},
  });
}

function readDescriptors(
  value: JsonValue | undefined,
  name: string,
  entriesMax: number,
): Result<Descriptor[]> {
  if (!Array.isArray(value)) return malformed(`${name} is not a list`);
  if (value.length > entriesMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `a manifest with ${value.length} ${name}, over ${entriesMax}`,
      'Split the image.',
    );
  }
  const descriptors: Descriptor[] = [];
  for (const item of value) {
    const descriptor = readDescriptor(item);
    if (!descriptor.ok) return descriptor;
    descriptors.push(descriptor.value);
  }
  return ok(descriptors);
}

function readDescriptor(value: JsonValue | undefined): Result<Descriptor> {
  const flaw = isJsonObject(value) ? findCaseVariant(value, DESCRIPTOR_MEMBERS) : null;
  if (flaw !== null)
    return malformed(`a descriptor has a member ${flaw}, which some readers take for another`);
  return parseDescriptor(value);
}

/** A key that differs from a known member only in case: Go's decoder would accept it (A24). */
function findCaseVariant(object: JsonObject, members: ReadonlyMap<string, string>): string | null {
  for (const key of Object.keys(object)) {
    const member = members.get(key.toLowerCase());
    if (member !== undefined && member !== key) return quoteText(key);
  }
  return null;
}

/**
 * What kind of artifact a manifest is: its `artifactType`, else the type of its config
 * (distribution-spec "Listing Referrers"; N2: older signatures say it only there). An index has no
 * config to use instead.
 */
export function readArtifactType(manifest: Manifest): string | null {
  if (manifest.artifactType !== null) return manifest.artifactType;
  return manifest.kind === 'image' ? manifest.config.mediaType : null;
}

function quoteText(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `not an OCI manifest: ${why}`,
    'Push the image again with a conforming client.',
  );
}
