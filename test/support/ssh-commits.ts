import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { encodeWireString } from '../../src/capabilities/signing/git/ssh-wire.ts';

export type TestKeyKind =
  | 'ed25519'
  | 'p256'
  | 'p384'
  | 'p521'
  | 'rsa3072'
  | 'rsa1024'
  | 'sk-ed25519'
  | 'sk-p256'
  | 'dsa';

/** A key as ssh-keygen has it: its public line, and what signs. */
export interface TestSshKey {
  readonly kind: TestKeyKind;
  readonly type: string;
  readonly blob: Buffer;
  /** `TYPE BASE64`, as a line of allowed_signers holds it. */
  readonly line: string;
  readonly privateKey: KeyObject;
}

const CURVES = {
  p256: ['P-256', 'nistp256'],
  p384: ['P-384', 'nistp384'],
  p521: ['P-521', 'nistp521'],
} as const;
export const APPLICATION = 'ssh:';

export function testSshKey(kind: TestKeyKind): TestSshKey {
  const { privateKey, publicKey } = makeKeyPair(kind);
  const { type, fields } = publicFields(kind, publicKey);
  const application = kind.startsWith('sk-') ? [encodeWireString(APPLICATION)] : [];
  const blob = Buffer.concat([encodeWireString(type), ...fields, ...application]);
  return { kind, type, blob, line: `${type} ${blob.toString('base64')}`, privateKey };
}

function makeKeyPair(kind: TestKeyKind): {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
} {
  if (kind === 'dsa')
    return generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });
  if (kind === 'rsa1024') return generateKeyPairSync('rsa', { modulusLength: 1024 });
  if (kind === 'rsa3072') return generateKeyPairSync('rsa', { modulusLength: 3072 });
  const curve = kind.replace('sk-', '');
  if (curve === 'ed25519') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('ec', { namedCurve: CURVES[curve as keyof typeof CURVES][0] });
}

function publicFields(
  kind: TestKeyKind,
  key: KeyObject,
): { readonly type: string; readonly fields: readonly Buffer[] } {
  if (kind === 'dsa')
    return { type: 'ssh-dss', fields: dsaNumbers(key).map(positive).map(encodeWireString) };
  const jwk = key.export({ format: 'jwk' });
  const part = (name: 'n' | 'e' | 'x' | 'y'): Buffer => Buffer.from(jwk[name] ?? '', 'base64url');
  if (kind.startsWith('rsa'))
    return {
      type: 'ssh-rsa',
      fields: [encodeWireString(positive(part('e'))), encodeWireString(positive(part('n')))],
    };
  if (kind.endsWith('ed25519')) {
    return {
      type: kind === 'ed25519' ? 'ssh-ed25519' : 'sk-ssh-ed25519@openssh.com',
      fields: [encodeWireString(part('x'))],
    };
  }
  const [, name] = CURVES[kind.replace('sk-', '') as keyof typeof CURVES];
  const type = kind === 'sk-p256' ? 'sk-ecdsa-sha2-nistp256@openssh.com' : `ecdsa-sha2-${name}`;
  return {
    type,
    fields: [
      encodeWireString(name),
      encodeWireString(Buffer.concat([Buffer.from([4]), part('x'), part('y')])),
    ],
  };
}

/**
 * p, q, g and y from SubjectPublicKeyInfo: every INTEGER in order; y is in the BIT STRING after
 * them.
 */
function dsaNumbers(key: KeyObject): readonly Buffer[] {
  const der = key.export({ format: 'der', type: 'spki' });
  const numbers: Buffer[] = [];
  for (let at = 0; at < der.length && numbers.length < 4; ) {
    const tag = der[at];
    const first = der[at + 1] ?? 0;
    const wide = first > 0x80 ? first - 0x80 : 0;
    const length = wide === 0 ? first : der.readUIntBE(at + 2, wide);
    const body = at + 2 + wide;
    if (tag === 2) numbers.push(der.subarray(body, body + length));
    at = tag === 0x30 ? body : tag === 3 ? body + 1 : body + length;
  }
  return numbers;
}

/** Big-endian without unnecessary zeros, and with one zero before a set highest bit. */
export function positive(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (start < magnitude.length && magnitude[start] === 0) start++;
  const rest = Buffer.from(magnitude.subarray(start));
  return (rest[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), rest]) : rest;
}

export interface SshSignatureOptions {
  readonly namespace?: string;
  readonly hash?: string;
  readonly version?: number;
  readonly reserved?: string;
  /** `rsa-sha2-512` and the like. */
  readonly scheme?: string;
  readonly flags?: number;
}

/** The binary of a signature file over `message`. */
export function sshSignature(
  key: TestSshKey,
  message: Uint8Array,
  how: SshSignatureOptions = {},
): Buffer {
  const { namespace = 'git', hash = 'sha512', version = 1, reserved = '' } = how;
  const digest = createHash(['sha1', 'sha256'].includes(hash) ? hash : 'sha512')
    .update(message)
    .digest();
  const data = [
    Buffer.from('SSHSIG'),
    encodeWireString(namespace),
    encodeWireString(''),
    encodeWireString(hash),
    encodeWireString(digest),
  ];
  const versionBytes = Buffer.alloc(4);
  versionBytes.writeUInt32BE(version);
  return Buffer.concat([
    Buffer.from('SSHSIG'),
    versionBytes,
    encodeWireString(key.blob),
    ...[namespace, reserved, hash].map(encodeWireString),
    encodeWireString(schemeSignature(key, Buffer.concat(data), how)),
  ]);
}

export function schemeSignature(
  key: TestSshKey,
  data: Buffer,
  { scheme, flags = 1 }: SshSignatureOptions,
): Buffer {
  const name = scheme ?? (key.type === 'ssh-rsa' ? 'rsa-sha2-512' : key.type);
  const { kind, privateKey } = key;
  if (kind === 'dsa') {
    return Buffer.concat([
      encodeWireString(name),
      encodeWireString(sign('sha1', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
    ]);
  }
  if (kind.startsWith('rsa')) {
    const digest = { 'rsa-sha2-256': 'sha256', 'ssh-rsa': 'sha1' }[name] ?? 'sha512';
    return Buffer.concat([
      encodeWireString(name),
      encodeWireString(sign(digest, data, privateKey)),
    ]);
  }
  const isSecurityKey = kind.startsWith('sk-');
  const told = Buffer.from([flags, 0, 0, 0, 7]);
  const sha256 = (bytes: Uint8Array | string): Buffer =>
    createHash('sha256').update(bytes).digest();
  const signed = isSecurityKey ? Buffer.concat([sha256(APPLICATION), told, sha256(data)]) : data;
  return Buffer.concat([
    encodeWireString(name),
    encodeWireString(curveSignature(key, signed)),
    ...(isSecurityKey ? [told] : []),
  ]);
}

function curveSignature({ kind, privateKey }: TestSshKey, signed: Buffer): Buffer {
  if (kind.endsWith('ed25519')) return sign(null, signed, privateKey);
  const digest = kind.endsWith('p256') ? 'sha256' : kind === 'p384' ? 'sha384' : 'sha512';
  const raw = sign(digest, signed, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const half = raw.length / 2;
  return Buffer.concat(
    [raw.subarray(0, half), raw.subarray(half)].map(positive).map(encodeWireString),
  );
}

export function armoured(binary: Uint8Array, lineEnd = '\n'): string {
  const lines =
    Buffer.from(binary)
      .toString('base64')
      .match(/.{1,70}/g) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join(
    lineEnd,
  );
}

export interface TestCommit {
  readonly author?: string;
  readonly committer?: string;
  readonly seconds?: number;
  readonly tree?: string;
  readonly parents?: readonly string[];
  /** Lines between the committer and the blank line. */
  readonly headers?: string;
  readonly message?: string;
}

export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
export const WHEN = 1_767_225_600; // 2026-01-01T00:00:00Z

export function commitText(commit: TestCommit = {}): string {
  const {
    author = 'Alice <alice@example.com>',
    committer = author,
    seconds = WHEN,
    message = 'change\n',
  } = commit;
  const parents = (commit.parents ?? []).map((parent) => `parent ${parent}\n`).join('');
  const people = `author ${author} ${seconds} +0000\ncommitter ${committer} ${seconds} +0000\n`;
  return `tree ${commit.tree ?? EMPTY_TREE}\n${parents}${people}${commit.headers ?? ''}\n${message}`;
}

/** The signature as a header after the others, where git writes it. */
export function withSignature(payload: string, armour: string, header = 'gpgsig'): Buffer {
  const [end] = [payload.indexOf('\n\n')];
  const folded = armour.replace(/\n$/, '').split('\n').join('\n ');
  return Buffer.from(
    `${payload.slice(0, end)}\n${header} ${folded}${payload.slice(end)}`,
    'latin1',
  );
}

/** A commit that `key` signed. */
export function signedCommit(
  key: TestSshKey,
  commit: TestCommit = {},
  how: SshSignatureOptions = {},
): Buffer {
  const payload = Buffer.from(commitText(commit)).toString('latin1');
  return withSignature(payload, armoured(sshSignature(key, Buffer.from(payload, 'latin1'), how)));
}
