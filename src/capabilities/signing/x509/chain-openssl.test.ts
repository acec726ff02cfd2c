import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
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
import { afterAll, describe, expect, it } from 'vitest';
import {
  FIXTURE_NOW,
  fixedKey,
  resign,
  testAuthority,
  testKey,
} from '../../../../test/support/certificates.ts';
import { peer } from '../../../../test/support/peer.ts';
import { writeChainPem, writePem } from '../../../formats/der/pem.ts';
import { buildExtension } from './certificate-build.ts';
import { checkPath, checkValidity } from './chain.ts';

/**
 * Chains that OpenSSL's `verify` judges too: we accept nothing that it refuses, and each refusal
 * that only we make has a clause.
 */
const openssl = peer('openssl');
const folder = mkdtempSync(join(tmpdir(), 'waybill-openssl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The clause that requires a refusal, by its flaw; docs/reference/strictness.md lists them. */
const CLAUSES: ReadonlyMap<string, string> = new Map([
  ['chain-order', 'N32: certificates are in order'],
  ['chain-incomplete', 'N21: the chain is complete'],
  ['key-usage', 'N29, N30: key usage of an issuer and of a leaf'],
  ['extended-key-usage', 'N31, RFC 5280 §4.2.1.12: the purpose of a certificate'],
  ['name-constraints', 'RFC 5280 §4.2, §4.2.1.10: an unsupported constraint is refused'],
  ['weak-digest', 'N32: no SHA-1'],
  ['weak-key', 'N16: kinds and sizes of keys'],
]);

interface Case {
  readonly name: string;
  readonly chain: readonly Uint8Array[];
  readonly rootPem: string;
}

/**
 * One shell checks all chains: a process started from here costs more than one started from a
 * shell.
 */
const SCRIPT = `
for leaf in *-leaf.pem; do
  at=\${leaf%-leaf.pem}; set --; [ -s "$at-rest.pem" ] && set -- -untrusted "$at-rest.pem"
  "$OPENSSL" verify -x509_strict -attime "$AT" -CAfile "$at-root.pem" "$@" "$leaf" \\
    >/dev/null 2>&1 && echo "$at"
done
true`;

/** The positions of the chains that OpenSSL accepts. */
async function oracle(cases: readonly Case[]): Promise<ReadonlySet<number>> {
  for (const [index, { chain, rootPem }] of cases.entries()) {
    const [leaf = new Uint8Array(), ...rest] = chain;
    writeFileSync(join(folder, `${index}-leaf.pem`), writePem('CERTIFICATE', leaf));
    writeFileSync(join(folder, `${index}-rest.pem`), writeChainPem(rest));
    writeFileSync(join(folder, `${index}-root.pem`), rootPem);
  }
  const env = {
    ...process.env,
    OPENSSL: openssl ?? 'absent',
    AT: String(Math.floor(FIXTURE_NOW / 1_000)),
  };
  const { stdout } = await promisify(execFile)('sh', ['-c', SCRIPT], { cwd: folder, env });
  return new Set(stdout.split('\n').filter(Boolean).map(Number));
}

/** A small generator with a fixed seed: the same chains on every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
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

/**
 * A chain of one root, up to two intermediates and a leaf, in which some certificates are changed
 * and signed again.
 */
async function makeCase(seed: number): Promise<Case> {
  const roll = dice(seed);
  const names = Object.keys(CHANGES);
  const depth = roll(3);
  const self = roll(8) === 0;
  const victims = new Map<number, string>();
  for (let i = roll(3); i > 0; i--)
    victims.set(roll(depth + 2), names[roll(names.length)] ?? 'none');
  const sha1At = roll(12) === 0 ? roll(depth + 2) : -1;
  const curve = (['P-256', 'P-384', 'P-521'] as const)[roll(3)] ?? 'P-256';
  const DN = 'O=Shop,ST=WA,C=US';
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
    `${depth} intermediates, ${shape}, ${JSON.stringify([...victims])}, sha1 ${sha1At}, self ` +
    `${self}`;
  const shaped = SHAPES[shape]?.([leaf, ...chain.slice(1)]) ?? [];
  return { name, chain: shaped, rootPem: writePem('CERTIFICATE', rootDer) };
}

/**
 * Two certificates of one name in the wrong order: N32 requires the order, and the link has the
 * flaw.
 */
function isOrderAlone({ name }: Case, flaw: string): boolean {
  return flaw === 'link-signature' && name.includes('reordered');
}

function ours({ chain }: Case): string {
  const path = checkPath(chain, 'code-signing');
  if (!path.ok) return path.flaw;
  return checkValidity(path.chain, FIXTURE_NOW)?.flaw ?? 'sound';
}

describe.skipIf(openssl === null)('the path validator beside openssl verify', () => {
  it('N29–N33 A27–A32: accepts no chain that OpenSSL refuses, and refuses by clauses', async () => {
    const counts = { both: 0, neither: 0, refusedByUsAlone: 0 };
    const surprises: string[] = [];
    const cases: Case[] = [];
    for (let seed = 1; seed <= 400; seed++) cases.push(await makeCase(seed));
    const accepted = await oracle(cases);
    for (const [index, item] of cases.entries()) {
      const [we, they] = [ours(item), accepted.has(index)];
      if (we === 'sound' && they) counts.both++;
      else if (we !== 'sound' && !they) counts.neither++;
      else if (they && (CLAUSES.has(we) || isOrderAlone(item, we))) counts.refusedByUsAlone++;
      else surprises.push(`${item.name}: we say ${we}, OpenSSL says ${they}`);
    }
    expect(surprises).toEqual([]);
    expect(counts.both).toBeGreaterThan(60);
    expect(counts.neither).toBeGreaterThan(60);
    console.warn(
      `400 chains: both accept ${counts.both}, both refuse ${counts.neither}, only we refuse ` +
        `${counts.refusedByUsAlone}`,
    );
  }, 300_000);
});
