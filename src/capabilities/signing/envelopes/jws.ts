import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { SigningKey } from '../keys/port.ts';
import { accept, type CheckResult, quoteText, reject } from '../reason.ts';
import { decodeBase64, decodeBase64Url } from './base64.ts';
import { readJsonObject } from './json-object.ts';

/** A flattened JWS (RFC 7515 §7.2.2) as read: nothing in it is verified. */
export interface Jws {
  readonly protectedHeader: JsonObject;
  /** Not signed. */
  readonly header: JsonObject;
  /** `x5c` of the unprotected header (RFC 7515 §4.1.6): DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The signed octets (RFC 7515 §5.1). */
  readonly signed: Uint8Array;
}

const RULES = { bytesMax: LIMITS.envelopeBytesMax, malformed: 'envelope-malformed' } as const;

/**
 * Reads a flattened JWS strictly: no other member, canonical base64url, no header in both places,
 * and a chain of certificates in the unprotected header (N14, N21).
 */
export function readJws(bytes: Uint8Array): CheckResult<Jws> {
  const json = readJsonObject(bytes, RULES);
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
  const fields = readJsonObject(headBytes, RULES);
  if (!fields.ok) return fields;
  const shared = Object.keys(header).find((key) => Object.hasOwn(fields.value, key));
  if (shared !== undefined)
    return reject(
      'envelope-malformed',
      `the header ${quoteText(shared)} occurs twice (RFC 7515 §7.2.1)`,
    );
  const chain = readChain(header['x5c']);
  if (chain === null)
    return reject('envelope-malformed', 'x5c is not a list of certificates (N21)');
  const signed = Buffer.from(`${String(head)}.${String(payload)}`, 'latin1');
  return accept({
    protectedHeader: fields.value,
    header,
    chain,
    payload: payloadBytes,
    signature: signatureBytes,
    signed,
  });
}

function readChain(value: JsonValue | undefined): readonly Uint8Array[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > LIMITS.chainCertificatesMax)
    return null;
  const chain: Uint8Array[] = [];
  for (const item of value as readonly JsonValue[]) {
    const bytes = decodeBase64(item);
    if (bytes === null) return null;
    chain.push(bytes);
  }
  return chain;
}

export interface JwsDraft {
  readonly protectedHeader: JsonObject;
  readonly payload: JsonObject;
  /** Beside `x5c`, which is the key's chain. */
  readonly header: JsonObject;
}

/**
 * A flattened JWS with its chain in `x5c`; the signature is r‖s or PSS (RFC 7518 §3.4, §3.5).
 * `describe` gives more of the unprotected header, when the signature is there.
 */
export async function signJws(
  draft: JwsDraft,
  key: SigningKey,
  describe: (signature: Uint8Array) => Promise<JsonObject> = () => Promise.resolve({}),
): Promise<Uint8Array> {
  const protectedPart = encodePart(draft.protectedHeader);
  const payload = encodePart(draft.payload);
  const signature = await key.sign(Buffer.from(`${protectedPart}.${payload}`, 'latin1'));
  const more = await describe(signature);
  const x5c = key.chain.map((der) => Buffer.from(der).toString('base64'));
  const envelope = {
    payload,
    protected: protectedPart,
    header: { x5c, ...draft.header, ...more },
    signature: Buffer.from(signature).toString('base64url'),
  };
  return Buffer.from(JSON.stringify(envelope));
}

function encodePart(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
