import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export type PgpKind =
  | 'ed25519-legacy'
  | 'ed25519'
  | 'ed448'
  | 'p256'
  | 'p384'
  | 'p521'
  | 'rsa3072'
  | 'rsa1024';

export interface TestPgpKey {
  readonly kind: PgpKind;
  readonly version: 4 | 6;
  readonly algorithm: number;
  readonly created: number;
  readonly body: Buffer;
  /** Upper-case hex. */
  readonly fingerprint: string;
  readonly privateKey: KeyObject;
}

/** 2025-01-01T00:00:00Z */
export const PGP_CREATED = 1_735_689_600;
/** 2026-01-01T00:00:00Z */
export const PGP_SIGNED = 1_767_225_600;

const CURVES = {
  p256: ['P-256', '2a8648ce3d030107'],
  p384: ['P-384', '2b81040022'],
  p521: ['P-521', '2b81040023'],
} as const;
const ALGORITHMS: Readonly<Record<PgpKind, number>> = {
  'ed25519-legacy': 22,
  ed25519: 27,
  ed448: 28,
  p256: 19,
  p384: 19,
  p521: 19,
  rsa3072: 1,
  rsa1024: 1,
};

function uint(value: number, width: number): Buffer {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntBE(value, 0, width);
  return bytes;
}

/** A multiprecision integer (RFC 9580 §3.2). */
export function integer(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (start < magnitude.length && magnitude[start] === 0) start++;
  const rest = Buffer.from(magnitude.subarray(start));
  const bits = rest.length === 0 ? 0 : rest.length * 8 - Math.clz32(rest[0] ?? 0) + 24;
  return Buffer.concat([uint(bits, 2), rest]);
}

export function packet(tag: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0xc0 | tag, 0xff]), uint(body.length, 4), body]);
}

export function testPgpKey(
  kind: PgpKind,
  { version = 4, created = PGP_CREATED }: { version?: 4 | 6; created?: number } = {},
): TestPgpKey {
  const { privateKey, publicKey } = makePair(kind);
  const numbers = publicNumbers(kind, publicKey);
  const algorithm = ALGORITHMS[kind];
  const size = version === 6 ? [uint(numbers.length, 4)] : [];
  const head = [Buffer.from([version]), uint(created, 4), Buffer.from([algorithm])];
  const body = Buffer.concat([...head, ...size, numbers]);
  const hash = createHash(version === 4 ? 'sha1' : 'sha256').update(frame(version, body));
  const fingerprint = hash.digest('hex').toUpperCase();
  return { kind, version, algorithm, created, body, fingerprint, privateKey };
}

function makePair(kind: PgpKind) {
  if (kind === 'rsa1024') return generateKeyPairSync('rsa', { modulusLength: 1024 });
  if (kind === 'rsa3072') return generateKeyPairSync('rsa', { modulusLength: 3072 });
  if (kind === 'ed448') return generateKeyPairSync('ed448');
  if (kind.startsWith('ed25519')) return generateKeyPairSync('ed25519');
  return generateKeyPairSync('ec', { namedCurve: CURVES[kind as keyof typeof CURVES][0] });
}

function publicNumbers(kind: PgpKind, key: KeyObject): Buffer {
  const jwk = key.export({ format: 'jwk' });
  const part = (name: 'n' | 'e' | 'x' | 'y'): Buffer => Buffer.from(jwk[name] ?? '', 'base64url');
  if (kind.startsWith('rsa')) return Buffer.concat([integer(part('n')), integer(part('e'))]);
  if (kind === 'ed25519' || kind === 'ed448') return part('x');
  if (kind === 'ed25519-legacy') {
    const oid = Buffer.from('092b06010401da470f01', 'hex');
    return Buffer.concat([oid, integer(Buffer.concat([Buffer.from([0x40]), part('x')]))]);
  }
  const oid = Buffer.from(CURVES[kind as keyof typeof CURVES][1], 'hex');
  const point = Buffer.concat([Buffer.from([4]), part('x'), part('y')]);
  return Buffer.concat([uint(oid.length, 1), oid, integer(point)]);
}

function frame(version: 4 | 6, body: Buffer): Buffer {
  const head =
    version === 4
      ? Buffer.concat([Buffer.from([0x99]), uint(body.length, 2)])
      : Buffer.concat([Buffer.from([0x9b]), uint(body.length, 4)]);
  return Buffer.concat([head, body]);
}

export interface PgpSignatureOptions {
  readonly type?: number;
  readonly hash?: number;
  readonly at?: number;
  /** Of a subkey that signs: the version and other fields come from `key`. */
  readonly hashed?: readonly Buffer[];
  readonly unhashed?: readonly Buffer[];
  /** Names another key than the one that signs. */
  readonly issuer?: string;
  readonly withoutTime?: boolean;
  /** The key id that it names, hex; null for none. */
  readonly keyId?: string | null;
}

export function subpacket(type: number, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0xff]), uint(data.length + 1, 4), Buffer.from([type]), data]);
}

const HASHES: Readonly<Record<number, string>> = {
  1: 'md5',
  2: 'sha1',
  3: 'ripemd160',
  8: 'sha256',
  9: 'sha384',
  10: 'sha512',
  12: 'sha3-256',
  14: 'sha3-512',
};
const SALTS: Readonly<Record<number, number>> = { 8: 16, 9: 24, 10: 32, 12: 16, 14: 32 };

/** The body of a signature packet over `parts`. */
export function pgpSignature(
  key: TestPgpKey,
  parts: readonly Uint8Array[],
  how: PgpSignatureOptions = {},
): Buffer {
  const { type = 0, hash = 10, at = PGP_SIGNED, issuer = key.fingerprint } = how;
  const { version } = key;
  const subpackets = Buffer.concat([
    ...(how.withoutTime === true ? [] : [subpacket(2, uint(at, 4))]),
    subpacket(33, Buffer.concat([Buffer.from([version]), Buffer.from(issuer, 'hex')])),
    ...(how.hashed ?? []),
  ]);
  const { keyId = version === 4 ? issuer.slice(-16) : null } = how;
  const named = keyId === null ? [] : [subpacket(16, Buffer.from(keyId, 'hex'))];
  const unhashed = Buffer.concat([...named, ...(how.unhashed ?? [])]);
  const width = version === 6 ? 4 : 2;
  const head = Buffer.from([version, type, key.algorithm, hash]);
  const hashedPart = Buffer.concat([head, uint(subpackets.length, width), subpackets]);
  const salt = version === 6 ? Buffer.alloc(SALTS[hash] ?? 16, 7) : Buffer.alloc(0);
  const end = Buffer.concat([Buffer.from([version, 0xff]), uint(hashedPart.length, 4)]);
  const covered = Buffer.concat([salt, ...parts, hashedPart, end]);
  const name = HASHES[hash] ?? 'sha512';
  const digest = createHash(name).update(covered).digest();
  return Buffer.concat([
    hashedPart,
    uint(unhashed.length, width),
    unhashed,
    digest.subarray(0, 2),
    ...(version === 6 ? [uint(salt.length, 1), salt] : []),
    signatureNumbers(key, covered, name, digest),
  ]);
}

function signatureNumbers(key: TestPgpKey, covered: Buffer, name: string, digest: Buffer): Buffer {
  const { kind, privateKey } = key;
  if (kind.startsWith('rsa')) return integer(sign(name, covered, privateKey));
  if (kind === 'ed25519' || kind === 'ed448') return sign(null, digest, privateKey);
  const raw =
    kind === 'ed25519-legacy'
      ? sign(null, digest, privateKey)
      : sign(name, covered, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const half = raw.length / 2;
  return Buffer.concat([integer(raw.subarray(0, half)), integer(raw.subarray(half))]);
}

export interface TestSubkey {
  readonly key: TestPgpKey;
  readonly flags?: number;
  readonly withoutBack?: boolean;
  readonly isRevoked?: boolean;
  readonly hashed?: readonly Buffer[];
  /** The primary key that binds it, where it is another. */
  readonly boundBy?: TestPgpKey;
}

export interface TestRing {
  readonly users?: readonly string[];
  readonly subkeys?: readonly TestSubkey[];
  /** Subpackets of each self-signature. */
  readonly hashed?: readonly Buffer[];
  readonly selfHash?: number;
  readonly selfAt?: number;
  readonly isRevoked?: boolean;
  readonly revokedUsers?: readonly string[];
  /** Packets after those of the primary key. */
  readonly direct?: readonly Buffer[];
}

/** A public key with its self-signatures, as gpg --export writes it. */
export function exportKey(key: TestPgpKey, ring: TestRing = {}): Buffer {
  const { users = ['Alice <alice@example.com>'], subkeys = [], selfHash, selfAt } = ring;
  const own = frame(key.version, key.body);
  const made = { at: selfAt ?? key.created, ...(selfHash === undefined ? {} : { hash: selfHash }) };
  const self = (type: number, parts: readonly Uint8Array[], more: readonly Buffer[] = []): Buffer =>
    packet(
      2,
      pgpSignature(key, parts, { ...made, type, hashed: [...(ring.hashed ?? []), ...more] }),
    );
  const pieces = [packet(6, key.body)];
  if (ring.isRevoked === true) pieces.push(self(0x20, [own]));
  pieces.push(...(ring.direct ?? []));
  for (const user of users) {
    const id = Buffer.from(user);
    const parts = [own, Buffer.from([0xb4]), uint(id.length, 4), id];
    pieces.push(packet(13, id), self(0x13, parts));
    if (ring.revokedUsers?.includes(user) === true) pieces.push(self(0x30, parts));
  }
  for (const subkey of subkeys) pieces.push(...exportSubkey(key, subkey, own));
  return Buffer.concat(pieces);
}

function exportSubkey(primary: TestPgpKey, subkey: TestSubkey, own: Buffer): readonly Buffer[] {
  const { key, flags = 2, boundBy = primary } = subkey;
  const parts = [own, frame(primary.version, key.body)];
  const back = pgpSignature(key, parts, { type: 0x19, at: key.created });
  const hashed = [
    subpacket(27, Buffer.from([flags])),
    ...(subkey.withoutBack === true ? [] : [subpacket(32, back)]),
    ...(subkey.hashed ?? []),
  ];
  const binding = pgpSignature(boundBy, parts, { type: 0x18, at: key.created, hashed });
  const revocation = pgpSignature(primary, parts, { type: 0x28, at: key.created });
  return [
    packet(14, key.body),
    packet(2, binding),
    ...(subkey.isRevoked === true ? [packet(2, revocation)] : []),
  ];
}

/** With a checksum, as GnuPG writes it: without one it misreads text that needs no padding. */
export function armourPgp(binary: Uint8Array, kind = 'SIGNATURE'): string {
  const lines =
    Buffer.from(binary)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const sum = `=${checksum(binary).toString('base64')}`;
  const body = [`-----BEGIN PGP ${kind}-----`, '', ...lines, sum];
  return [...body, `-----END PGP ${kind}-----`, ''].join('\n');
}

/** CRC-24 (RFC 9580 §6.1.1), one bit at a time. */
function checksum(bytes: Uint8Array): Buffer {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x800000) === 0 ? 0 : 0x1864cfb);
  }
  return Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff]);
}
