import { createHash } from 'node:crypto';
import type { Digest } from '../../../core/digest.ts';
import type { JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { writeChainPem, writePem } from '../../../formats/der/pem.ts';
import { canonicalizeJson } from '../../../formats/json/canonical.ts';
import { encodePreAuth } from '../envelopes/dsse.ts';
import type { SigningKey } from '../keys/port.ts';
import { readSignerKey } from '../keys/signer-key.ts';
import { toDerForm } from '../x509/algorithm.ts';
import { parseBundle } from './bundle.ts';
import {
  COSIGN_ANNOTATIONS,
  DSSE_LAYER_TYPE,
  parseCosignLayer,
  SIMPLE_SIGNING_TYPE,
} from './cosign-layer.ts';
import type { SignedPiece } from './log-proposal.ts';
import { readObject } from './members.ts';
import type { BundleTerms } from './signing-port.ts';
import { encodeSimpleSigning } from './simple-signing.ts';
import { checkMade, gatherVouchers, type Vouchers } from './vouch.ts';

/** The artifact type and the layer type of a bundle (S2). */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** What cosign keeps of one signature in a layer, and beside it (S4, S6). */
export interface MadeLayer {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * A bundle with one envelope. By a key alone, it has no log entry and no certificate: the reader
 * knows the key, and the hint helps to find it.
 */
export async function signBundle(
  payloadType: string,
  payload: Uint8Array,
  terms: BundleTerms,
): Promise<Result<Uint8Array>> {
  const made = await signEnvelope(payloadType, payload, terms);
  if (!made.ok) return made;
  const { envelope, piece, vouchers } = made.value;
  return finishBundle({ dsseEnvelope: envelope }, piece, vouchers, { artifact: null, terms });
}

/** A bundle with the signature of a file, whose bytes are not in it. */
export async function signFileBundle(
  bytes: Uint8Array,
  terms: BundleTerms,
): Promise<Result<Uint8Array>> {
  const made = await signPiece(bytes, null, terms);
  if (!made.ok) return made;
  const { piece, vouchers } = made.value;
  const digest = createHash('sha256').update(bytes).digest('base64');
  const messageSignature = {
    messageDigest: { algorithm: 'SHA2_256', digest },
    signature: toBase64(piece.signature),
  };
  return finishBundle({ messageSignature }, piece, vouchers, { artifact: bytes, terms });
}

/** The signed text and the annotations of a layer of cosign's older form (S4). */
export async function signSimpleText(
  digest: Digest,
  reference: string,
  terms: BundleTerms,
): Promise<Result<MadeLayer>> {
  const bytes = encodeSimpleSigning(digest, reference);
  const older = toOlderTerms(terms);
  const made = older.ok ? await signPiece(bytes, null, older.value) : older;
  if (!made.ok) return made;
  const signature = toBase64(made.value.piece.signature);
  const layer = { mediaType: SIMPLE_SIGNING_TYPE, bytes };
  return finishLayer(layer, signature, made.value.vouchers, terms);
}

/** An envelope, and the annotations of its layer, in cosign's older form (S6). */
export async function signStatementLayer(
  payloadType: string,
  payload: Uint8Array,
  terms: BundleTerms,
): Promise<Result<MadeLayer>> {
  const older = toOlderTerms(terms);
  const made = older.ok ? await signEnvelope(payloadType, payload, older.value) : older;
  if (!made.ok) return made;
  const { text, vouchers } = made.value;
  const layer = { mediaType: DSSE_LAYER_TYPE, bytes: Buffer.from(text) };
  return finishLayer(layer, '', vouchers, terms);
}

interface SignatureParts {
  readonly piece: SignedPiece;
  readonly vouchers: Vouchers;
}

async function signEnvelope(
  payloadType: string,
  payload: Uint8Array,
  terms: BundleTerms,
): Promise<Result<SignatureParts & { readonly envelope: JsonObject; readonly text: string }>> {
  if (payload.length > LIMITS.documentBytesMax)
    return fail('LIMIT_EXCEEDED', `a payload of ${payload.length} bytes`, 'Split the statement.');
  const write = (signature: Uint8Array) => ({
    payload: toBase64(payload),
    payloadType,
    signatures: [{ sig: toBase64(signature) }],
  });
  const signed = encodePreAuth(payloadType, payload);
  const made = await signPiece(signed, (signature) => JSON.stringify(write(signature)), terms);
  if (!made.ok) return made;
  const envelope = write(made.value.piece.signature);
  return ok({ ...made.value, envelope, text: JSON.stringify(envelope) });
}

async function signPiece(
  signed: Uint8Array,
  writeEnvelope: ((signature: Uint8Array) => string) | null,
  { key, signer, services }: BundleTerms,
): Promise<Result<SignatureParts>> {
  const publicKey = readUsableKey(key);
  if (!publicKey.ok) return publicKey;
  const signature = toDerForm(key.algorithm, await key.sign(signed));
  const [leaf] = key.chain;
  const spki = publicKey.value.export({ format: 'der', type: 'spki' });
  const piece: SignedPiece = {
    signed,
    signature,
    envelope: writeEnvelope?.(signature) ?? null,
    signer:
      signer === 'certificate' && leaf !== undefined
        ? { kind: 'certificate', der: leaf }
        : { kind: 'key', der: spki },
  };
  if (services === null) return ok({ piece, vouchers: { entries: [], timestamps: [] } });
  const vouchers = await gatherVouchers(piece, services);
  return vouchers.ok ? ok({ piece, vouchers: vouchers.value }) : vouchers;
}

function finishBundle(
  content: JsonObject,
  { signer }: SignedPiece,
  { entries, timestamps }: Vouchers,
  { artifact, terms }: { readonly artifact: Uint8Array | null; readonly terms: BundleTerms },
): Result<Uint8Array> {
  const stamps = timestamps.map((one) => ({ signedTimestamp: toBase64(one) }));
  const hint = createHash('sha256').update(signer.der).digest('base64');
  const bytes = Buffer.from(
    canonicalizeJson({
      mediaType: BUNDLE_TYPE,
      verificationMaterial: {
        ...(signer.kind === 'key'
          ? { publicKey: { hint } }
          : { certificate: { rawBytes: toBase64(signer.der) } }),
        ...(entries.length === 0 ? {} : { tlogEntries: entries }),
        ...(stamps.length === 0
          ? {}
          : { timestampVerificationData: { rfc3161Timestamps: stamps } }),
      },
      ...content,
    }),
  );
  if (terms.services === null) return ok(bytes);
  const bundle = parseBundle(bytes);
  if (!bundle.ok) return refuse(bundle.reason.message);
  const checked = checkMade(bundle.value, artifact, terms);
  return checked.ok ? ok(bytes) : checked;
}

/** A layer has one entry, with the promise of Rekor v1, in which its log says the time. */
function toOlderTerms(terms: BundleTerms): Result<BundleTerms> {
  const { services } = terms;
  if (services === null) return ok(terms);
  const [first] = services.logs.filter(({ version }) => version === 1);
  // mutant older-form-in-a-newer-log by sign-keyless: condition -> false
  if (first === undefined)
    return fail(
      'UNSUPPORTED',
      'cosign-legacy keeps the promise of a log of Rekor v1, and none is named',
      'Use sigstore-bundle, or name such a log: --rekor-url URL --rekor-api 1.',
    );
  return ok({ ...terms, services: { ...services, logs: [first], timestampAuthorities: [] } });
}

function finishLayer(
  layer: Pick<MadeLayer, 'mediaType' | 'bytes'>,
  signature: string,
  { entries }: Vouchers,
  terms: BundleTerms,
): Result<MadeLayer> {
  const { key, signer, services } = terms;
  const [leaf, ...others] = key.chain;
  const [entry] = entries;
  const annotations: Record<string, string> = { [COSIGN_ANNOTATIONS.signature]: signature };
  if (signer === 'certificate' && leaf !== undefined) {
    annotations[COSIGN_ANNOTATIONS.certificate] = writePem('CERTIFICATE', leaf);
    annotations[COSIGN_ANNOTATIONS.chain] = writeChainPem(others);
  }
  if (entry !== undefined) annotations[COSIGN_ANNOTATIONS.bundle] = encodePromise(entry);
  const made = { ...layer, annotations };
  if (services === null) return ok(made);
  const bundle = parseCosignLayer(made);
  if (!bundle.ok) return refuse(bundle.reason.message);
  const artifact = layer.mediaType === SIMPLE_SIGNING_TYPE ? layer.bytes : null;
  const checked = checkMade(bundle.value, artifact, terms);
  return checked.ok ? ok(made) : checked;
}

/** `{"SignedEntryTimestamp","Payload":{"body","integratedTime","logIndex","logID"}}` */
function encodePromise(entry: JsonObject): string {
  const log = takeObject(entry, 'logId');
  const promise = takeObject(entry, 'inclusionPromise');
  return canonicalizeJson({
    SignedEntryTimestamp: promise['signedEntryTimestamp'] ?? null,
    Payload: {
      body: entry['canonicalizedBody'] ?? null,
      integratedTime: Number(entry['integratedTime']),
      logIndex: Number(entry['logIndex']),
      logID: Buffer.from(String(log['keyId'] ?? ''), 'base64').toString('hex'),
    },
  });
}

function takeObject(holder: JsonObject, name: string): JsonObject {
  const value = readObject(getOwn(holder, name));
  return value === null || value === 'malformed' ? {} : value;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function refuse(why: string): Result<never> {
  const remedy = 'Check the addresses of the services, and the versions of their interfaces.';
  return fail('SIGNING_SERVICE_UNUSABLE', `what the services gave is not used: ${why}`, remedy);
}

/**
 * As cosign writes it. Other tools of sigstore verify RSA as PKCS #1 v1.5, and our keys sign with
 * PSS; they hash with SHA-256, whatever the curve is.
 */
function readUsableKey(key: SigningKey): ReturnType<typeof readSignerKey> {
  const remedy = 'Use a key on P-256: waybill key generate.';
  // mutant sigstore-form-by-another-key by sign-image: condition -> false
  if (key.algorithm !== 'ES256' || key.makeEnvelope !== undefined)
    return fail('KEY_UNUSABLE', 'the forms of sigstore are signed by a key on P-256', remedy);
  return readSignerKey(key);
}
