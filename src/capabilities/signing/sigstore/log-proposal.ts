import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { writePem } from '../../../formats/der/pem.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { decodeBase64 } from '../envelopes/base64.ts';
import { readCount, readObject } from './members.ts';
import type { LogVersion } from './signing-port.ts';

/** What a log is asked to take. */
export interface SignedPiece {
  /** The bytes that are signed: of an envelope, its pre-authentication encoding. */
  readonly signed: Uint8Array;
  /** The whole envelope as JSON; null for a message. */
  readonly envelope: string | null;
  readonly signature: Uint8Array;
  /** DER of the certificate, or of the public key. */
  readonly signer: { readonly kind: 'key' | 'certificate'; readonly der: Uint8Array };
}

/**
 * The body of the request for an entry: Rekor v1 has an entry of its own for an envelope, and Rekor
 * v2 takes only a hash with its signature, of an envelope that of its encoding.
 */
export function buildProposal(version: LogVersion, piece: SignedPiece): JsonObject {
  return version === 2 ? buildSecond(piece) : buildFirst(piece);
}

/** rekor_service.proto of rekor-tiles: HashedRekordRequestV002. */
function buildSecond({ signed, signature, signer }: SignedPiece): JsonObject {
  const held = { rawBytes: toBase64(signer.der) };
  return {
    hashedRekordRequestV002: {
      digest: createHash('sha256').update(signed).digest('base64'),
      signature: {
        content: toBase64(signature),
        verifier: {
          ...(signer.kind === 'key' ? { publicKey: held } : { x509Certificate: held }),
          keyDetails: 'PKIX_ECDSA_P256_SHA_256',
        },
      },
    },
  };
}

/** The schemas `hashedrekord` and `dsse`, both 0.0.1, of rekor. */
function buildFirst({ signed, envelope, signature, signer }: SignedPiece): JsonObject {
  const label = signer.kind === 'key' ? 'PUBLIC KEY' : 'CERTIFICATE';
  const pem = toBase64(Buffer.from(writePem(label, signer.der)));
  if (envelope !== null)
    return {
      apiVersion: '0.0.1',
      kind: 'dsse',
      spec: { proposedContent: { envelope, verifiers: [pem] } },
    };
  const value = createHash('sha256').update(signed).digest('hex');
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm: 'sha256', value } },
      signature: { content: toBase64(signature), publicKey: { content: pem } },
    },
  };
}

/**
 * The entry that a log gave, as a bundle holds it (TransparencyLogEntry); nothing in it is verified
 * here.
 */
export function readEntryAnswer(version: LogVersion, answer: JsonObject): Result<JsonObject> {
  const entry = version === 2 ? readSecond(answer) : readFirst(answer);
  return entry === null
    ? fail(
        'SIGNING_SERVICE_UNUSABLE',
        `the answer of the transparency log is no entry of Rekor v${version}`,
        'Check its address and the version of its API.',
      )
    : ok(entry);
}

const SECOND_MEMBERS = [
  'logIndex',
  'logId',
  'kindVersion',
  'inclusionProof',
  'canonicalizedBody',
] as const;

/** Empty members of protocol buffers are left out. */
function readSecond(answer: JsonObject): JsonObject | null {
  if (readObject(answer['inclusionProof']) === null) return null;
  const found = SECOND_MEMBERS.flatMap((name): [string, JsonValue][] => {
    const value = answer[name];
    return value === undefined || value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(found);
}

/** `{UUID: {body, integratedTime, logID, logIndex, verification}}` */
function readFirst(answer: JsonObject): JsonObject | null {
  const [entry, ...others] = Object.values(answer);
  if (!isJsonObject(entry) || others.length > 0) return null;
  const verification = takeObject(entry['verification']);
  const proof = takeObject(verification['inclusionProof']);
  const body = decodeBase64(entry['body']);
  const json = body === null ? null : parseJson(body, { bytesMax: body.length });
  const named = json?.ok === true ? takeObject(json.value) : {};
  const hashes = Array.isArray(proof['hashes']) ? (proof['hashes'] as readonly JsonValue[]) : null;
  const [logIndex, logID] = [toText(entry['logIndex']), toBase64Hex(entry['logID'])];
  if (body === null || logIndex === null || logID === null || hashes === null) return null;
  return {
    logIndex,
    logId: { keyId: logID },
    kindVersion: { kind: named['kind'] ?? '', version: named['apiVersion'] ?? '' },
    integratedTime: toText(entry['integratedTime']),
    inclusionPromise: { signedEntryTimestamp: verification['signedEntryTimestamp'] ?? null },
    inclusionProof: {
      logIndex: toText(proof['logIndex']),
      rootHash: toBase64Hex(proof['rootHash']),
      treeSize: toText(proof['treeSize']),
      hashes: hashes.map(toBase64Hex),
      checkpoint: { envelope: proof['checkpoint'] ?? null },
    },
    canonicalizedBody: toBase64(body),
  };
}

function toText(value: JsonValue | undefined): string | null {
  const count = value === undefined ? null : readCount(value);
  return count === null ? null : String(count);
}

function toBase64Hex(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && /^(?:[0-9a-f]{2}){1,64}$/.test(value)
    ? Buffer.from(value, 'hex').toString('base64')
    : null;
}

function takeObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
