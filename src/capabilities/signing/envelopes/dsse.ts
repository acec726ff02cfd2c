import { createHash, type KeyObject } from 'node:crypto';
import { formatCount } from '../../../core/count.ts';
import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import type { SigningKey } from '../keys/port.ts';
import { readSignerKey } from '../keys/signer-key.ts';
import { selectAlgorithm, toDerForm, verifyBytes } from '../x509/algorithm.ts';
import { decodeAnyBase64 } from './base64.ts';

/** A DSSE envelope as read: nothing in it is trusted before `verifyDsse`. */
export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly DsseSignature[];
}

export interface DsseSignature {
  /** Only a hint (DSSE protocol): it is not signed. */
  readonly keyId: string | null;
  readonly signature: Uint8Array;
}

/**
 * The signed bytes: type and payload, each with its length, so that no byte of one can become part
 * of the other (A62). Lengths are UTF-8 bytes (S14).
 */
export function encodePreAuth(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, 'utf8');
  const head = Buffer.from(`DSSEv1 ${type.length} `);
  return Buffer.concat([head, type, Buffer.from(` ${payload.length} `), payload]);
}

/** The key id that we write and recognise: SHA-256 of the SubjectPublicKeyInfo, lower-case hex. */
export function computeKeyId(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('hex');
}

/**
 * A DSSE envelope with one signature.
 *
 * @example const envelope = orThrow(await signDsse(IN_TOTO_TYPE, payload, key));
 */
export async function signDsse(
  payloadType: string,
  payload: Uint8Array,
  key: SigningKey,
): Promise<Result<Uint8Array>> {
  const publicKey = readSignerKey(key);
  if (!publicKey.ok) return publicKey;
  if (payload.length > LIMITS.documentBytesMax) {
    return fail('LIMIT_EXCEEDED', `a payload of ${payload.length} bytes`, 'Split the statement.');
  }
  const raw = await key.sign(encodePreAuth(payloadType, payload));
  const envelope = {
    payload: Buffer.from(payload).toString('base64'),
    payloadType,
    signatures: [
      {
        keyid: computeKeyId(publicKey.value),
        sig: Buffer.from(toDerForm(key.algorithm, raw)).toString('base64'),
      },
    ],
  };
  return ok(Buffer.from(JSON.stringify(envelope)));
}

/**
 * The envelope (DSSE envelope.md), bounded; unknown members are ignored as the specification asks.
 */
export function parseDsse(bytes: Uint8Array): Result<DsseEnvelope> {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax, foldKeyCase: true });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return malformed('it is not an object');
  const { payloadType } = json.value;
  const payload = decodeAnyBase64(json.value['payload']);
  if (typeof payloadType !== 'string' || payloadType === '')
    return malformed('payloadType is missing');
  if (payload === null) return malformed('payload is not base64');
  const items = json.value['signatures'];
  if (!Array.isArray(items) || items.length === 0) return malformed('it has no signatures');
  if (items.length > LIMITS.dsseSignaturesMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `${items.length} signatures, over ${LIMITS.dsseSignaturesMax}`,
      'Sign it again.',
    );
  }
  const signatures = (items as readonly JsonValue[]).map(readSignature);
  const sound = signatures.filter((item) => item !== null);
  return sound.length === items.length
    ? ok({ payloadType, payload, signatures: sound })
    : malformed('a signature');
}

function readSignature(value: JsonValue): DsseSignature | null {
  if (!isJsonObject(value)) return null;
  const signature = decodeAnyBase64(value['sig']);
  const keyId = value['keyid'] ?? null;
  if (signature === null || (keyId !== null && typeof keyId !== 'string')) return null;
  return { keyId: keyId === '' ? null : keyId, signature };
}

export interface DsseVerification {
  /** Public keys that may have signed. */
  readonly keys: readonly KeyObject[];
  /** The only payload type that is accepted (A62). */
  readonly payloadType: string;
  /** Distinct keys that must have signed; one by default. */
  readonly threshold?: number;
}

export interface VerifiedDsse {
  readonly payload: Uint8Array;
  /** Ids of the given keys that signed, each once. */
  readonly keyIds: readonly string[];
}

/**
 * The payload, if enough of the given keys signed it as `payloadType`. The caller decides who they
 * are and whether they count.
 *
 * @example verifyDsse(bytes, { keys: [publicKey], payloadType: IN_TOTO_TYPE })
 */
export function verifyDsse(
  bytes: Uint8Array,
  verification: DsseVerification,
): Result<VerifiedDsse> {
  const envelope = parseDsse(bytes);
  if (!envelope.ok) return envelope;
  const { payload, payloadType, signatures } = envelope.value;
  const threshold = verification.threshold ?? 1;
  if (!Number.isSafeInteger(threshold) || threshold < 1)
    return fail('USAGE', 'the threshold is below 1', 'Raise the threshold.');
  if (payloadType !== verification.payloadType) {
    const shown = JSON.stringify(payloadType.slice(0, 200));
    return fail(
      'SIGNATURE_INVALID',
      `the payload type is ${shown}, not ${verification.payloadType}`,
      'Ask the signer of the envelope.',
    );
  }
  const signed = encodePreAuth(payloadType, payload);
  const byId = new Map(verification.keys.map((key) => [computeKeyId(key), key]));
  const keyIds = [...byId]
    .filter(([, key]) => signatures.some((item) => isSignedBy(key, signed, item)))
    .map(([id]) => id);
  if (keyIds.length >= threshold) return ok({ payload, keyIds });
  const given = formatCount(byId.size, 'given key');
  const why = `${keyIds.length} of ${given} signed it; ${threshold} must sign it`;
  return fail('SIGNATURE_INVALID', why, 'Give the key of its signer.');
}

/** Most tools write ECDSA signatures as DER and some as r‖s; the specification allows both. */
function isSignedBy(key: KeyObject, signed: Uint8Array, { signature }: DsseSignature): boolean {
  const algorithm = selectAlgorithm(key);
  if (algorithm === null) return false;
  return (
    verifyBytes(algorithm, key, signed, signature, 'der') ||
    verifyBytes(algorithm, key, signed, signature, 'jose')
  );
}

function malformed(why: string): Result<never> {
  return fail('MALFORMED', `not a DSSE envelope: ${why}`, 'Check that the document is complete.');
}
