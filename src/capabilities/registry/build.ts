import type { Descriptor } from '../../core/descriptor.ts';
import { sha256 } from '../../core/digest.ts';
import type { JsonValue } from '../../core/json.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { OCI_EMPTY, OCI_INDEX, OCI_MANIFEST } from './media-types.ts';

/** Bytes together with the descriptor that names them. */
export interface Content {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface ImageParts {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface IndexParts {
  readonly manifests: readonly Descriptor[];
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** @example toContent('application/spdx+json', bytes).descriptor.digest */
export function toContent(mediaType: string, bytes: Uint8Array): Content {
  return { descriptor: { mediaType, digest: sha256(bytes), size: bytes.length }, bytes };
}

/**
 * `{}`: the config and, when there is nothing else, the layer of an artifact (image-spec "Guidance
 * for an Empty Descriptor").
 */
export const EMPTY_CONTENT: Content = toContent(OCI_EMPTY, new TextEncoder().encode('{}'));

/**
 * An image manifest as canonical JSON: equal parts give equal bytes and therefore an equal digest.
 */
export function buildImageManifest(parts: ImageParts): Content {
  return toManifestContent(OCI_MANIFEST, {
    ...buildCommon(parts),
    config: toPlainDescriptor(parts.config),
    layers: parts.layers.map((layer) => toAnnotatedDescriptor(layer)),
  });
}

/** An image index as canonical JSON. */
export function buildIndex(parts: IndexParts): Content {
  return toManifestContent(OCI_INDEX, {
    ...buildCommon(parts),
    manifests: parts.manifests.map((member) => toAnnotatedDescriptor(member)),
  });
}

/**
 * An artifact about `subject`: an empty config, and its content as layers (image-spec "Guidelines
 * for Artifact Usage").
 */
export function buildArtifact(
  parts: Omit<ImageParts, 'config'> & { readonly artifactType: string },
): Content {
  return buildImageManifest({ ...parts, config: EMPTY_CONTENT.descriptor });
}

function buildCommon({
  artifactType,
  subject,
  annotations,
}: Omit<IndexParts, 'manifests'>): Record<string, JsonValue | undefined> {
  return {
    artifactType,
    subject: subject === undefined ? undefined : toPlainDescriptor(subject),
    annotations:
      annotations === undefined || Object.keys(annotations).length === 0 ? undefined : annotations,
  };
}

function toManifestContent(
  mediaType: string,
  members: Record<string, JsonValue | undefined>,
): Content {
  const json = canonicalizeJson({ schemaVersion: 2, mediaType, ...members } as JsonValue);
  return toContent(mediaType, new TextEncoder().encode(json));
}

function toPlainDescriptor({ mediaType, digest, size }: Descriptor): JsonValue {
  return { mediaType, digest, size };
}

function toAnnotatedDescriptor(descriptor: Descriptor): JsonValue {
  return { ...descriptor } as unknown as JsonValue;
}
