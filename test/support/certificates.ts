import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
} from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, Certificate, type Extension, type Name } from '@peculiar/asn1-x509';
import {
  buildAuthorityExtensions,
  buildCertificate,
  buildName,
  buildSignerExtensions,
  createSigningKey,
  type SigningKey,
} from '../../src/capabilities/signing/index.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { writePem } from '../../src/formats/der/pem.ts';

/** The clock of fixtures: certificates made here are valid for a year on both sides of it. */
export const FIXTURE_NOW: Instant = toInstant(Date.UTC(2026, 10, 22, 12));
const YEAR_MS = 365 * 24 * 3_600_000;

type Curve = 'P-256' | 'P-384' | 'P-521';
const CURVES = {
  'P-256': ['prime256v1', 32],
  'P-384': ['secp384r1', 48],
  'P-521': ['secp521r1', 65],
} as const;

/** Always the same key for the same seed: a fixture, never a secret. */
export function fixedKey(seed: string, curve: Curve = 'P-256'): KeyObject {
  const [name, bytes] = CURVES[curve];
  const ecdh = createECDH(name);
  const d = createHash('shake256', { outputLength: bytes })
    .update(`waybill fixture ${seed}`)
    .digest();
  d[0] = (d[0] ?? 0) & 0x7f; // below the group's order
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const size = (point.length - 1) / 2;
  const x = point.subarray(1, 1 + size).toString('base64url');
  const y = point.subarray(1 + size).toString('base64url');
  const padded = Buffer.concat([Buffer.alloc(size - bytes), d]).toString('base64url');
  return createPrivateKey({ key: { kty: 'EC', crv: curve, x, y, d: padded }, format: 'jwk' });
}

export interface TestAuthority {
  readonly name: Name;
  readonly key: KeyObject;
  readonly der: Uint8Array;
  readonly pem: string;
  /** The certificate and its issuers, root last. */
  readonly chain: readonly Uint8Array[];
}

export interface CertificateOptions {
  readonly subject: string;
  readonly key?: KeyObject;
  readonly validFrom?: Instant;
  readonly validUntil?: Instant;
  readonly extensions?: readonly Extension[];
}

export interface AuthorityOptions extends CertificateOptions {
  readonly pathLength?: number;
  readonly issuer?: TestAuthority;
}

export interface KeyOptions extends CertificateOptions {
  /** The authority, or the subject of a new root; a fixed root by default. */
  readonly root?: TestAuthority | string;
}

export interface TestKey extends SigningKey {
  readonly privateKey: KeyObject;
  readonly rootPem: string;
  readonly chainPem: string;
}

function span(options: CertificateOptions) {
  return {
    validFrom: options.validFrom ?? toInstant(FIXTURE_NOW - YEAR_MS),
    validUntil: options.validUntil ?? toInstant(FIXTURE_NOW + YEAR_MS),
    serial: createHash('sha256').update(options.subject).digest().subarray(0, 16).fill(0x11, 0, 1),
  };
}

/** A root, or an intermediate of `issuer`. */
export function testAuthority(options: AuthorityOptions): TestAuthority {
  const key = options.key ?? fixedKey(`authority ${options.subject}`);
  const name = orThrow(buildName(options.subject));
  const issuer = options.issuer;
  const extensions =
    options.extensions ??
    buildAuthorityExtensions(createPublicKey(key), options.pathLength ?? null, issuer?.key ?? null);
  const plan = { subject: name, publicKey: createPublicKey(key), extensions, ...span(options) };
  const der = buildCertificate(plan, {
    name: issuer?.name ?? name,
    privateKey: issuer?.key ?? key,
  });
  return {
    name,
    key,
    der,
    pem: writePem('CERTIFICATE', der),
    chain: [der, ...(issuer?.chain ?? [])],
  };
}

/** Roots by subject. ECDSA signatures differ each time, so one process makes each root once. */
const roots = new Map<string, TestAuthority>();

function findRoot(subject: string): TestAuthority {
  const root = roots.get(subject) ?? testAuthority({ subject });
  roots.set(subject, root);
  return root;
}

const DEFAULT_ROOT = 'CN=Waybill Test Root,O=Waybill,ST=WA,C=US';

/**
 * A signing key with a chain that every rule accepts, made in a millisecond without OpenSSL.
 *
 * @example const key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
 */
export function testKey(options: KeyOptions): Promise<TestKey> {
  const root =
    typeof options.root === 'object' ? options.root : findRoot(options.root ?? DEFAULT_ROOT);
  const privateKey = options.key ?? fixedKey(`signer ${options.subject}`);
  const publicKey = createPublicKey(privateKey);
  const extensions = options.extensions ?? buildSignerExtensions(publicKey, root.key);
  const plan = {
    subject: orThrow(buildName(options.subject)),
    publicKey,
    extensions,
    ...span(options),
  };
  const leaf = buildCertificate(plan, { name: root.name, privateKey: root.key });
  const chain = [leaf, ...root.chain];
  const key = orThrow(createSigningKey(privateKey, chain));
  const rootPem = writePem('CERTIFICATE', root.chain.at(-1) ?? root.der);
  const chainPem = chain.map((der) => writePem('CERTIFICATE', der)).join('');
  return Promise.resolve({ ...key, privateKey, rootPem, chainPem });
}

/** Signature algorithms that our builder does not offer, by OID and digest. */
export const FOREIGN_SCHEMES = {
  'sha1-rsa': ['1.2.840.113549.1.1.5', 'sha1', true],
  'sha1-ecdsa': ['1.2.840.10045.4.1', 'sha1', false],
  'sha512-rsa': ['1.2.840.113549.1.1.13', 'sha512', true],
  'sha384-ecdsa': ['1.2.840.10045.4.3.3', 'sha384', false],
  ed25519: ['1.3.101.112', null, false],
} as const;

/** The same certificate, changed by `change` and signed again with another algorithm. */
export function resign(
  der: Uint8Array,
  key: KeyObject,
  scheme: keyof typeof FOREIGN_SCHEMES,
  change: (certificate: Certificate) => void = () => {},
): Uint8Array {
  const [algorithm, digest, withNull] = FOREIGN_SCHEMES[scheme];
  const certificate = AsnConvert.parse(der, Certificate);
  const identifier = new AlgorithmIdentifier({
    algorithm,
    ...(withNull ? { parameters: null } : {}),
  });
  certificate.tbsCertificate.signature = identifier;
  certificate.signatureAlgorithm = identifier;
  delete certificate.tbsCertificateRaw;
  change(certificate);
  const tbs = Buffer.from(AsnConvert.serialize(certificate.tbsCertificate));
  certificate.signatureValue = new Uint8Array(sign(digest, tbs, key)).buffer;
  return new Uint8Array(AsnConvert.serialize(certificate));
}
