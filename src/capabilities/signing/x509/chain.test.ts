import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  type Extension,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_policyConstraints,
  KeyIdentifier,
  KeyUsage,
  NameConstraints,
  PolicyConstraints,
  SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FIXTURE_NOW,
  fixedKey,
  resign,
  testAuthority,
  testKey,
} from '../../../../test/support/certificates.ts';
import { startThreadClock } from '../../../../test/support/thread-clock.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parseCertificate, parseCertificates } from './certificate.ts';
import {
  buildAuthorityExtensions,
  buildExtension,
  buildSignerExtensions,
} from './certificate-build.ts';
import { checkPath, validateChain } from './chain.ts';
import type { ChainPurpose } from './chain-flaw.ts';

const DN = 'O=Shop,ST=WA,C=US';
const rsa2048 = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const root = testAuthority({ subject: `CN=Root,${DN}` });

/** `sound`, or the flaw. */
function verdict(chain: readonly Uint8Array[], purpose: ChainPurpose = 'code-signing'): string {
  const checked = checkPath(chain, purpose);
  return checked.ok ? 'sound' : checked.flaw;
}

/** An extension list with one extension replaced or removed. */
function changed(
  extensions: readonly Extension[],
  oid: string,
  other: Extension | null,
): readonly Extension[] {
  return [
    ...extensions.filter((extension) => extension.extnID !== oid),
    ...(other === null ? [] : [other]),
  ];
}

const leafPlan = () => {
  const key = fixedKey('leaf');
  return { key, extensions: buildSignerExtensions(createPublicKey(key), root.key) };
};

async function leafWith(oid: string, other: Extension | null): Promise<readonly Uint8Array[]> {
  const { key, extensions } = leafPlan();
  return (
    await testKey({
      subject: `CN=leaf,${DN}`,
      root,
      key,
      extensions: changed(extensions, oid, other),
    })
  ).chain;
}

async function issuerWith(oid: string, other: Extension | null): Promise<readonly Uint8Array[]> {
  const key = fixedKey('issuer');
  const extensions = changed(buildAuthorityExtensions(createPublicKey(key), null), oid, other);
  const issuer = testAuthority({ subject: `CN=Issuer,${DN}`, issuer: root, key, extensions });
  return (await testKey({ subject: `CN=leaf,${DN}`, root: issuer })).chain;
}

const usage = (bits: number, critical = true) =>
  buildExtension(id_ce_keyUsage, critical, new KeyUsage(bits));
const purposes = (...oids: string[]) =>
  buildExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage(oids));
const constraints = (cA: boolean, critical = true) =>
  buildExtension(id_ce_basicConstraints, critical, new BasicConstraints({ cA }));
const unknown = (critical: boolean) =>
  buildExtension('1.2.3.4.5', critical, new BasicConstraints({ cA: false }));
const subtrees = new GeneralSubtrees([
  new GeneralSubtree({ base: new GeneralName({ dNSName: 'example.com' }) }),
]);
const named = (critical: boolean) =>
  buildExtension(
    id_ce_nameConstraints,
    critical,
    new NameConstraints({ permittedSubtrees: subtrees }),
  );
const policyLimits = buildExtension(id_ce_policyConstraints, true, new PolicyConstraints({}));
const EKU = '1.3.6.1.5.5.7.3';

describe('the rules of a leaf', () => {
  it.each([
    ['N30: no key usage', id_ce_keyUsage, null, 'key-usage', usage(1)],
    [
      'N30: a key usage that is not critical',
      id_ce_keyUsage,
      usage(1, false),
      'key-usage',
      usage(1),
    ],
    ['N30: no digitalSignature', id_ce_keyUsage, usage(2), 'key-usage', usage(3)],
    ['N30: keyEncipherment', id_ce_keyUsage, usage(1 | 4), 'key-usage', usage(1)],
    ['N30: dataEncipherment', id_ce_keyUsage, usage(1 | 8), 'key-usage', usage(1)],
    ['N30: keyAgreement', id_ce_keyUsage, usage(1 | 16), 'key-usage', usage(1)],
    ['N30: keyCertSign', id_ce_keyUsage, usage(1 | 32), 'key-usage', usage(1)],
    ['N30: cRLSign', id_ce_keyUsage, usage(1 | 64), 'key-usage', usage(1)],
    ['N30: encipherOnly', id_ce_keyUsage, usage(1 | 128), 'key-usage', usage(1)],
    ['N30: decipherOnly', id_ce_keyUsage, usage(1 | 256), 'key-usage', usage(1)],
    [
      'A30 N31: any purpose',
      id_ce_extKeyUsage,
      purposes('2.5.29.37.0'),
      'extended-key-usage',
      purposes(`${EKU}.3`),
    ],
    [
      'N31: serverAuth',
      id_ce_extKeyUsage,
      purposes(`${EKU}.3`, `${EKU}.1`),
      'extended-key-usage',
      purposes(`${EKU}.3`),
    ],
    [
      'N31: clientAuth',
      id_ce_extKeyUsage,
      purposes(`${EKU}.2`),
      'extended-key-usage',
      purposes('1.2.3.4'),
    ],
    ['N31: emailProtection', id_ce_extKeyUsage, purposes(`${EKU}.4`), 'extended-key-usage', null],
    ['A30 N31: timeStamping', id_ce_extKeyUsage, purposes(`${EKU}.8`), 'extended-key-usage', null],
    ['N31: OCSPSigning', id_ce_extKeyUsage, purposes(`${EKU}.9`), 'extended-key-usage', null],
    ['a certification authority', id_ce_basicConstraints, constraints(true), 'key-usage', null],
    [
      'an unknown critical extension',
      '1.2.3.4.5',
      unknown(true),
      'critical-extension',
      unknown(false),
    ],
    ['name constraints', id_ce_nameConstraints, named(true), 'name-constraints', null],
  ])('%s is refused, and the leaf without this fault is sound', async (_, oid, bad, flaw, good) => {
    expect(verdict(await leafWith(oid, bad))).toBe(flaw);
    expect(verdict(await leafWith(oid, good))).toBe('sound');
  });

  it('N34: a timestamping leaf has only that purpose, and it is critical', async () => {
    const only = buildExtension(id_ce_extKeyUsage, true, new ExtendedKeyUsage([`${EKU}.8`]));
    expect(verdict(await leafWith(id_ce_extKeyUsage, only), 'timestamping')).toBe('sound');
    expect(verdict(await leafWith(id_ce_extKeyUsage, purposes(`${EKU}.8`)), 'timestamping')).toBe(
      'extended-key-usage',
    );
    expect(verdict(await leafWith(id_ce_extKeyUsage, null), 'timestamping')).toBe(
      'extended-key-usage',
    );
  });

  it('A32 N16: RSA of 1,024 bits and Ed25519 may not sign; 2,048 bits may', async () => {
    const with_ = async (key: typeof rsa2048) => {
      const extensions = buildSignerExtensions(createPublicKey(key), root.key);
      const plan = { subject: `CN=leaf,${DN}`, publicKey: createPublicKey(key) };
      const leaf = testAuthority({
        subject: plan.subject,
        issuer: root,
        key: fixedKey('stand-in'),
        extensions,
      });
      const spki = AsnConvert.parse(
        createPublicKey(key).export({ format: 'der', type: 'spki' }),
        SubjectPublicKeyInfo,
      );
      const der = resign(leaf.der, root.key, 'sha384-ecdsa', (certificate) => {
        certificate.tbsCertificate.subjectPublicKeyInfo = spki;
      });
      return verdict([der, root.der]);
    };
    expect(await with_(rsa1024)).toBe('weak-key');
    expect(await with_(ed25519)).toBe('weak-key');
    for (const key of [rsa2048, fixedKey('a'), fixedKey('b', 'P-384'), fixedKey('c', 'P-521')]) {
      expect(await with_(key)).toBe('sound');
    }
  });
});

describe('the rules of an issuer', () => {
  it.each([
    ['A29 N29: no basic constraints', id_ce_basicConstraints, null, 'not-a-ca', constraints(true)],
    [
      'A29 N29: CA=false',
      id_ce_basicConstraints,
      constraints(false),
      'not-a-ca',
      constraints(true),
    ],
    [
      'N29: basic constraints that are not critical',
      id_ce_basicConstraints,
      constraints(true, false),
      'not-a-ca',
      constraints(true),
    ],
    ['N29: no key usage', id_ce_keyUsage, null, 'key-usage', usage(32)],
    ['N29: no keyCertSign', id_ce_keyUsage, usage(64), 'key-usage', usage(32)],
    [
      'N29: a key usage that is not critical',
      id_ce_keyUsage,
      usage(32, false),
      'key-usage',
      usage(32),
    ],
    [
      'an issuer for other purposes',
      id_ce_extKeyUsage,
      purposes(`${EKU}.1`),
      'extended-key-usage',
      purposes(`${EKU}.3`),
    ],
    [
      'an unknown critical extension',
      '1.2.3.4.5',
      unknown(true),
      'critical-extension',
      unknown(false),
    ],
    [
      'policy constraints without a count',
      id_ce_policyConstraints,
      policyLimits,
      'certificate-policy',
      null,
    ],
  ])(
    '%s is refused, and the issuer without this fault is sound',
    async (_, oid, bad, flaw, good) => {
      expect(verdict(await issuerWith(oid, bad))).toBe(flaw);
      expect(verdict(await issuerWith(oid, good))).toBe('sound');
    },
  );

  it('A28 N29: a path length counts the intermediates below, except self-issued ones', async () => {
    const limited = (pathLength: number) =>
      testAuthority({ subject: `CN=Limited,${DN}`, pathLength });
    const below = async (top: ReturnType<typeof limited>, subject: string) => {
      const middle = testAuthority({ subject, issuer: top, key: fixedKey(`below ${subject}`) });
      return (await testKey({ subject: `CN=leaf,${DN}`, root: middle })).chain;
    };
    expect(verdict(await below(limited(0), `CN=Middle,${DN}`))).toBe('path-length');
    expect(verdict(await below(limited(1), `CN=Middle,${DN}`))).toBe('sound');
    // RFC 5280 §4.2.1.9: a key rollover
    expect(verdict(await below(limited(0), `CN=Limited,${DN}`))).toBe('sound');
    expect(verdict((await testKey({ subject: `CN=leaf,${DN}`, root: limited(0) })).chain)).toBe(
      'sound',
    );
  });

  it('A31 N32: SHA-1 in any signature of the chain is refused; SHA-384 is accepted', () => {
    const { key, extensions } = leafPlan();
    const leaf = testAuthority({ subject: `CN=leaf,${DN}`, issuer: root, key, extensions });
    expect(verdict([resign(leaf.der, root.key, 'sha1-ecdsa'), root.der])).toBe('weak-digest');
    expect(verdict([leaf.der, resign(root.der, root.key, 'sha1-ecdsa')])).toBe('weak-digest');
    expect(
      verdict([
        resign(leaf.der, root.key, 'sha384-ecdsa'),
        resign(root.der, root.key, 'sha384-ecdsa'),
      ]),
    ).toBe('sound');
  });
});

describe('the links of a chain', () => {
  it('RFC 5280 §4.2.1.1: a certificate that names a wrong issuer key is refused', async () => {
    const naming = (bytes: Uint8Array) =>
      buildExtension(
        id_ce_authorityKeyIdentifier,
        false,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(bytes) }),
      );
    const other = naming(new Uint8Array([1, 2, 3]));
    expect(verdict(await leafWith(id_ce_authorityKeyIdentifier, other))).toBe('key-identifier');
    expect(verdict(await leafWith(id_ce_authorityKeyIdentifier, null))).toBe('sound');
  });

  it('A32: an issuer with RSA of 1,024 bits is refused, one of 2,048 bits is not', async () => {
    const issueLeaf = async (key: typeof rsa2048) => {
      const issuer = testAuthority({ subject: `CN=RSA Root,${DN}`, key });
      return (await testKey({ subject: `CN=leaf,${DN}`, root: issuer })).chain;
    };
    expect(verdict(await issueLeaf(rsa1024))).toBe('weak-key');
    expect(verdict(await issueLeaf(rsa2048))).toBe('sound');
  });

  it('N16 N32: an issuer with Ed25519, or with RSA of over 8,192 bits, is refused', async () => {
    const { chain } = await testKey({ subject: `CN=leaf,${DN}`, root });
    const [leaf = new Uint8Array()] = chain;
    const makeRsa = (bytes: number) =>
      createPublicKey({
        key: { kty: 'RSA', n: Buffer.alloc(bytes, 0xff).toString('base64url'), e: 'AQAB' },
        format: 'jwk',
      });
    const underRootWith = (key: KeyObject) => {
      const spki = AsnConvert.parse(
        key.export({ format: 'der', type: 'spki' }),
        SubjectPublicKeyInfo,
      );
      const other = resign(root.der, root.key, 'sha384-ecdsa', (certificate) => {
        certificate.tbsCertificate.subjectPublicKeyInfo = spki;
      });
      return verdict([leaf, other]);
    };
    expect(underRootWith(createPublicKey(ed25519))).toBe('weak-key');
    expect(underRootWith(makeRsa(1_025))).toBe('weak-key');
    // A key that may sign, but not the one that did.
    expect(underRootWith(makeRsa(1_024))).toBe('link-signature');
    expect(underRootWith(createPublicKey(root.key))).toBe('sound');
  });

  it('RFC 5280 §7.1: the name of an issuer is the same in another case', async () => {
    const { chain } = await testKey({ subject: `CN=leaf,${DN}`, root });
    const namedBy = (issuer: string) =>
      verdict([
        resign(chain[0] ?? new Uint8Array(), root.key, 'sha384-ecdsa', (certificate) => {
          certificate.tbsCertificate.issuer = testAuthority({ subject: issuer }).name;
        }),
        root.der,
      ]);
    for (const same of ['Root', 'ROOT', 'root\\20'])
      expect(namedBy(`CN=${same},${DN}`)).toBe('sound');
    for (const other of ['Roo', 'Root x']) expect(namedBy(`CN=${other},${DN}`)).toBe('chain-order');
    expect(namedBy(`CN=Root,OU=x,${DN}`)).toBe('chain-order');
    expect(namedBy(DN)).toBe('chain-order');
  });

  it('A27 N32: a wrong order, extra certificates and a missing root are refused', async () => {
    const middle = testAuthority({ subject: `CN=Middle,${DN}`, issuer: root });
    const { chain } = await testKey({ subject: `CN=leaf,${DN}`, root: middle });
    const [leaf, inter, top] = chain as readonly [Uint8Array, Uint8Array, Uint8Array];
    const twin = testAuthority({ subject: `CN=Root,${DN}`, key: fixedKey('twin') });
    expect(verdict([leaf, inter, top])).toBe('sound');
    expect(verdict([leaf, top, inter])).toBe('chain-order');
    expect(verdict([leaf, top])).toBe('chain-order');
    expect(verdict([leaf, inter])).toBe('chain-incomplete');
    expect(verdict([leaf, inter, top, top])).toBe('chain-order');
    expect(verdict([leaf, leaf, inter, top])).toBe('chain-order');
    expect(verdict([leaf, inter, twin.der])).toBe('link-signature');
    expect(verdict([])).toBe('chain-length');
  });

  it('N32: one self-signed leaf is a chain; a self-signed authority is not', async () => {
    const key = fixedKey('alone');
    const extensions = buildSignerExtensions(createPublicKey(key), key);
    expect(verdict([testAuthority({ subject: `CN=alone,${DN}`, key, extensions }).der])).toBe(
      'sound',
    );
    expect(verdict([root.der])).toBe('key-usage');
    expect(
      verdict([(await testKey({ subject: `CN=leaf,${DN}`, root })).chain[0] ?? new Uint8Array()]),
    ).toBe('chain-incomplete');
  });

  it('is at most ten certificates long', async () => {
    let authority = root;
    for (let i = 0; i < LIMITS.chainCertificatesMax - 2; i++) {
      authority = testAuthority({ subject: `CN=Middle ${i},${DN}`, issuer: authority });
    }
    expect(verdict((await testKey({ subject: `CN=leaf,${DN}`, root: authority })).chain)).toBe(
      'sound',
    );
    const longer = testAuthority({ subject: `CN=One more,${DN}`, issuer: authority });
    expect(verdict((await testKey({ subject: `CN=leaf,${DN}`, root: longer })).chain)).toBe(
      'chain-length',
    );
  });

  it('N33: every certificate must be valid at the moment, ends included, not nested', async () => {
    const [from, until] = [toInstant(FIXTURE_NOW - 10_000), toInstant(FIXTURE_NOW + 10_000)];
    const short = testAuthority({ subject: `CN=Short,${DN}`, validFrom: from, validUntil: until });
    const { chain } = await testKey({ subject: `CN=leaf,${DN}`, root: short });
    const at = (ms: number) => {
      const result = validateChain(chain, 'code-signing', toInstant(ms));
      return result.ok ? 'sound' : result.failure.message.split(':')[0];
    };
    expect([at(from), at(until)]).toEqual(['sound', 'sound']);
    expect([at(from - 1), at(until + 1)]).toEqual([
      'certificate-not-yet-valid',
      'certificate-expired',
    ]);
  });
});

describe('parseCertificate', () => {
  it('refuses an extra byte, a certificate that is too large, and ambiguous certificates', () => {
    expect(parseCertificate(root.der).ok).toBe(true);
    expect(parseCertificate(Buffer.concat([root.der, Buffer.from([0])])).ok).toBe(false);
    expect(parseCertificate(new Uint8Array(LIMITS.certificateBytesMax))).toMatchObject({
      failure: { code: 'CERTIFICATE_INVALID' },
    });
    expect(parseCertificate(new Uint8Array(LIMITS.certificateBytesMax + 1))).toMatchObject({
      failure: { code: 'LIMIT_EXCEEDED' },
    });
    const twice = resign(root.der, root.key, 'sha384-ecdsa', (certificate) => {
      const [first] = certificate.tbsCertificate.extensions ?? [];
      if (first !== undefined) certificate.tbsCertificate.extensions?.push(first);
    });
    expect(parseCertificate(twice).ok).toBe(false);
  });

  it('reads a file of many certificates up to the limit and no further', () => {
    expect(
      parseCertificates(Buffer.from(root.pem.repeat(LIMITS.trustStoreCertificatesMax))).ok,
    ).toBe(true);
    const over = parseCertificates(
      Buffer.from(root.pem.repeat(LIMITS.trustStoreCertificatesMax + 1)),
    );
    expect(over).toMatchObject({ failure: { code: 'LIMIT_EXCEEDED' } });
    expect(parseCertificates(Buffer.from('nothing')).ok).toBe(false);
    expect(parseCertificates(Buffer.from(root.pem.replace('CERTIFICATE', 'PRIVATE KEY'))).ok).toBe(
      false,
    );
  });

  it('a chain with a changed byte is never sound, and never throws', async () => {
    const { chain } = await testKey({ subject: `CN=leaf,${DN}`, root });
    const whole = Buffer.concat(chain);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, bit) => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ bit;
        const split = chain[0]?.length ?? 0;
        const mutated = [bytes.subarray(0, split), bytes.subarray(split)];
        expect(verdict(mutated)).not.toBe('sound');
      }),
      { numRuns: 1_500 },
    );
  });

  it('never throws for any input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void parseCertificates(bytes)),
    );
  });
});

describe('PEM', () => {
  it('skips no block that it cannot read', () => {
    const broken = root.pem.replace('\n', '\nProc-Type: 4,ENCRYPTED\n');
    expect(parseCertificates(Buffer.from(root.pem + root.pem)).ok).toBe(true);
    expect(parseCertificates(Buffer.from(`a comment\n${root.pem}`)).ok).toBe(true);
    expect(parseCertificates(Buffer.from(root.pem + broken)).ok).toBe(false);
    expect(parseCertificates(Buffer.from(root.pem + root.pem.slice(0, 200))).ok).toBe(false);
  });

  it('is read in time that grows only with its length', () => {
    const hostile = Buffer.from(`-----BEGIN CERTIFICATE-----${' '.repeat(500_000)}`.repeat(2));
    const spent = startThreadClock();
    expect(parseCertificates(hostile).ok).toBe(false);
    expect(spent()).toBeLessThan(1_000);
  });
});
