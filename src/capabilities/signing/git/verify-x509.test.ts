import { KeyUsageFlags } from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../../test/support/certificates.ts';
import {
  armourCms,
  type CmsCertificate,
  type CmsChange,
  testCmsSigner,
} from '../../../../test/support/cms-commits.ts';
import { commitText, withSignature } from '../../../../test/support/ssh-commits.ts';
import { der, derOid } from '../../../../test/support/timestamps.ts';
import type { Instant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { closeLengths } from '../../../formats/der/ber.ts';
import { readDer } from '../../../formats/der/der.ts';
import { parseCertificates } from '../x509/certificate.ts';
import { parseCommit } from './commit.ts';
import type { CommitStanding } from './commit-signer.ts';
import { NO_KEYRING, NO_ROOTS, trustSshKeys, verifyCommit } from './verify-commit.ts';

const NOBODY = trustSshKeys(NO_KEYRING);
const ROOTS = parseCertificates(Buffer.from(testCmsSigner('alice').rootPem));
const TEXT = commitText();

interface Scene {
  readonly certificate?: CmsCertificate;
  readonly change?: CmsChange;
  readonly text?: string;
  readonly over?: string;
}

function standing({ certificate, change, text = TEXT, over = text }: Scene = {}): CommitStanding {
  const signature = testCmsSigner('alice', certificate).sign(Buffer.from(over), change);
  const commit = parseCommit(withSignature(text, armourCms(signature)), 'sha1');
  return verifyCommit(orThrow(commit), { ...NOBODY, x509: ROOTS });
}

function code(scene: Scene): string {
  const found = standing(scene);
  return found.kind === 'untrusted' ? found.reason.code : found.kind;
}

describe('X.509 signatures of commits', () => {
  it('D1 D14: a certificate under a named root signs, also as gpgsm writes it', () => {
    const trusted = {
      kind: 'trusted',
      authorMatches: true,
      committerMatches: true,
      signer: { principal: 'alice@example.com', addresses: ['alice@example.com'] },
    };
    expect(standing()).toMatchObject(trusted);
    expect(standing({ change: { openLengths: true } })).toMatchObject(trusted);
    expect(standing({ change: { at: null } })).toMatchObject(trusted);
    const bytes = withSignature(TEXT, armourCms(testCmsSigner('alice').sign(Buffer.from(TEXT))));
    const commit = orThrow(parseCommit(bytes, 'sha1'));
    expect(verifyCommit(commit, { ...NOBODY, x509: NO_ROOTS })).toMatchObject({
      kind: 'undetermined',
      cause: { code: 'TRUST_INVALID' },
    });
  });

  it('D4: only an alternative name of the certificate is an address of the signer', () => {
    const other = { addresses: ['bob@example.com'] };
    expect(standing({ certificate: other })).toMatchObject({ authorMatches: false });
    expect(
      standing({ certificate: { addresses: ['bob@example.com', 'alice@example.com'] } }),
    ).toMatchObject({ authorMatches: true });
  });

  it('A66: no byte of a signature can be another one', () => {
    const signer = testCmsSigner('alice');
    for (const openLengths of [false, true]) {
      const signature = signer.sign(Buffer.from(TEXT), { openLengths });
      const trusted: string[] = [];
      for (const [at] of signature.entries())
        for (const bit of [0x01, 0x10, 0x80]) {
          const changed = Buffer.from(signature);
          changed.writeUInt8(changed.readUInt8(at) ^ bit, at);
          const commit = parseCommit(withSignature(TEXT, armourCms(changed)), 'sha1');
          const { kind } = verifyCommit(orThrow(commit), { ...NOBODY, x509: ROOTS });
          if (kind === 'trusted') trusted.push(`${at} ^ ${bit}`);
        }
      expect(trusted).toEqual([]);
    }
  });

  it('A66: a hash with other parameters than NULL is not read as one without', () => {
    const withParameters =
      (parameters: Uint8Array) =>
      (signer: Buffer): readonly Buffer[] => {
        const parts = readDer(signer)?.children.map(({ bytes }) => bytes) ?? [];
        parts[2] = der(0x30, derOid('2.16.840.1.101.3.4.2.1'), parameters);
        return [der(0x30, ...parts)];
      };
    const ask = (...parameters: readonly number[]) =>
      code({ change: { signers: withParameters(Buffer.from(parameters)) } });
    expect([ask(5, 0), ask(4, 1, 0), ask(5, 0, 5, 0)]).toEqual([
      'trusted',
      'signature-malformed',
      'signature-malformed',
    ]);
  });

  it('A67: no certificate, two signers or own content is no signature', () => {
    expect(code({ change: { chain: () => [] } })).toBe('key-unknown');
    expect(code({ change: { signers: (one) => [one, one] } })).toBe('signature-malformed');
    expect(code({ change: { signers: () => [] } })).toBe('signature-malformed');
    expect(code({ change: { content: Buffer.from(TEXT) } })).toBe('signature-malformed');
    expect(code({ change: { contentType: '1.2.840.113549.1.7.2' } })).toBe('signature-malformed');
    expect(code({ change: { withoutAttributes: true } })).toBe('signature-malformed');
  });

  it('A29 A33: counts under a named root only, and only as a signer', () => {
    expect(code({ certificate: { root: 'other' } })).toBe('key-unknown');
    const { digitalSignature, nonRepudiation, keyEncipherment, keyCertSign } = KeyUsageFlags;
    expect(code({ certificate: { usage: nonRepudiation | keyEncipherment } })).toBe('trusted');
    expect(code({ certificate: { usage: keyEncipherment } })).toBe('certificate');
    expect(code({ certificate: { usage: digitalSignature | keyCertSign } })).toBe('certificate');
    expect(code({ certificate: { purpose: 3 } })).toBe('trusted');
    expect(code({ certificate: { purpose: 1 } })).toBe('certificate');
  });

  it('A68: a certificate of minutes proves nothing without its log entry', () => {
    expect(
      standing({ certificate: { fulcioIssuer: 'https://accounts.example.com' } }),
    ).toMatchObject({
      kind: 'undetermined',
      cause: { code: 'TRUST_INVALID' },
    });
    expect(code({ certificate: {} })).toBe('trusted');
  });

  it('A36: counts while every certificate was valid, and not by the clock of the machine', () => {
    const from = FIXTURE_NOW as number;
    const span = { validFrom: FIXTURE_NOW, validUntil: (from + 60_000) as Instant };
    const at = (ms: number): string =>
      code({ certificate: span, change: { at: (from + ms) as Instant } });
    expect([at(-1000), at(0), at(60_000), at(61_000)]).toEqual([
      'key-not-valid-then',
      'trusted',
      'trusted',
      'key-not-valid-then',
    ]);
  });

  it('D1: no changed byte of a commit counts, and none of its signature throws', () => {
    expect(code({ over: `${TEXT}x` })).toBe('signature-mismatch');
    const signature = testCmsSigner('alice').sign(Buffer.from(TEXT), { openLengths: true });
    const bytes = withSignature(TEXT, armourCms(signature));
    // Some of what is around a signature is not signed, and says nothing: it is never a crash.
    const inSignature = (at: number): boolean =>
      at > bytes.indexOf('gpgsig') && at < bytes.indexOf('\n\n');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        const commit = parseCommit(changed, 'sha1');
        if (!commit.ok) return;
        const found = verifyCommit(commit.value, { ...NOBODY, x509: ROOTS });
        if (!inSignature(at)) expect(found.kind).not.toBe('trusted');
      }),
      { numRuns: 200 },
    );
  });
});

describe('open lengths', () => {
  it('A64: any bytes have an element with closed lengths, or none', () => {
    expect(closeLengths(Buffer.from('30800201050000', 'hex'))).toEqual(
      Buffer.from('3003020105', 'hex'),
    );
    expect(closeLengths(Buffer.from('3080020105', 'hex'))).toBeNull();
    expect(closeLengths(Buffer.from('0480000000', 'hex'))).toBeNull();
    const deep = (depth: number): Buffer =>
      Buffer.concat([Buffer.alloc(2 * depth, '3080', 'hex'), Buffer.alloc(2 * depth)]);
    expect(closeLengths(deep(25))).not.toBeNull();
    expect(closeLengths(deep(26))).toBeNull();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void closeLengths(bytes)));
  });
});
