import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  certificateSection,
  certify,
  serials,
  type TestCertificate,
  writeKrl,
} from '../../../../test/support/ssh-certificates.ts';
import { testSshKey } from '../../../../test/support/ssh-commits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseKrl } from './krl.ts';
import { readSshCertificate } from './ssh-certificate.ts';
import { readSshKey } from './ssh-key.ts';
import { encodeWireString } from './ssh-wire.ts';

const [KEY, OTHER, AUTHORITY] = ['ed25519', 'ed25519', 'p256'].map((kind) =>
  testSshKey(kind as 'ed25519'),
) as [ReturnType<typeof testSshKey>, ReturnType<typeof testSshKey>, ReturnType<typeof testSshKey>];

function revokes(list: Uint8Array, how: TestCertificate | null = null, key = KEY): boolean {
  const plain = readSshKey(key.blob);
  if (!plain.ok) throw new Error(plain.flaw);
  const read = how === null ? null : readSshCertificate(certify(key, AUTHORITY, how).blob);
  if (read?.ok === false) throw new Error(read.reason.text);
  return orThrow(parseKrl(list)).revokes(plain.key, read?.certificate ?? null);
}

describe('a KRL', () => {
  it('A70: revokes a key by its bytes and by its hashes', () => {
    const sha = (name: string): Buffer => createHash(name).update(KEY.blob).digest();
    for (const section of [
      [2, encodeWireString(KEY.blob)],
      [3, encodeWireString(sha('sha1'))],
      [5, encodeWireString(sha('sha256'))],
    ] as const) {
      expect(revokes(writeKrl([section]))).toBe(true);
      expect(revokes(writeKrl([section]), null, OTHER)).toBe(false);
      expect(revokes(writeKrl([section]), {})).toBe(true);
    }
    expect(revokes(writeKrl([]))).toBe(false);
  });

  it('A70: revokes certificates by serial, span, bits, key id and authority', () => {
    const about = (type: number, body: Uint8Array, authority: Uint8Array = AUTHORITY.blob) =>
      writeKrl([certificateSection(authority, [[type, body]])]);
    const cases = [
      about(0x20, serials(5n, 7n)),
      about(0x21, serials(6n, 7n)),
      about(0x22, Buffer.concat([serials(4n), encodeWireString(Buffer.of(0b1000))])),
      about(0x23, encodeWireString('alice')),
      about(0x20, serials(7n), Buffer.alloc(0)),
    ];
    for (const list of cases) {
      expect(revokes(list, {})).toBe(true);
      expect(revokes(list)).toBe(false);
      expect(revokes(list, { serial: 8n, keyId: 'bob' })).toBe(false);
    }
    expect(revokes(about(0x20, serials(7n), OTHER.blob), {})).toBe(false);
    expect(revokes(about(0x21, serials(0n, 9n)), { serial: 0n })).toBe(false);
    expect(revokes(writeKrl([[2, encodeWireString(AUTHORITY.blob)]]), {})).toBe(true);
  });

  it('A70: is a failure where a part is unknown or cut, because it could revoke something', () => {
    const refused = (list: Uint8Array): boolean => !parseKrl(list).ok;
    expect(refused(writeKrl([[9, Buffer.alloc(0)]]))).toBe(true);
    expect(refused(writeKrl([[255, encodeWireString('x')]]))).toBe(true);
    expect(refused(writeKrl([certificateSection(AUTHORITY.blob, [[0x39, Buffer.alloc(0)]])]))).toBe(
      true,
    );
    expect(refused(writeKrl([], 2))).toBe(true);
    const whole = writeKrl([[2, encodeWireString(KEY.blob)]]);
    const head = writeKrl([]).length;
    for (let end = 0; end < whole.length; end++)
      expect(refused(whole.subarray(0, end))).toBe(end !== head);
  });

  it('A70: any bytes are a list or a failure', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        parseKrl(bytes);
        parseKrl(Buffer.concat([writeKrl([]), bytes]));
        readSshCertificate(bytes);
      }),
    );
  });
});
