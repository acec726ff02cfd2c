import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  type Certificate,
  ExtendedKeyUsage,
  Extension,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  KeyIdentifier,
  KeyUsage,
  SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509';
import {
  buildAuthorityExtensions,
  buildExtension,
  buildSignerExtensions,
} from '../../src/capabilities/signing/index.ts';
import { writePem } from '../../src/formats/der/pem.ts';
import { FIXTURE_NOW, fixedKey, resign, testAuthority, testKey } from './certificates.ts';
import { rollNameExtensions, rollPolicyExtensions } from './chain-names.ts';

/** A chain that other programs judge too. */
export interface ChainCase {
  readonly name: string;
  /** Leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly rootPem: string;
}

export type Dice = (sides: number) => number;

/** A small generator with a fixed seed: the same chains on every run. */
export function dice(seed: number): Dice {
  // Seeds that are near each other begin far from each other.
  let state = Math.imul(seed, 2_654_435_761) >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const EC_SCHEME = 'sha384-ecdsa';
const rsa2048 = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const DAY_MS = 86_400_000;

function setExtension(certificate: Certificate, oid: string, other: Extension | null): void {
  const list = certificate.tbsCertificate.extensions;
  if (list === undefined) return;
  const kept = list.filter((extension) => extension.extnID !== oid);
  list.splice(0, list.length, ...kept, ...(other === null ? [] : [other]));
}

function setKey(certificate: Certificate, key: KeyObject): void {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  certificate.tbsCertificate.subjectPublicKeyInfo = AsnConvert.parse(spki, SubjectPublicKeyInfo);
  setExtension(certificate, '2.5.29.14', null);
}

type Change = (certificate: Certificate) => void;
const CHANGES: Readonly<Record<string, Change>> = {
  none: () => {},
  'CA false': (it) =>
    setExtension(
      it,
      id_ce_basicConstraints,
      buildExtension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
    ),
  'CA true': (it) =>
    setExtension(
      it,
      id_ce_basicConstraints,
      buildExtension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true })),
    ),
  'no basic constraints': (it) => setExtension(it, id_ce_basicConstraints, null),
  'path length 0': (it) =>
    setExtension(
      it,
      id_ce_basicConstraints,
      buildExtension(
        id_ce_basicConstraints,
        true,
        new BasicConstraints({ cA: true, pathLenConstraint: 0 }),
      ),
    ),
  'path length 1': (it) =>
    setExtension(
      it,
      id_ce_basicConstraints,
      buildExtension(
        id_ce_basicConstraints,
        true,
        new BasicConstraints({ cA: true, pathLenConstraint: 1 }),
      ),
    ),
  'path length without CA': (it) =>
    setExtension(
      it,
      id_ce_basicConstraints,
      buildExtension(
        id_ce_basicConstraints,
        true,
        new BasicConstraints({ cA: false, pathLenConstraint: 1 }),
      ),
    ),
  'no key usage': (it) => setExtension(it, id_ce_keyUsage, null),
  'key usage cRLSign': (it) =>
    setExtension(it, id_ce_keyUsage, buildExtension(id_ce_keyUsage, true, new KeyUsage(64))),
  'key usage both': (it) =>
    setExtension(it, id_ce_keyUsage, buildExtension(id_ce_keyUsage, true, new KeyUsage(33))),
  'EKU serverAuth': (it) =>
    setExtension(
      it,
      id_ce_extKeyUsage,
      buildExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage(['1.3.6.1.5.5.7.3.1'])),
    ),
  'EKU any': (it) =>
    setExtension(
      it,
      id_ce_extKeyUsage,
      buildExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage(['2.5.29.37.0'])),
    ),
  'unknown critical': (it) =>
    setExtension(
      it,
      '1.2.3.4',
      new Extension({
        extnID: '1.2.3.4',
        critical: true,
        extnValue: new OctetString(new Uint8Array([5, 0])),
      }),
    ),
  'broken basic constraints': (it) =>
    setExtension(
      it,
      id_ce_basicConstraints,
      new Extension({
        extnID: id_ce_basicConstraints,
        critical: true,
        extnValue: new OctetString(new Uint8Array([0x30, 0x03, 0x01, 0x01])),
      }),
    ),
  'other key identifier': (it) =>
    setExtension(
      it,
      id_ce_authorityKeyIdentifier,
      buildExtension(
        id_ce_authorityKeyIdentifier,
        false,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(new Uint8Array([1, 2, 3])) }),
      ),
    ),
  expired: (it) => {
    it.tbsCertificate.validity.notAfter.utcTime = new Date(FIXTURE_NOW - DAY_MS);
  },
  'not yet valid': (it) => {
    it.tbsCertificate.validity.notBefore.utcTime = new Date(FIXTURE_NOW + DAY_MS);
  },
  'another issuer name': (it) => {
    it.tbsCertificate.issuer = it.tbsCertificate.subject;
  },
  'RSA 1024': (it) => setKey(it, rsa1024),
  'RSA 2048': (it) => setKey(it, rsa2048),
  Ed25519: (it) => setKey(it, ed25519),
  'version 1': (it) => {
    it.tbsCertificate.version = 0;
    delete it.tbsCertificate.extensions;
  },
};
const SHAPES: Readonly<Record<string, (chain: readonly Uint8Array[]) => readonly Uint8Array[]>> = {
  whole: (chain) => chain,
  'without root': (chain) => chain.slice(0, -1),
  'with the root twice': (chain) => [...chain, ...chain.slice(-1)],
  reordered: (chain) => [...chain.slice(0, 1), ...chain.slice(1).reverse()],
  'without the middle': (chain) => [...chain.slice(0, 1), ...chain.slice(-1)],
};

const DN = 'O=Shop,ST=WA,C=US';

/**
 * A chain of one root, up to three intermediates and a leaf. One third has certificates that are
 * changed and signed again, one third has names and name constraints, and one third has policies.
 */
export function makeChainCase(seed: number): Promise<ChainCase> {
  const roll = dice(seed);
  const kind = roll(3);
  if (kind === 0) return makeChangedCase(seed, roll);
  const rolled = kind === 1 ? rollNameExtensions : rollPolicyExtensions;
  return makeBoundCase(seed, roll, kind === 1 ? 'names' : 'policies', rolled);
}

/** Certificates that are sound themselves, with more extensions. */
async function makeBoundCase(
  seed: number,
  roll: Dice,
  what: string,
  rolled: (roll: Dice, isAuthority: boolean) => readonly Extension[],
): Promise<ChainCase> {
  const depth = 1 + roll(3);
  const selfAt = roll(4) === 0 ? 1 + roll(depth) : 0;
  const rootKey = fixedKey('root');
  let authority = testAuthority({
    subject: `CN=Root,${DN}`,
    key: rootKey,
    extensions: [
      ...buildAuthorityExtensions(createPublicKey(rootKey), null),
      ...(roll(3) === 0 ? rolled(roll, true) : []),
    ],
  });
  const rootPem = authority.pem;
  let subject = `CN=Root,${DN}`;
  for (let at = depth; at > 0; at--) {
    if (at !== selfAt) subject = `CN=Middle ${at},${DN}`;
    const key = fixedKey(`middle ${at}`);
    const own = buildAuthorityExtensions(createPublicKey(key), null, authority.key);
    const extensions = [...own, ...rolled(roll, true)];
    authority = testAuthority({ subject, issuer: authority, key, extensions });
  }
  const key = fixedKey('leaf');
  const own = buildSignerExtensions(createPublicKey(key), authority.key);
  const extensions = [...own, ...rolled(roll, false)];
  const leaf = await testKey({ subject: `CN=leaf,${DN}`, root: authority, key, extensions });
  const name = `seed ${seed}: ${depth} intermediates with ${what}, self-issued at ${selfAt}`;
  return { name, chain: leaf.chain, rootPem };
}

async function makeChangedCase(seed: number, roll: Dice): Promise<ChainCase> {
  const names = Object.keys(CHANGES);
  const depth = roll(3);
  const self = roll(8) === 0;
  const victims = new Map<number, string>();
  for (let i = roll(3); i > 0; i--)
    victims.set(roll(depth + 2), names[roll(names.length)] ?? 'none');
  const sha1At = roll(12) === 0 ? roll(depth + 2) : -1;
  const curve = (['P-256', 'P-384', 'P-521'] as const)[roll(3)] ?? 'P-256';
  let authority = testAuthority({ subject: `CN=Root,${DN}`, key: fixedKey('root', curve) });
  const altered = (der: Uint8Array, key: KeyObject, at: number) => {
    const change = CHANGES[victims.get(at) ?? 'none'] ?? (() => {});
    if (!victims.has(at) && sha1At !== at) return der;
    return resign(der, key, sha1At === at ? 'sha1-ecdsa' : EC_SCHEME, change);
  };
  const rootDer = altered(authority.der, authority.key, depth + 1);
  authority = { ...authority, der: rootDer, chain: [rootDer] };
  for (let at = depth; at > 0; at--) {
    const subject = self && at === depth ? `CN=Root,${DN}` : `CN=Middle ${at},${DN}`;
    const made = testAuthority({
      subject,
      issuer: authority,
      key: fixedKey(`middle ${at}`, curve),
    });
    const der = altered(made.der, authority.key, at);
    authority = { ...made, der, chain: [der, ...authority.chain] };
  }
  const { chain } = await testKey({
    subject: `CN=leaf,${DN}`,
    root: authority,
    key: fixedKey('leaf', curve),
  });
  const leaf = altered(chain[0] ?? new Uint8Array(), authority.key, 0);
  const shapes = Object.keys(SHAPES);
  const shape = roll(4) === 0 ? (shapes[roll(shapes.length)] ?? 'whole') : 'whole';
  const name =
    `seed ${seed}: ${depth} intermediates, ${shape}, ${JSON.stringify([...victims])}, ` +
    `sha1 ${sha1At}, self ${self}`;
  const shaped = SHAPES[shape]?.([leaf, ...chain.slice(1)]) ?? [];
  return { name, chain: shaped, rootPem: writePem('CERTIFICATE', rootDer) };
}
