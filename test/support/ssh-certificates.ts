import { encodeWireString } from '../../src/capabilities/signing/git/ssh-wire.ts';
import { schemeSignature, type TestSshKey } from './ssh-commits.ts';

export interface TestCertificate {
  readonly serial?: bigint;
  readonly type?: number;
  readonly keyId?: string;
  readonly principals?: readonly string[];
  readonly validAfter?: bigint;
  readonly validBefore?: bigint;
  /** Names, each with the data of an option that has none. */
  readonly critical?: readonly string[];
  readonly extensions?: readonly string[];
  readonly reserved?: string;
  /** The key that signs, where it is not that of the authority. */
  readonly signedBy?: TestSshKey;
}

function number(value: bigint, width: 4 | 8): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes.subarray(8 - width);
}

/** The same key, whose signatures carry a certificate by `authority` (PROTOCOL.certkeys). */
export function certify(
  key: TestSshKey,
  authority: TestSshKey,
  how: TestCertificate = {},
): TestSshKey {
  const { serial = 7n, type = 1, keyId = 'alice', principals = ['alice@example.com'] } = how;
  const { validAfter = 0n, validBefore = 0xffffffffffffffffn, reserved = '' } = how;
  const name = `${key.type.replace(/@openssh\.com$/, '')}-cert-v01@openssh.com`;
  const options = (names: readonly string[]): Buffer =>
    Buffer.concat(names.flatMap((one) => [encodeWireString(one), encodeWireString('')]));
  const covered = Buffer.concat([
    encodeWireString(name),
    encodeWireString('a nonce'),
    key.blob.subarray(encodeWireString(key.type).length),
    number(serial, 8),
    number(BigInt(type), 4),
    encodeWireString(keyId),
    encodeWireString(Buffer.concat(principals.map(encodeWireString))),
    number(validAfter, 8),
    number(validBefore, 8),
    encodeWireString(options(how.critical ?? [])),
    encodeWireString(options(how.extensions ?? [])),
    encodeWireString(reserved),
    encodeWireString(authority.blob),
  ]);
  const signature = schemeSignature(how.signedBy ?? authority, covered, {});
  return { ...key, blob: Buffer.concat([covered, encodeWireString(signature)]) };
}

/** A binary list of revoked keys with these sections (PROTOCOL.krl). */
export function writeKrl(
  sections: readonly (readonly [number, Uint8Array])[],
  version = 1,
): Buffer {
  return Buffer.concat([
    Buffer.from('SSHKRL\n\0', 'latin1'),
    number(BigInt(version), 4),
    Buffer.alloc(24),
    encodeWireString(''),
    encodeWireString('a comment'),
    ...sections.flatMap(([type, body]) => [Buffer.of(type), encodeWireString(body)]),
  ]);
}

/** The section about certificates of one authority; empty: of every one. */
export function certificateSection(
  authority: Uint8Array,
  parts: readonly (readonly [number, Uint8Array])[],
): readonly [number, Buffer] {
  const inner = parts.flatMap(([type, body]) => [Buffer.of(type), encodeWireString(body)]);
  return [1, Buffer.concat([encodeWireString(authority), encodeWireString(''), ...inner])];
}

export const serials = (...all: readonly bigint[]): Buffer =>
  Buffer.concat(all.map((one) => number(one, 8)));
