import { constants, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, Certificate, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedKey, resign, testAuthority, testKey } from '../../../../test/support/certificates.ts';
import { formatOid, readDer } from '../../../formats/der/der.ts';
import { parseCertificate } from './certificate.ts';
import { checkPath } from './chain.ts';

const DN = 'O=Shop,ST=WA,C=US';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const rsaRoot = testAuthority({ subject: `CN=Root,${DN}`, key: rsa });

function verdict(chain: readonly Uint8Array[]): string {
  const checked = checkPath(chain, 'code-signing');
  return checked.ok ? 'sound' : checked.flaw;
}

/**
 * RFC 4055 §3.1: an empty list means SHA-1; the other spells out SHA-256 for both and a salt of 32.
 */
const PSS_SHA1 = '3000';
const PSS_SHA256 =
  '3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108' +
  '300d06096086480165030402010500a203020120';
/** SHA-256 as the digest, and SHA-1 for the mask. */
const PSS_MIXED = '3016a00f300d06096086480165030402010500a203020120';

function resignPss(der: Uint8Array, parameters: string, digest: string): Uint8Array {
  const certificate = AsnConvert.parse(der, Certificate);
  const bytes = new Uint8Array(Buffer.from(parameters, 'hex')).buffer;
  const identifier = new AlgorithmIdentifier({
    algorithm: '1.2.840.113549.1.1.10',
    parameters: bytes,
  });
  certificate.tbsCertificate.signature = identifier;
  certificate.signatureAlgorithm = identifier;
  delete certificate.tbsCertificateRaw;
  const tbs = Buffer.from(AsnConvert.serialize(certificate.tbsCertificate));
  const saltLength = digest === 'sha1' ? 20 : 32;
  const key = { key: rsa, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  certificate.signatureValue = new Uint8Array(sign(digest, tbs, key)).buffer;
  return new Uint8Array(AsnConvert.serialize(certificate));
}

function withKey(der: Uint8Array, issuerKey: KeyObject, key: KeyObject): Uint8Array {
  return resign(der, issuerKey, 'sha384-ecdsa', (certificate) => {
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
    certificate.tbsCertificate.subjectPublicKeyInfo = AsnConvert.parse(spki, SubjectPublicKeyInfo);
  });
}

describe('how a certificate may be signed', () => {
  it('N32: RSA-PSS with SHA-256 for digest and mask is accepted, with SHA-1 not', async () => {
    const { chain } = await testKey({ subject: `CN=leaf,${DN}`, root: rsaRoot });
    const [leaf = new Uint8Array(), root = new Uint8Array()] = chain;
    expect(verdict([leaf, root])).toBe('sound');
    expect(verdict([resignPss(leaf, PSS_SHA256, 'sha256'), root])).toBe('sound');
    expect(verdict([resignPss(leaf, PSS_SHA1, 'sha1'), root])).toBe('weak-digest');
    expect(verdict([resignPss(leaf, PSS_MIXED, 'sha256'), root])).toBe('weak-digest');
    expect(verdict([resign(leaf, rsa, 'sha1-rsa'), root])).toBe('weak-digest');
    expect(verdict([resign(leaf, rsa, 'sha512-rsa'), root])).toBe('sound');
  });

  it('RFC 5280 §4.1.1.2: the algorithms inside and outside the signed part must be equal', () => {
    const certificate = AsnConvert.parse(rsaRoot.der, Certificate);
    certificate.signatureAlgorithm = new AlgorithmIdentifier({
      algorithm: '1.2.840.113549.1.1.12',
      parameters: null,
    });
    const differing = new Uint8Array(AsnConvert.serialize(certificate));
    expect(parseCertificate(differing)).toMatchObject({ failure: { code: 'CERTIFICATE_INVALID' } });
    expect(parseCertificate(rsaRoot.der).ok).toBe(true);
  });

  it('A32 N16: a curve given by its parameters may not sign, but by its name it may', async () => {
    const root = testAuthority({ subject: `CN=Root,${DN}`, key: fixedKey('root') });
    const { chain } = await testKey({ subject: `CN=leaf,${DN}`, root });
    const [leaf = new Uint8Array(), top = new Uint8Array()] = chain;
    const pair = (paramEncoding: 'explicit' | 'named') =>
      generateKeyPairSync('ec', { namedCurve: 'prime256v1', paramEncoding }).privateKey;
    const forKey = (key: KeyObject) =>
      resign(withKey(leaf, root.key, key), root.key, 'sha384-ecdsa', ({ tbsCertificate }) => {
        tbsCertificate.extensions = tbsCertificate.extensions?.filter(
          ({ extnID }) => extnID !== '2.5.29.14',
        ) as never;
      });
    expect(verdict([forKey(pair('named')), top])).toBe('sound');
    expect(verdict([forKey(pair('explicit')), top])).toBe('weak-key');
  });
});

describe('readDer', () => {
  const hex = (text: string) => readDer(Buffer.from(text, 'hex'));

  it.each([
    ['a definite length', '3003020101', '3080020101 0000'],
    ['the fewest octets of length', '0401aa', '048101aa'],
    ['the fewest octets of an integer', '020100', '02020000'],
    ['the fewest octets of a negative integer', '0201ff', '0202ffff'],
    ['true as FF', '0101ff', '010101'],
    ['one element', '0500', '05000500'],
    ['a complete element', '0402aabb', '0402aa'],
    ['tags of one octet', '0500', '1f8100'],
    ['a parent with the length of its children', '3003020101', '3002020101'],
  ])('X.690 §10: %s is read, the other form is not', (_, good, bad) => {
    expect(hex(good)).not.toBeNull();
    expect(hex(bad.replace(' ', ''))).toBeNull();
  });

  it('is read up to 25 levels deep and no deeper', () => {
    const nested = (levels: number) => {
      let bytes = Buffer.from('0500', 'hex');
      for (let i = 0; i < levels; i++)
        bytes = Buffer.concat([Buffer.from([0x30, bytes.length]), bytes]);
      return readDer(bytes);
    };
    expect(nested(24)).not.toBeNull();
    expect(nested(25)).toBeNull();
  });

  it('is read up to 20,000 elements and no further', () => {
    const wide = (count: number) => {
      const content = Buffer.from('0500'.repeat(count), 'hex');
      return readDer(
        Buffer.concat([
          Buffer.from([0x30, 0x82, content.length >> 8, content.length & 0xff]),
          content,
        ]),
      );
    };
    expect(wide(19_999)).not.toBeNull();
    expect(wide(20_000)).toBeNull();
  });

  it('never throws, and readOidText does not either', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void formatOid(readDer(bytes) ?? undefined)));
  });

  it.each([
    ['06032a0304', '1.2.3.4'],
    ['0603550403', '2.5.4.3'],
    ['0602883703', null],
    ['06028037', null],
    ['06022a83', null],
    ['0600', null],
    ['020101', null],
  ])('X.690 §8.19: %s is the object identifier %s', (text, oid) => {
    expect(formatOid(hex(text) ?? undefined)).toBe(oid);
  });
});
