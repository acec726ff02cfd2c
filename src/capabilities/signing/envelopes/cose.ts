import { LIMITS } from '../../../core/limits.ts';
import {
  type CborValue,
  encodeCbor,
  isCborMap,
  isCborTag,
  parseCbor,
  tagCbor,
} from '../../../formats/cbor/cbor.ts';
import type { SigningKey } from '../keys/port.ts';
import { accept, type CheckResult, reject } from '../reason.ts';
import type { SignatureAlgorithm } from '../x509/algorithm.ts';

export type CoseHeader = ReadonlyMap<CborValue, CborValue>;

/** A COSE_Sign1 (RFC 9052 section 4.2) as read: nothing in it is verified. */
export interface CoseSign1 {
  readonly protectedHeader: CoseHeader;
  /** Not signed. */
  readonly header: CoseHeader;
  /** `x5chain` of the unprotected header (RFC 9360 section 2): DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The signed octets: Sig_structure (RFC 9052 section 4.4). */
  readonly signed: Uint8Array;
}

/** Labels of RFC 9052 section 3.1 and RFC 9360. */
export const COSE_LABEL = { algorithm: 1, critical: 2, contentType: 3, chain: 33 } as const;
const SIGN1_TAG = 18;
/** Seconds since 1970 (RFC 8949 section 3.4.2). */
export const EPOCH_TAG = 1;
const RULES = { bytesMax: LIMITS.envelopeBytesMax, tags: [SIGN1_TAG, EPOCH_TAG] } as const;

/** RFC 9053 sections 2.1 and RFC 8230 section 2. */
const NUMBERS: readonly (readonly [number, SignatureAlgorithm])[] = [
  [-7, 'ES256'],
  [-35, 'ES384'],
  [-36, 'ES512'],
  [-37, 'PS256'],
  [-38, 'PS384'],
  [-39, 'PS512'],
];

export function findCoseAlgorithm(number: CborValue | undefined): SignatureAlgorithm | null {
  return NUMBERS.find(([own]) => own === number)?.[1] ?? null;
}

/**
 * Reads a tagged COSE_Sign1 strictly: an attached payload, no header in both places, and a chain of
 * certificates in the unprotected header (N22, N24). The signed octets hold the protected header as
 * it was received (N25).
 */
export function readCoseSign1(bytes: Uint8Array): CheckResult<CoseSign1> {
  const item = parseCbor(bytes, RULES);
  if (!item.ok) return reject('envelope-malformed', item.failure.message);
  // mutant cose-without-its-tag: remove operand
  if (!isCborTag(item.value, SIGN1_TAG) || !Array.isArray(item.value.value))
    return reject('envelope-malformed', 'it is not a tagged COSE_Sign1 (N22)');
  const parts = item.value.value as readonly CborValue[];
  const [head, header, payload, signature] = parts;
  if (
    parts.length !== 4 ||
    !(head instanceof Uint8Array) ||
    !isCborMap(header) ||
    !(payload instanceof Uint8Array) ||
    !(signature instanceof Uint8Array)
  )
    return reject('envelope-malformed', 'a part of the COSE_Sign1 is missing, or of another type');
  const fields = parseCbor(head, RULES);
  if (!fields.ok || !isCborMap(fields.value))
    return reject('envelope-malformed', 'its protected header is not a map');
  const protectedHeader = fields.value;
  // mutant cose-header-in-both-places: condition -> false
  if ([...header.keys()].some((label) => protectedHeader.has(label)))
    return reject('envelope-malformed', 'a header is in both places (RFC 9052 section 3)');
  const chain = readChain(header.get(COSE_LABEL.chain));
  if (chain === null)
    return reject('envelope-malformed', 'x5chain is not a list of certificates (N24)');
  const signed = buildSigStructure(head, payload);
  return accept({ protectedHeader, header, chain, payload, signature, signed });
}

/** A single certificate may stand alone (RFC 9360 section 2). */
function readChain(value: CborValue): readonly Uint8Array[] | null {
  const items: readonly CborValue[] = value instanceof Uint8Array ? [value] : toList(value);
  const chain = items.filter((item) => item instanceof Uint8Array);
  const isWhole = chain.length === items.length && chain.length > 0;
  return isWhole && chain.length <= LIMITS.chainCertificatesMax ? chain : null;
}

function toList(value: CborValue): readonly CborValue[] {
  return Array.isArray(value) ? (value as readonly CborValue[]) : [];
}

function buildSigStructure(head: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(['Signature1', head, new Uint8Array(0), payload]);
}

export interface CoseDraft {
  /** Beside the algorithm, which is the key's. */
  readonly protectedHeader: CoseHeader;
  readonly payload: Uint8Array;
  /** Beside `x5chain`, which is the key's chain. */
  readonly header: CoseHeader;
}

/**
 * A tagged COSE_Sign1; the signature is r‖s or PSS (RFC 9053 section 2.1, RFC 8230 section 2).
 * `describe` gives more of the unprotected header, when the signature is there.
 */
export async function signCose(
  draft: CoseDraft,
  key: SigningKey,
  describe: (signature: Uint8Array) => Promise<CoseHeader> = () => Promise.resolve(new Map()),
): Promise<Uint8Array> {
  const number = NUMBERS.find(([, algorithm]) => algorithm === key.algorithm)?.[0] ?? null;
  const head = encodeCbor(new Map([[COSE_LABEL.algorithm, number], ...draft.protectedHeader]));
  const signature = await key.sign(buildSigStructure(head, draft.payload));
  const more = await describe(signature);
  const header = new Map([[COSE_LABEL.chain, [...key.chain]], ...draft.header, ...more]);
  return encodeCbor(tagCbor(SIGN1_TAG, [head, header, draft.payload, signature]));
}
