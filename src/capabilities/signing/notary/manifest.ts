import { type Descriptor, parseDescriptor, readTextRecord } from '../../../core/descriptor.ts';
import { hasDigest } from '../../../core/digest.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { readJsonObject } from '../envelopes/json-object.ts';
import { accept, type CheckResult, quoteText, reject } from '../reason.ts';
import {
  EMPTY_CONFIG,
  findEnvelopeForm,
  MANIFEST_TYPE,
  NOTARY_SIGNATURE_TYPE,
  THUMBPRINT_ANNOTATION,
} from './sign.ts';

export interface SignatureManifest {
  /** The only layer: the envelope. */
  readonly envelope: Descriptor;
  readonly subject: Descriptor;
  /** N5, lower-case; null when the annotation is absent. */
  readonly thumbprints: readonly string[] | null;
}

/**
 * The manifest of a Notary signature (N1–N5), including the legacy form without an artifactType.
 */
export function parseSignatureManifest(bytes: Uint8Array): CheckResult<SignatureManifest> {
  const json = readJsonObject(bytes, {
    bytesMax: LIMITS.manifestBytesMax,
    malformed: 'manifest-malformed',
    notObject: 'the manifest is not an object',
  });
  if (!json.ok) return json;
  const type = findTypeFlaw(json.value);
  if (type !== null) return reject('manifest-type', type);
  return readParts(json.value);
}

function findTypeFlaw(manifest: JsonObject): string | null {
  if (manifest['schemaVersion'] !== 2) return 'its schemaVersion is not 2';
  if (manifest['mediaType'] !== undefined && manifest['mediaType'] !== MANIFEST_TYPE) {
    return `its media type is ${quoteText(manifest['mediaType'])}`;
  }
  const config = isJsonObject(manifest['config']) ? manifest['config']['mediaType'] : undefined;
  const artifactType = manifest['artifactType'];
  const legacy = artifactType === undefined && config === NOTARY_SIGNATURE_TYPE; // N2
  const current = artifactType === NOTARY_SIGNATURE_TYPE && config === EMPTY_CONFIG.mediaType; // N1
  if (legacy || current) return null;
  return (
    `its artifactType is ${quoteText(artifactType)} and its config ${quoteText(config)}, which ` +
    'is not a Notary signature'
  );
}

function readParts(manifest: JsonObject): CheckResult<SignatureManifest> {
  const config = parseDescriptor(manifest['config']);
  if (
    !config.ok ||
    config.value.digest !== EMPTY_CONFIG.digest ||
    config.value.size !== EMPTY_CONFIG.size
  ) {
    return reject('manifest-type', 'its config is not empty (N1)');
  }
  const layers = manifest['layers'];
  if (!Array.isArray(layers) || layers.length !== 1)
    return reject('manifest-malformed', 'it does not have exactly one layer (N3)');
  const envelope = parseDescriptor((layers as readonly JsonValue[])[0]);
  const subject = parseDescriptor(manifest['subject']);
  if (!envelope.ok) return reject('manifest-malformed', envelope.failure.message);
  if (!subject.ok) return reject('subject-mismatch', 'it has no subject (N4)');
  if (findEnvelopeForm(envelope.value.mediaType) === null) {
    return reject('manifest-type', `its layer is ${quoteText(envelope.value.mediaType)} (N3)`);
  }
  if (envelope.value.size > LIMITS.envelopeBytesMax)
    return reject('too-large', 'its envelope is over 32 MiB (N8)');
  const thumbprints = readThumbprints(manifest['annotations']);
  if (thumbprints === 'malformed')
    return reject('thumbprint-mismatch', 'its thumbprints are malformed (N5)');
  return accept({ envelope: envelope.value, subject: subject.value, thumbprints });
}

/**
 * N5: a JSON list in a text; the specification shows upper-case hex and the reference writes lower.
 */
export function readThumbprints(
  annotations: JsonValue | undefined,
): readonly string[] | null | 'malformed' {
  const record = readTextRecord(annotations);
  if (record === null) return 'malformed';
  const text = record?.[THUMBPRINT_ANNOTATION];
  if (text === undefined) return null;
  const list = parseJson(text, { bytesMax: 64 * 1024 });
  if (!list.ok || !Array.isArray(list.value)) return 'malformed';
  const items = list.value as readonly JsonValue[];
  const texts = items.flatMap((item) => (typeof item === 'string' ? [item.toLowerCase()] : []));
  return texts.length === items.length ? texts : 'malformed';
}

/** The manifest, if it is a signature of `subject` (N4) and its layer is `envelope`. */
export function readSignatureManifest(
  bytes: Uint8Array,
  subject: Descriptor,
  envelope: Uint8Array,
): CheckResult<SignatureManifest> {
  const parsed = parseSignatureManifest(bytes);
  if (!parsed.ok) return parsed;
  const { subject: named, envelope: layer } = parsed.value;
  if (
    named.digest !== subject.digest ||
    named.size !== subject.size ||
    named.mediaType !== subject.mediaType
  ) {
    return reject(
      'subject-mismatch',
      `it refers to ${named.digest}, not to ${subject.digest} (N4)`,
    );
  }
  if (envelope.length > LIMITS.envelopeBytesMax)
    return reject('too-large', 'the envelope is over 32 MiB (N8)');
  if (layer.size === envelope.length && hasDigest(envelope, layer.digest)) return parsed;
  return reject('envelope-digest', 'the envelope is not the layer that the manifest names');
}
