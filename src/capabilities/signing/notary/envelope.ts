import { type Descriptor, parseDescriptor } from '../../../core/descriptor.ts';
import { type Instant, parseInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { accept, type CheckResult, quoteText, reject } from '../reason.ts';
import { isSignatureAlgorithm, type SignatureAlgorithm } from '../x509/algorithm.ts';

export const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';
export const HEADER = {
  scheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  agent: 'io.cncf.notary.signingAgent',
  timestamp: 'io.cncf.notary.timestampSignature',
} as const;
const PLUGIN = 'io.cncf.notary.verificationPlugin';

export type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority';

/** What a JWS envelope says, read strictly; neither signature nor chain has been looked at. */
export interface NotaryEnvelope {
  readonly algorithm: SignatureAlgorithm;
  readonly scheme: SigningScheme;
  /** The signer's claim, or the signing authority's assertion. */
  readonly signedAt: Instant;
  readonly expiresAt: Instant | null;
  readonly chain: readonly Uint8Array[];
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The octets that are signed (RFC 7515 §5.1). */
  readonly signed: Uint8Array;
  readonly hasTimestamp: boolean;
}

/** Reads a flattened JWS (N14) by the rules N14–N28 that need no key. */
export function readEnvelope(bytes: Uint8Array): CheckResult<NotaryEnvelope> {
  const json = parseStrictJson(bytes, 'envelope-malformed');
  if (!json.ok) return json;
  const {
    payload,
    protected: head,
    header,
    signature,
    ...others
  } = json.value as Record<string, JsonValue>;
  if (Object.keys(others).length > 0) {
    return reject(
      'envelope-malformed',
      `the envelope has ${quoteText(Object.keys(others)[0])}; only the flattened form is read`,
    );
  }
  const parts = [payload, head, signature].map((part) => decodeBase64Url(part));
  const [payloadBytes, headBytes, signatureBytes] = parts;
  if (!payloadBytes || !headBytes || !signatureBytes || !isJsonObject(header)) {
    return reject(
      'envelope-malformed',
      'payload, protected, header or signature is missing or not base64url',
    );
  }
  const fields = parseStrictJson(headBytes, 'envelope-malformed');
  if (!fields.ok) return fields;
  const shared = Object.keys(header).find((key) => Object.hasOwn(fields.value, key));
  if (shared !== undefined)
    return reject(
      'envelope-malformed',
      `the header ${quoteText(shared)} stands twice (RFC 7515 §7.2.1)`,
    );
  const chain = readChain(header['x5c']);
  if (chain === null)
    return reject('envelope-malformed', 'x5c is not a list of certificates (N21)');
  const meaning = readProtected(fields.value);
  if (!meaning.ok) return meaning;
  const signed = Buffer.from(`${String(head)}.${String(payload)}`, 'latin1');
  const rest = { chain, payload: payloadBytes, signature: signatureBytes, signed };
  return accept({
    ...meaning.value,
    ...rest,
    hasTimestamp: header[HEADER.timestamp] !== undefined,
  });
}

type ProtectedHeader = Pick<NotaryEnvelope, 'algorithm' | 'scheme' | 'signedAt' | 'expiresAt'>;

function readProtected(fields: JsonObject): CheckResult<ProtectedHeader> {
  const { alg, cty } = fields;
  if (!isSignatureAlgorithm(alg)) return reject('algorithm', `alg is ${quoteText(alg)} (N15)`);
  if (cty !== PAYLOAD_TYPE) return reject('content-type', `cty is ${quoteText(cty)} (N10)`);
  if (Object.hasOwn(fields, PLUGIN))
    return reject('plugin-required', 'it asks for a verification plugin');
  const scheme = fields[HEADER.scheme];
  if (scheme !== 'notary.x509' && scheme !== 'notary.x509.signingAuthority') {
    return reject('signing-scheme', `the signing scheme is ${quoteText(scheme)} (N26)`);
  }
  const critical = checkCritical(fields, scheme);
  if (!critical.ok) return critical;
  const times = readTimes(fields, scheme);
  return times.ok ? accept({ algorithm: alg, scheme, ...times.value }) : times;
}

const UNDERSTOOD: readonly JsonValue[] = [
  HEADER.scheme,
  HEADER.signingTime,
  HEADER.authenticSigningTime,
  HEADER.expiry,
];

/**
 * N17, N18, A18–A20: crit lists what must stand there, only headers that are there, and none that
 * we do not know.
 */
function checkCritical(fields: JsonObject, scheme: SigningScheme): CheckResult<null> {
  const crit = fields['crit'];
  if (!Array.isArray(crit) || crit.length === 0)
    return reject('critical-header', 'crit is missing or empty (N17)');
  const names = crit as readonly JsonValue[];
  if (new Set(names).size !== names.length)
    return reject('critical-header', 'crit names a header twice');
  const unknown = names.find((name) => !UNDERSTOOD.includes(name));
  if (unknown !== undefined)
    return reject('critical-header', `${quoteText(unknown)} is critical and unknown (N18)`);
  const absent = names.find((name) => !Object.hasOwn(fields, String(name)));
  if (absent !== undefined)
    return reject('critical-header', `crit names ${quoteText(absent)}, which is not there`);
  const required = [
    HEADER.scheme,
    ...(scheme === 'notary.x509' ? [] : [HEADER.authenticSigningTime]),
    ...(Object.hasOwn(fields, HEADER.expiry) ? [HEADER.expiry] : []),
  ];
  const missing = required.find((name) => !names.includes(name));
  return missing === undefined
    ? accept(null)
    : reject('critical-header', `crit does not name ${missing} (N17)`);
}

/** N19, N26, N28. */
function readTimes(
  fields: JsonObject,
  scheme: SigningScheme,
): CheckResult<Pick<ProtectedHeader, 'signedAt' | 'expiresAt'>> {
  const own = scheme === 'notary.x509' ? HEADER.signingTime : HEADER.authenticSigningTime;
  const other = scheme === 'notary.x509' ? HEADER.authenticSigningTime : HEADER.signingTime;
  if (Object.hasOwn(fields, other))
    return reject('signing-scheme', `${other} does not belong to ${scheme} (N26)`);
  const signedAt = readTime(fields[own]);
  if (signedAt === null)
    return reject('signing-time', `${own} is missing or not an RFC 3339 time (N19)`);
  if (!Object.hasOwn(fields, HEADER.expiry)) return accept({ signedAt, expiresAt: null });
  const expiresAt = readTime(fields[HEADER.expiry]);
  if (expiresAt === null) return reject('expiry', 'the expiry is not an RFC 3339 time (N19)');
  if (expiresAt <= signedAt)
    return reject('expiry', 'the expiry is not after the signing time (N28)');
  return accept({ signedAt, expiresAt });
}

function readTime(value: JsonValue | undefined): Instant | null {
  const parsed = typeof value === 'string' ? parseInstant(value) : null;
  return parsed?.ok === true ? parsed.value : null;
}

/** N10: `{"targetArtifact": descriptor}` and nothing beside it. */
export function readPayload(bytes: Uint8Array): CheckResult<Descriptor> {
  const value = readTarget(bytes);
  if (!value.ok) return value;
  const target = parseDescriptor(value.value);
  return target.ok ? accept(target.value) : reject('payload-malformed', target.failure.message);
}

/** N10: the one member, `targetArtifact`, as it stands. */
export function readTarget(bytes: Uint8Array): CheckResult<JsonValue> {
  const json = parseStrictJson(bytes, 'payload-malformed');
  if (!json.ok) return json;
  const keys = Object.keys(json.value);
  const target = json.value['targetArtifact'];
  if (keys.length === 1 && target !== undefined) return accept(target);
  return reject('payload-malformed', 'the payload is not one targetArtifact');
}

/**
 * A24: Go's decoder folds the case of keys, so keys that differ in case alone are refused as
 * duplicates.
 */
function parseStrictJson(
  bytes: Uint8Array,
  otherwise: 'envelope-malformed' | 'payload-malformed',
): CheckResult<JsonObject> {
  const json = parseJson(bytes, { bytesMax: LIMITS.envelopeBytesMax, foldKeyCase: true });
  if (json.ok)
    return isJsonObject(json.value)
      ? accept(json.value)
      : reject(otherwise, 'it is not a JSON object');
  const { code, message } = json.failure;
  const reason =
    code === 'DUPLICATE_KEY'
      ? 'duplicate-key'
      : code === 'LIMIT_EXCEEDED'
        ? 'too-large'
        : otherwise;
  return reject(reason, message);
}

function readChain(value: JsonValue | undefined): readonly Uint8Array[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > LIMITS.chainCertificatesMax)
    return null;
  const chain: Uint8Array[] = [];
  for (const item of value as readonly JsonValue[]) {
    const bytes = typeof item === 'string' ? Buffer.from(item, 'base64') : null;
    if (bytes === null || bytes.length === 0 || bytes.toString('base64') !== item) return null;
    chain.push(bytes);
  }
  return chain;
}

/** RFC 7515 §2: no padding, no other characters, no spare bits; null for anything else. */
export function decodeBase64Url(value: unknown): Uint8Array | null {
  if (typeof value !== 'string' || value === '') return null;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.toString('base64url') === value ? bytes : null;
}
