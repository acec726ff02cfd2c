import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { trimEndCharacters } from '../../../formats/text/cut.ts';
import { createWireReader, encodeWireString, type WireReader } from './ssh-wire.ts';

/**
 * Kinds of keys that may sign a commit. DSA keys may not (SHA-1, 1,024 bits); a certificate is
 * recognised but not verified.
 */
export type SshKeyKind =
  | 'ssh-ed25519'
  | 'ecdsa-sha2-nistp256'
  | 'ecdsa-sha2-nistp384'
  | 'ecdsa-sha2-nistp521'
  | 'ssh-rsa'
  | 'sk-ssh-ed25519@openssh.com'
  | 'sk-ecdsa-sha2-nistp256@openssh.com';

/**
 * A public key (RFC 4253 §6.6, RFC 5656, RFC 8709, OpenSSH PROTOCOL.u2f); equal keys have equal
 * bytes.
 */
export interface SshKey {
  readonly kind: SshKeyKind;
  readonly blob: Uint8Array;
  /** As ssh-keygen -l and git's %GF show it: `SHA256:` and base64 without padding. */
  readonly fingerprint: string;
  readonly publicKey: KeyObject;
  /**
   * For a security key: the application that it was registered for, which is part of the signed
   * bytes.
   */
  readonly application: Uint8Array | null;
}

export type SshKeyFlaw = 'key-malformed' | 'key-algorithm' | 'key-size' | 'certificate';
export type SshKeyResult =
  | { readonly ok: true; readonly key: SshKey }
  | { readonly ok: false; readonly flaw: SshKeyFlaw };

/** A smaller RSA key can be broken, a larger one costs seconds. OpenSSH takes 1,024 to 16,384. */
const RSA_BITS_MIN = 2_048;
const RSA_BITS_MAX = 8_192;
const EXPONENT_BYTES_MAX = 8;

interface Curve {
  readonly name: 'nistp256' | 'nistp384' | 'nistp521';
  readonly jwk: 'P-256' | 'P-384' | 'P-521';
  readonly bytes: number;
}

const P256: Curve = { name: 'nistp256', jwk: 'P-256', bytes: 32 };
const P384: Curve = { name: 'nistp384', jwk: 'P-384', bytes: 48 };
const P521: Curve = { name: 'nistp521', jwk: 'P-521', bytes: 66 };

const READERS: Readonly<Record<SshKeyKind, (wire: WireReader) => JsonWebKey | SshKeyFlaw | null>> =
  {
    'ssh-ed25519': readEd25519,
    'ecdsa-sha2-nistp256': (wire) => readPoint(wire, P256),
    'ecdsa-sha2-nistp384': (wire) => readPoint(wire, P384),
    'ecdsa-sha2-nistp521': (wire) => readPoint(wire, P521),
    'ssh-rsa': readRsa,
    'sk-ssh-ed25519@openssh.com': readEd25519,
    'sk-ecdsa-sha2-nistp256@openssh.com': (wire) => readPoint(wire, P256),
  };

function isSshKeyKind(text: string): text is SshKeyKind {
  return Object.hasOwn(READERS, text);
}

/**
 * Bytes of one number of an ECDSA signature by a key of this kind; null when the kind is not ECDSA.
 */
export function countCurveBytes(kind: SshKeyKind): number | null {
  if (!kind.includes('ecdsa')) return null;
  return [P256, P384, P521].find(({ name }) => kind.includes(name))?.bytes ?? null;
}

/**
 * Reads a public key strictly: nothing after it, numbers without needless zeros, points on their
 * curve.
 */
export function readSshKey(blob: Uint8Array): SshKeyResult {
  if (blob.length > READ_BYTES_MAX) return readBlob(blob);
  const text = Buffer.from(blob.buffer, blob.byteOffset, blob.length).toString('latin1');
  const known = READ.get(text);
  if (known !== undefined) return known;
  const read = readBlob(blob);
  if (READ.size >= READ_MAX) READ.clear();
  READ.set(text, read);
  return read;
}

/** The keys of a team sign thousands of commits, and each signature has its key in it. */
const READ = new Map<string, SshKeyResult>();
const READ_MAX = 256;
const READ_BYTES_MAX = 2_048;

function readBlob(blob: Uint8Array): SshKeyResult {
  const wire = createWireReader(blob);
  const kind = wire.text();
  if (/-cert-v\d\d@openssh\.com$/.test(kind)) return { ok: false, flaw: 'certificate' };
  if (!isSshKeyKind(kind))
    return {
      ok: false,
      flaw: /^[a-z0-9@.-]{3,64}$/.test(kind) ? 'key-algorithm' : 'key-malformed',
    };
  const jwk = READERS[kind](wire);
  const application = kind.startsWith('sk-') ? Buffer.from(wire.string()) : null;
  if (typeof jwk === 'string') return { ok: false, flaw: jwk };
  const publicKey = jwk === null || !wire.isEnded() ? null : importKey(jwk);
  if (publicKey === null) return { ok: false, flaw: 'key-malformed' };
  const hash = createHash('sha256').update(blob).digest('base64');
  const fingerprint = `SHA256:${trimEndCharacters(hash, '=')}`;
  return {
    ok: true,
    key: { kind, blob: Uint8Array.from(blob), fingerprint, publicKey, application },
  };
}

/** Whether a text is what ssh-keygen writes to a `.pub` file: a kind that may sign, and its key. */
export function isPublicKeyLine(text: string): boolean {
  const [kind, encoded = ''] = text.trim().split(' ');
  const read = readSshKey(Buffer.from(encoded, 'base64'));
  return read.ok && read.key.kind === kind && !text.trim().includes('\n');
}

const CERTIFICATE = '-cert-v01@openssh.com';

/**
 * The key within a certificate of `kind`, whose fields come next; null where it may not sign, or
 * cannot be read. It is the same key as without a certificate, with the same fingerprint.
 */
export function takeCertifiedKey(kind: string, wire: WireReader): SshKey | null {
  if (!kind.endsWith(CERTIFICATE)) return null;
  const bare = kind.slice(0, -CERTIFICATE.length);
  const plain = bare.startsWith('sk-') ? `${bare}@openssh.com` : bare;
  if (!isSshKeyKind(plain)) return null;
  const fields: Uint8Array[] = [];
  // What is read is kept, so that the plain key has its own bytes.
  const recording: WireReader = {
    ...wire,
    string: () => keep(wire.string()),
    text: () => Buffer.from(keep(wire.string())).toString('latin1'),
    positive: () => {
      const number = wire.positive();
      keep((number[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), number]) : number);
      return number;
    },
  };
  const keep = (bytes: Uint8Array): Uint8Array => {
    fields.push(bytes);
    return bytes;
  };
  READERS[plain](recording);
  if (plain.startsWith('sk-')) recording.string();
  if (!wire.isSound()) return null;
  const read = readSshKey(Buffer.concat([plain, ...fields].map(encodeWireString)));
  return read.ok ? read.key : null;
}

function readEd25519(wire: WireReader): JsonWebKey | null {
  const key = wire.string();
  return key.length === 32 ? { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(key) } : null;
}

/** Uncompressed points only, as in OpenSSH. */
function readPoint(wire: WireReader, curve: Curve): JsonWebKey | null {
  const name = wire.text();
  const point = wire.string();
  if (name !== curve.name || point.length !== 1 + 2 * curve.bytes || point[0] !== 4) return null;
  const [x, y] = [point.subarray(1, 1 + curve.bytes), point.subarray(1 + curve.bytes)];
  return { kty: 'EC', crv: curve.jwk, x: encodeBase64Url(x), y: encodeBase64Url(y) };
}

function readRsa(wire: WireReader): JsonWebKey | SshKeyFlaw | null {
  const [exponent, modulus] = [wire.positive(), wire.positive()];
  const isOdd = ((exponent.at(-1) ?? 0) & 1) === 1 && !(exponent.length === 1 && exponent[0] === 1);
  if (!isOdd || exponent.length > EXPONENT_BYTES_MAX) return 'key-malformed';
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  // mutant commit-short-rsa-key by verify-commit: remove operand
  if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) return 'key-size';
  return { kty: 'RSA', n: encodeBase64Url(modulus), e: encodeBase64Url(exponent) };
}

/** OpenSSL refuses a point that is not on its curve. */
function importKey(jwk: JsonWebKey): KeyObject | null {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return null;
  }
}

function encodeBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
