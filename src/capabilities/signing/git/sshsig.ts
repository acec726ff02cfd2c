import { createHash, hash as hashBytes, verify as nodeVerify } from 'node:crypto';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { decodeBase64 } from '../envelopes/base64.ts';
import { quoteText } from '../reason.ts';
import { type CommitReason, type CommitReasonCode, makeCommitReason } from './commit-reason.ts';
import { readPresence, readSshCertificate, type SshCertificate } from './ssh-certificate.ts';
import { countCurveBytes, readSshKey, type SshKey, type SshKeyFlaw } from './ssh-key.ts';
import { createWireReader, encodeWireString } from './ssh-wire.ts';

/** A signature file of ssh-keygen -Y (openssh-portable PROTOCOL.sshsig), read but not verified. */
export interface SshSignature {
  readonly key: SshKey;
  /** Where an authority vouches for the key. */
  readonly certificate: SshCertificate | null;
  readonly namespace: string;
  readonly hash: 'sha256' | 'sha512';
  /** The name of the scheme, and its signature as the scheme writes it. */
  readonly blob: Uint8Array;
}

type ReadResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: CommitReason };
type Refusal = { readonly ok: false; readonly reason: CommitReason };

const MAGIC = Buffer.from('SSHSIG');
const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';

/**
 * Reads an armoured SSH signature strictly: its two lines with nothing before or after them,
 * canonical base64 between them, the only existing version, no reserved content, and no bytes left
 * over.
 */
export function parseSshSignature(armour: Uint8Array): ReadResult<SshSignature> {
  if (armour.length > LIMITS.sshSignatureBytesMax)
    return refuseSignature('signature-malformed', 'the signature is too long');
  const binary = removeArmour(Buffer.from(armour).toString('latin1'));
  if (binary === null)
    return refuseSignature('signature-malformed', 'its armour or base64 is malformed');
  const wire = createWireReader(binary);
  wire.skip(MAGIC);
  const version = wire.uint32();
  const keyBlob = wire.string();
  const [namespace, reserved, hash] = [wire.text(), wire.string(), wire.text()];
  const blob = wire.string();
  if (!wire.isEnded())
    return refuseSignature(
      'signature-malformed',
      'it does not have the fields of an SSH signature',
    );
  if (version !== 1)
    return refuseSignature(
      'signature-malformed',
      `version ${version} of an SSH signature does not exist`,
    );
  if (reserved.length > 0)
    return refuseSignature('signature-malformed', 'its reserved field is used');
  if (hash !== 'sha256' && hash !== 'sha512') {
    return refuseSignature(
      'hash-algorithm',
      `its hash is ${quoteText(hash)}; only sha256 and sha512 are allowed`,
    );
  }
  const read = readSshKey(keyBlob);
  if (read.ok)
    return { ok: true, value: { key: read.key, certificate: null, namespace, hash, blob } };
  if (read.flaw !== 'certificate') return refuseKey(read.flaw);
  const certified = readSshCertificate(keyBlob);
  if (!certified.ok) return certified;
  const { certificate } = certified;
  return { ok: true, value: { key: certificate.key, certificate, namespace, hash, blob } };
}

/** Lines end in LF only, as git requires; the last line may have no end. */
function removeArmour(text: string): Buffer | null {
  const lines = text.replace(/\n$/, '').split('\n');
  if (lines.shift() !== BEGIN || lines.pop() !== END) return null;
  const base64 = lines.join('');
  return lines.includes('') ? null : decodeBase64(base64);
}

const KEY_FLAWS: Readonly<Record<SshKeyFlaw, readonly [CommitReasonCode, string]>> = {
  'key-malformed': ['signature-malformed', 'its public key cannot be read'],
  'key-algorithm': ['key-algorithm', 'keys of this kind may not sign'],
  'key-size': ['key-size', 'its RSA key has fewer than 2,048 or more than 8,192 bits'],
  certificate: ['certificate', 'its certificate cannot be read'],
};

function refuseKey(flaw: SshKeyFlaw): Refusal {
  return refuseSignature(...KEY_FLAWS[flaw]);
}

/** Why `signature` is not the signature of its key over `message`; null when it is. */
export function findSshSignatureFlaw(
  signature: SshSignature,
  message: Uint8Array,
): CommitReason | null {
  const { namespace, hash } = signature;
  const digest = hashBytes(hash, message, 'buffer');
  const signed = [
    MAGIC,
    encodeWireString(namespace),
    encodeWireString(''),
    encodeWireString(hash),
    encodeWireString(digest),
  ];
  const presence = readPresence(signature.certificate);
  return findSchemeFlaw(signature.key, signature.blob, { signed: Buffer.concat(signed), presence });
}

/** Why the authority of a certificate did not sign it; null when it did. */
export function findAuthorityFlaw({
  authority,
  covered,
  signature,
}: SshCertificate): CommitReason | null {
  const signed = Buffer.from(covered.buffer, covered.byteOffset, covered.byteLength);
  // An authority on a security key is used as it was made: no certificate says that a touch is
  // not needed.
  const flaw = findSchemeFlaw(authority, signature, { signed, presence: readPresence(null) });
  return flaw === null
    ? null
    : makeCommitReason('certificate', `its authority did not sign the certificate: ${flaw.text}`);
}

interface SignedData {
  readonly signed: Buffer;
  readonly presence: ReturnType<typeof readPresence>;
}

function findSchemeFlaw(
  key: SshKey,
  blob: Uint8Array,
  { signed, presence }: SignedData,
): CommitReason | null {
  const wire = createWireReader(blob);
  const scheme = wire.text();
  const value = wire.string();
  const security = key.application === null ? null : { flags: wire.byte(), counter: wire.uint32() };
  if (!wire.isEnded())
    return makeCommitReason('signature-malformed', 'the signature of its scheme cannot be read');
  const digest = selectDigest(key, scheme);
  if (digest === undefined)
    return makeCommitReason(
      'key-algorithm',
      `a ${key.kind} key does not sign with ${quoteText(scheme)}`,
    );
  const raw = toRawSignature(key, value);
  if (raw === null)
    return makeCommitReason('signature-malformed', 'the numbers of its signature cannot be read');
  const data = security === null ? signed : buildSecurityKeyData(key, security, signed);
  // mutant commit-signature-bytes by verify-commit also by demo: condition -> false
  if (!isSigned(key, digest, data, raw)) {
    return makeCommitReason(
      'signature-mismatch',
      'the signature is not over these bytes, or not by its key',
    );
  }
  // A security key proves that a person is present: without a touch, malware may have made the
  // signature.
  // mutant commit-security-key-untouched by verify-commit: operand 3 -> false
  if (security !== null && presence.touch && (security.flags & USER_PRESENT) === 0) {
    return makeCommitReason('not-touched', 'the security key signed without being touched');
  }
  // mutant ssh-certificate-verify-required by ssh-certificate: condition -> false
  if (presence.verify && ((security?.flags ?? 0) & USER_VERIFIED) === 0)
    return makeCommitReason('not-touched', 'its certificate asks for a PIN or a finger');
  return null;
}

const USER_PRESENT = 1;
const USER_VERIFIED = 4;

/**
 * The digest of the scheme, null for Ed25519; undefined when a key does not use the scheme: RSA
 * with SHA-1 is `ssh-rsa`.
 */
function selectDigest({ kind }: SshKey, scheme: string): string | null | undefined {
  if (kind === 'ssh-rsa')
    return getOwn({ 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' }, scheme);
  if (scheme !== kind) return undefined;
  const bytes = countCurveBytes(kind);
  if (bytes === null) return null;
  return bytes === 32 ? 'sha256' : bytes === 48 ? 'sha384' : 'sha512';
}

/** In the form of node:crypto: r‖s of an elliptic curve at full width. */
function toRawSignature({ kind, publicKey }: SshKey, value: Uint8Array): Uint8Array | null {
  const width = countCurveBytes(kind);
  if (width === null) {
    const modulusBits = publicKey.asymmetricKeyDetails?.modulusLength;
    const bytes = modulusBits === undefined ? ED25519_BYTES : Math.ceil(modulusBits / 8);
    if (value.length !== bytes) return null;
    return bytes > ED25519_BYTES || isBelowOrder(value.subarray(ED25519_BYTES / 2)) ? value : null;
  }
  const wire = createWireReader(value);
  const numbers = [wire.positive(), wire.positive()];
  if (!wire.isEnded() || numbers.some(({ length }) => length > width)) return null;
  return Buffer.concat(numbers.flatMap((number) => [Buffer.alloc(width - number.length), number]));
}

const ED25519_BYTES = 64;

/**
 * Order of the group of Ed25519 (RFC 8032 §5.1): a scalar beyond it would be a second form of one
 * signature.
 */
const ORDER = Buffer.from(
  '1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed',
  'hex',
);

function isBelowOrder(littleEndian: Uint8Array): boolean {
  return Buffer.from(littleEndian).reverse().compare(ORDER) < 0;
}

/**
 * The bytes that a security key signs (OpenSSH PROTOCOL.u2f): hash of the application, flags,
 * counter, hash of the data.
 */
function buildSecurityKeyData(
  key: SshKey,
  told: { readonly flags: number; readonly counter: number },
  signed: Buffer,
): Buffer {
  const fixed = Buffer.alloc(5);
  fixed.writeUInt8(told.flags);
  fixed.writeUInt32BE(told.counter, 1);
  const hash = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
  return Buffer.concat([hash(key.application ?? Buffer.alloc(0)), fixed, hash(signed)]);
}

function isSigned(
  { publicKey }: SshKey,
  digest: string | null,
  data: Buffer,
  signature: Uint8Array,
): boolean {
  try {
    return nodeVerify(digest, data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false; // OpenSSL throws for a signature that it cannot even read
  }
}

function refuseSignature(code: CommitReasonCode, text: string): Refusal {
  return { ok: false, reason: makeCommitReason(code, text) };
}
