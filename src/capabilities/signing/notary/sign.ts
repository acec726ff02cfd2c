import type { Descriptor } from '../../../core/descriptor.ts';
import { sha256 } from '../../../core/digest.ts';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import type { JsonObject } from '../../../core/json.ts';
import { attempt, fail, failed, orThrow, type Result } from '../../../core/result.ts';
import { type CborValue, tagCbor } from '../../../formats/cbor/cbor.ts';
import { canonicalizeJson } from '../../../formats/json/canonical.ts';
import { COSE_LABEL, EPOCH_TAG, signCose } from '../envelopes/cose.ts';
import { signJws } from '../envelopes/jws.ts';
import type { SigningKey } from '../keys/port.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { validateChain } from '../x509/chain.ts';
import {
  detectEnvelopeForm,
  type EnvelopeForm,
  HEADER,
  PAYLOAD_TYPE,
  readEnvelope,
} from './envelope.ts';
import { checkMadeEnvelope } from './made-envelope.ts';

export const NOTARY_SIGNATURE_TYPE = 'application/vnd.cncf.notary.signature';
export const NOTARY_JWS_TYPE = 'application/jose+json';
export const NOTARY_COSE_TYPE = 'application/cose';
const TYPE_BY_FORM: Readonly<Record<EnvelopeForm, string>> = {
  jws: NOTARY_JWS_TYPE,
  cose: NOTARY_COSE_TYPE,
};

/** The form of an envelope by the media type of its layer (N3); null for any other type. */
export function findEnvelopeForm(mediaType: string): EnvelopeForm | null {
  if (mediaType === NOTARY_JWS_TYPE) return 'jws';
  return mediaType === NOTARY_COSE_TYPE ? 'cose' : null;
}

export const THUMBPRINT_ANNOTATION = 'io.cncf.notary.x509chain.thumbprint#S256';
const CREATED_ANNOTATION = 'org.opencontainers.image.created';
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const AGENT = 'waybill';
/** image-spec: the empty descriptor. */
export const EMPTY_CONFIG = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: sha256('{}'),
  size: 2,
} as const satisfies Descriptor;

export interface NotarySigning {
  readonly subject: Descriptor;
  readonly key: SigningKey;
  readonly signedAt: Instant;
  readonly expiresAt?: Instant;
  /** `jws` by default. */
  readonly form?: EnvelopeForm;
  /** Gives an RFC 3161 timestamp over the signature (N46), verified; null for none. */
  readonly countersign?: ((signature: Uint8Array) => Promise<Result<Uint8Array>>) | null;
  /** Signed with the subject; no key may be under `io.cncf.notary` (N12). */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A Notary Project envelope (N10–N25) over a descriptor.
 *
 * @example const envelope = orThrow(await signNotary({ subject, key, signedAt: now }));
 */
export async function signNotary(signing: NotarySigning): Promise<Result<Uint8Array>> {
  const { mediaType, digest, size } = signing.subject;
  return signTarget({ mediaType, digest, size }, signing);
}

/** How to sign, for any target. */
export type SigningTerms = Omit<NotarySigning, 'subject'>;

/**
 * Signs `targetArtifact` (N10) together with the metadata; the digest of a blob may have any of
 * three algorithms.
 */
export async function signTarget(
  target: JsonObject,
  terms: SigningTerms,
): Promise<Result<Uint8Array>> {
  const { key, signedAt, expiresAt, metadata = {} } = terms;
  const reserved = Object.keys(metadata).find((name) => name.startsWith('io.cncf.notary'));
  if (reserved !== undefined)
    return fail('USAGE', `the metadata key ${reserved} is reserved (N12)`, 'Use another key.');
  if (expiresAt !== undefined && toWholeSeconds(expiresAt) <= toWholeSeconds(signedAt)) {
    return fail(
      'USAGE',
      'the expiry is not after the signing time (N28)',
      'Choose a later expiry.',
    );
  }
  const annotations = Object.keys(metadata).length === 0 ? {} : { annotations: { ...metadata } };
  const payload = { targetArtifact: { ...target, ...annotations } };
  if (key.makeEnvelope !== undefined) return takeEnvelope(key.makeEnvelope, payload, terms);
  if (key.bareKey !== undefined)
    return fail(
      'KEY_UNUSABLE',
      'the key has no certificate, which this form needs',
      'Sign in a form of sigstore, or with a key that has one: waybill key generate.',
    );
  const chain = validateChain(key.chain, 'code-signing', signedAt);
  if (!chain.ok) return failed(chain.failure);
  if (chain.value.certificates[0].algorithm !== key.algorithm) {
    return fail(
      'KEY_UNUSABLE',
      'the key and its certificate differ in algorithm (N15)',
      'Give the chain of this key.',
    );
  }
  // What a key or an authority throws is a Failure: nothing is signed without its timestamp.
  return attempt(() =>
    terms.form === 'cose' ? signAsCose(payload, terms) : signAsJws(payload, terms),
  );
}

/** An envelope that the store of the key made, when it says what it was asked to say. */
async function takeEnvelope(
  makeEnvelope: NonNullable<SigningKey['makeEnvelope']>,
  payload: JsonObject,
  { form = 'jws', signedAt, expiresAt, ...terms }: SigningTerms,
): Promise<Result<Uint8Array>> {
  if (terms.countersign !== undefined && terms.countersign !== null)
    return fail(
      'USAGE',
      'a key of this kind makes whole envelopes: no timestamp can be added',
      'Leave out --timestamp-url, or let the store of the key add one.',
    );
  const expiresInS =
    expiresAt === undefined ? null : Math.floor((expiresAt - toWholeSeconds(signedAt)) / 1_000);
  return attempt(async () => {
    const bytes = Buffer.from(JSON.stringify(payload));
    const envelope = await makeEnvelope({ form, payload: bytes, expiresInS });
    orThrow(checkMadeEnvelope(envelope, { form, payload: bytes }));
    return envelope;
  });
}

async function countersign(terms: SigningTerms, signature: Uint8Array): Promise<Uint8Array | null> {
  const token = await terms.countersign?.(signature);
  return token === undefined ? null : orThrow(token);
}

function signAsJws(payload: JsonObject, terms: SigningTerms): Promise<Uint8Array> {
  const header = { [HEADER.agent]: AGENT };
  const draft = { protectedHeader: buildProtectedHeader(terms), payload, header };
  return signJws(draft, terms.key, async (signature): Promise<JsonObject> => {
    const token = await countersign(terms, signature);
    return token === null ? {} : { [HEADER.timestamp]: Buffer.from(token).toString('base64') };
  });
}

/** N22–N25; the chain and the agent are not signed. */
function signAsCose(payload: JsonObject, terms: SigningTerms): Promise<Uint8Array> {
  const { signedAt, expiresAt, key } = terms;
  const toTime = (instant: Instant): CborValue =>
    tagCbor(EPOCH_TAG, toWholeSeconds(instant) / 1_000);
  const protectedHeader = new Map<CborValue, CborValue>([
    [COSE_LABEL.critical, listCritical(terms)],
    [COSE_LABEL.contentType, PAYLOAD_TYPE],
    [HEADER.scheme, 'notary.x509'],
    [HEADER.signingTime, toTime(signedAt)],
    ...(expiresAt === undefined ? [] : [[HEADER.expiry, toTime(expiresAt)] as const]),
  ]);
  const header = new Map<CborValue, CborValue>([[HEADER.agent, AGENT]]);
  const bytes = Buffer.from(JSON.stringify(payload));
  return signCose({ protectedHeader, payload: bytes, header }, key, async (signature) => {
    const token = await countersign(terms, signature);
    return new Map<CborValue, CborValue>(token === null ? [] : [[HEADER.timestamp, token]]);
  });
}

function listCritical({ expiresAt }: SigningTerms): readonly string[] {
  return [HEADER.scheme, ...(expiresAt === undefined ? [] : [HEADER.expiry])];
}

function buildProtectedHeader(terms: SigningTerms): JsonObject {
  const { key, signedAt, expiresAt } = terms;
  return {
    alg: key.algorithm,
    crit: listCritical(terms),
    cty: PAYLOAD_TYPE,
    ...(expiresAt === undefined
      ? {}
      : { [HEADER.expiry]: formatInstant(toWholeSeconds(expiresAt)) }),
    [HEADER.scheme]: 'notary.x509',
    [HEADER.signingTime]: formatInstant(toWholeSeconds(signedAt)),
  };
}

/**
 * The reference implementation writes whole seconds. So do we, so that every reader sees the same
 * moment.
 */
function toWholeSeconds(instant: Instant): Instant {
  return (Math.floor(instant / 1_000) * 1_000) as Instant;
}

export interface NotaryArtifactParts {
  readonly subject: Descriptor;
  readonly envelope: Uint8Array;
  readonly createdAt: Instant;
  /** More annotations of the manifest; nothing that is signed. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ArtifactPart {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/**
 * The stored form of a signature (N1–N6): an image manifest of the signature's type that refers to
 * its subject.
 */
export function buildNotarySignatureArtifact(parts: NotaryArtifactParts): {
  readonly blobs: readonly ArtifactPart[];
  readonly manifest: ArtifactPart;
} {
  const { subject, envelope, createdAt, annotations: more = {} } = parts;
  const form = detectEnvelopeForm(envelope);
  const mediaType = TYPE_BY_FORM[form];
  const read = readEnvelope(envelope, form);
  const layer = { mediaType, digest: sha256(envelope), size: envelope.length };
  const annotations = {
    ...more,
    [THUMBPRINT_ANNOTATION]: JSON.stringify(listThumbprints(read.ok ? read.value.chain : [])),
    [CREATED_ANNOTATION]: formatInstant(toWholeSeconds(createdAt)),
  };
  const manifest = Buffer.from(
    canonicalizeJson({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      artifactType: NOTARY_SIGNATURE_TYPE,
      config: EMPTY_CONFIG,
      layers: [layer],
      subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
      annotations,
    }),
  );
  const descriptor: Descriptor = {
    mediaType: MANIFEST_TYPE,
    digest: sha256(manifest),
    size: manifest.length,
    artifactType: NOTARY_SIGNATURE_TYPE,
    annotations,
  };
  return {
    blobs: [
      { descriptor: EMPTY_CONFIG, bytes: Buffer.from('{}') },
      { descriptor: layer, bytes: envelope },
    ],
    manifest: { descriptor, bytes: manifest },
  };
}

/** N5: leaf to root, lower-case hex as the reference writes it. */
function listThumbprints(chain: readonly Uint8Array[]): readonly string[] {
  return chain.flatMap((der) => {
    const certificate = parseCertificate(der);
    return certificate.ok ? [certificate.value.thumbprint] : [];
  });
}
