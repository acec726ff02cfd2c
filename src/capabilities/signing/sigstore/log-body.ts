import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { readPem } from '../../../formats/der/pem.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import { decodeBase64 } from '../envelopes/base64.ts';
import { isSameBytes } from '../x509/chain-links.ts';
import type { LogEntry } from './bundle.ts';
import { readBytes, readObject } from './members.ts';

/** What a log entry must be about (S10): this content, this signature, and this signer. */
export interface SignedMaterial {
  /** The bytes that are signed: of an envelope, its pre-authentication encoding. */
  readonly signed: Uint8Array;
  /** The payload of an envelope; null for a message. */
  readonly payload: Uint8Array | null;
  /** The envelope as it was written, where that is known. */
  readonly envelope: Uint8Array | null;
  readonly signature: Uint8Array;
  /** DER of the certificate, or of the public key. */
  readonly signer: Uint8Array;
}

/**
 * Why a log entry is not about this signature; null if it is. A44: an entry of somebody else's
 * signature proves nothing about this one.
 */
export function findMismatch(entry: LogEntry, material: SignedMaterial): string | null {
  const json = parseJson(entry.body, { bytesMax: LIMITS.envelopeBytesMax, foldKeyCase: true });
  if (!json.ok || !isJsonObject(json.value)) return 'its body is no JSON object';
  const { kind, apiVersion, spec } = json.value;
  // mutant entry-of-another-kind: condition -> false
  if (kind !== entry.kind || apiVersion !== entry.version) return 'its body is of another kind';
  const check = FORMS.get(`${entry.kind} ${entry.version}`);
  if (check === undefined || !isJsonObject(spec))
    return `${JSON.stringify(entry.kind.slice(0, 40))} is no kind of entry that is read here`;
  return check(spec, material);
}

type BodyCheck = (spec: JsonObject, material: SignedMaterial) => string | null;

const OTHER_CONTENT = 'it is about another content';
const OTHER_SIGNATURE = 'it is about another signature';
const OTHER_SIGNER = 'it is about another key or certificate';

function checkHashedRekord(spec: JsonObject, material: SignedMaterial): string | null {
  const hash = at(spec, 'data', 'hash');
  const value = hash?.['algorithm'] === 'sha256' ? hash['value'] : null;
  // mutant entry-of-another-artifact: condition -> false
  if (value !== hashHex(material.signed)) return OTHER_CONTENT;
  const { content, publicKey } = at(spec, 'signature') ?? {};
  // mutant entry-of-another-signature: condition -> false
  if (!hasBytes(content, material.signature)) return OTHER_SIGNATURE;
  const key = readObject(publicKey);
  const pem = key === null || key === 'malformed' ? undefined : key['content'];
  // mutant entry-of-another-signer: condition -> false
  return hasPem(pem, material.signer) ? null : OTHER_SIGNER;
}

function checkHashedRekord2(spec: JsonObject, material: SignedMaterial): string | null {
  const record = at(spec, 'hashedRekordV002');
  const data = record === null ? null : at(record, 'data');
  // mutant new-entry-of-another-artifact: condition -> false
  if (data?.['algorithm'] !== 'SHA2_256' || !hasHash(data['digest'], material.signed))
    return OTHER_CONTENT;
  return checkSignature2(record === null ? null : at(record, 'signature'), material);
}

/** Rekor v2: a signature with its verifier. */
function checkSignature2(signature: JsonObject | null, material: SignedMaterial): string | null {
  // mutant new-entry-of-another-signature: condition -> false
  if (!hasBytes(signature?.['content'], material.signature)) return OTHER_SIGNATURE;
  const verifier = signature === null ? null : at(signature, 'verifier');
  const held =
    verifier === null ? null : (at(verifier, 'x509Certificate') ?? at(verifier, 'publicKey'));
  // mutant new-entry-of-another-signer: condition -> false
  return hasBytes(held?.['rawBytes'], material.signer) ? null : OTHER_SIGNER;
}

function checkDsse(spec: JsonObject, material: SignedMaterial): string | null {
  const hash = at(spec, 'payloadHash');
  const isAbout = material.payload !== null && hash?.['value'] === hashHex(material.payload);
  // mutant entry-of-another-payload: condition -> false
  if (!isAbout || hash['algorithm'] !== 'sha256') return OTHER_CONTENT;
  const one = onlyOne(spec['signatures']);
  // mutant entry-of-another-envelope: condition -> false
  if (!hasBytes(one?.['signature'], material.signature)) return OTHER_SIGNATURE;
  return hasPem(one?.['verifier'], material.signer) ? null : OTHER_SIGNER;
}

function checkDsse2(spec: JsonObject, material: SignedMaterial): string | null {
  const record = at(spec, 'dsseV002');
  const hash = record === null ? null : at(record, 'payloadHash');
  const isAbout = material.payload !== null && hasHash(hash?.['digest'], material.payload);
  if (!isAbout || hash?.['algorithm'] !== 'SHA2_256') return OTHER_CONTENT;
  return checkSignature2(onlyOne(record?.['signatures']), material);
}

/** The signature of the envelope is in the body in base64 twice. */
function checkIntoto2(spec: JsonObject, material: SignedMaterial): string | null {
  const content = at(spec, 'content');
  const hash = content === null ? null : at(content, 'payloadHash');
  const isAbout = material.payload !== null && hash?.['value'] === hashHex(material.payload);
  if (!isAbout || hash['algorithm'] !== 'sha256') return OTHER_CONTENT;
  const envelope = content === null ? null : at(content, 'envelope');
  const one = onlyOne(envelope?.['signatures']);
  const inner = decodeBase64(one?.['sig']);
  if (inner === null || !hasBytes(inner.toString('latin1'), material.signature))
    return OTHER_SIGNATURE;
  return hasPem(one?.['publicKey'], material.signer) ? null : OTHER_SIGNER;
}

/** The oldest form has only the hash of the whole envelope, which covers the signature. */
function checkIntoto1(spec: JsonObject, material: SignedMaterial): string | null {
  const content = at(spec, 'content');
  const hash = content === null ? null : at(content, 'hash');
  const isAbout = material.envelope !== null && hash?.['value'] === hashHex(material.envelope);
  if (!isAbout || hash['algorithm'] !== 'sha256') return OTHER_CONTENT;
  return hasPem(spec['publicKey'], material.signer) ? null : OTHER_SIGNER;
}

const FORMS: ReadonlyMap<string, BodyCheck> = new Map([
  ['hashedrekord 0.0.1', checkHashedRekord],
  ['hashedrekord 0.0.2', checkHashedRekord2],
  ['dsse 0.0.1', checkDsse],
  ['dsse 0.0.2', checkDsse2],
  ['intoto 0.0.1', checkIntoto1],
  ['intoto 0.0.2', checkIntoto2],
]);

function at(value: JsonObject, ...path: readonly string[]): JsonObject | null {
  let found: JsonObject | null = value;
  for (const name of path) {
    const inner: JsonObject | null | 'malformed' = readObject(
      found === null ? undefined : getOwn(found, name),
    );
    found = inner === 'malformed' ? null : inner;
  }
  return found;
}

function onlyOne(value: JsonValue | undefined): JsonObject | null {
  const [first, ...others] = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return isJsonObject(first) && others.length === 0 ? first : null;
}

function hashHex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function hasHash(value: JsonValue | undefined, bytes: Uint8Array): boolean {
  return readBytes(value)?.equals(createHash('sha256').update(bytes).digest()) === true;
}

function hasBytes(value: JsonValue | undefined, bytes: Uint8Array): boolean {
  const decoded = readBytes(value);
  return decoded !== null && isSameBytes(decoded, bytes);
}

/** PEM in base64: of the certificate, or of the public key. */
function hasPem(value: JsonValue | undefined, der: Uint8Array): boolean {
  const bytes = readBytes(value);
  const text = bytes === null ? null : decodeUtf8(bytes);
  const [block, ...others] = text?.ok === true ? (readPem(text.value) ?? []) : [];
  return block !== undefined && others.length === 0 && isSameBytes(block.bytes, der);
}
