import { createHash, createPublicKey, sign } from 'node:crypto';
import { ExtendedKeyUsage, type Extension, id_ce_extKeyUsage } from '@peculiar/asn1-x509';
import {
  buildExtension,
  buildSignerExtensions,
} from '../../src/capabilities/signing/x509/certificate-build.ts';
import type { Instant } from '../../src/core/instant.ts';
import { readDer } from '../../src/formats/der/der.ts';
import { type CertificateOptions, fixedKey, testAuthority } from './certificates.ts';

const PURPOSE = '1.3.6.1.5.5.7.3.8';

export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  const fewest = length >= 0x80 && length < 0x100 ? [0x81, length] : size;
  return Buffer.concat([Buffer.from([tag, ...fewest]), content]);
}

export function derOid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      septets.unshift((left & 0x7f) | 0x80);
    return septets;
  });
  return der(0x06, Buffer.from(bytes));
}

const SHA256 = der(0x30, derOid('2.16.840.1.101.3.4.2.1'));
const attribute = (oid: string, value: Uint8Array): Buffer =>
  der(0x30, derOid(oid), der(0x31, value));
const TST_INFO = '1.2.840.113549.1.9.16.1.4';

/** A token with one fault. Everything that is not given is correct. */
export interface StampChange {
  /** Seconds of accuracy. */
  readonly accuracy?: number;
  readonly version?: number;
  /** DER of the number that the request gave. */
  readonly nonce?: Uint8Array;
  readonly imprint?: Uint8Array;
  readonly contentType?: string;
  readonly certificate?: Uint8Array;
  readonly messageDigest?: Uint8Array;
  readonly attributes?: (attributes: readonly Buffer[]) => readonly Buffer[];
  readonly signers?: (signer: Buffer) => readonly Buffer[];
  readonly signature?: (signature: Buffer) => Buffer;
  readonly signerVersion?: number;
  readonly serial?: Uint8Array;
  /** The certificates in the token. */
  readonly chain?: (chain: readonly Uint8Array[]) => readonly Uint8Array[];
}

export interface TestStamper {
  readonly rootPem: string;
  /** DER of its own certificate. */
  readonly leaf: Uint8Array;
  stamp(bytes: Uint8Array, at: Instant, change?: StampChange): Buffer;
}

/** An authority for timestamps (RFC 3161) with a root of its own. */
export function testStamper(
  name: string,
  span: Omit<CertificateOptions, 'subject'> = {},
  more: readonly Extension[] = [],
): TestStamper {
  const root = testAuthority({ subject: `CN=${name} root,O=Time,ST=WA,C=US` });
  const key = fixedKey(`stamper ${name}`);
  const purposes = buildExtension(id_ce_extKeyUsage, true, new ExtendedKeyUsage([PURPOSE]));
  const own = buildSignerExtensions(createPublicKey(key), root.key);
  const extensions = [
    ...own.map((one) => (one.extnID === id_ce_extKeyUsage ? purposes : one)),
    ...more,
  ];
  const subject = `CN=${name},O=Time,ST=WA,C=US`;
  const leaf = testAuthority({ subject, issuer: root, key, extensions, ...span });
  const [tbs] = readDer(leaf.der)?.children ?? [];
  const [serial, issuer] = [tbs?.children[1], tbs?.children[3]].map((node) => node?.bytes);
  if (serial === undefined || issuer === undefined) throw new Error('a certificate has both');
  return {
    rootPem: root.pem,
    leaf: leaf.der,
    stamp: (bytes, at, change = {}) => {
      const info = buildInfo(bytes, at, change);
      const attributes = buildAttributes(info, change.certificate ?? leaf.der, change);
      const signature = sign('sha256', der(0x31, ...attributes), key);
      const signer = der(
        0x30,
        der(0x02, Buffer.from([change.signerVersion ?? 1])),
        der(0x30, issuer, change.serial ?? serial),
        SHA256,
        der(0xa0, ...attributes),
        der(0x30, derOid('1.2.840.10045.4.3.2')),
        der(0x04, change.signature?.(signature) ?? signature),
      );
      const chain = change.chain?.(leaf.chain) ?? leaf.chain;
      const signedData = der(
        0x30,
        der(0x02, Buffer.from([3])),
        der(0x31, SHA256),
        der(0x30, derOid(TST_INFO), der(0xa0, der(0x04, info))),
        der(0xa0, ...chain),
        der(0x31, ...(change.signers?.(signer) ?? [signer])),
      );
      return der(0x30, derOid('1.2.840.113549.1.7.2'), der(0xa0, signedData));
    },
  };
}

function buildInfo(
  bytes: Uint8Array,
  at: Instant,
  { accuracy, version = 1, imprint, nonce }: StampChange,
) {
  const digest = imprint ?? createHash('sha256').update(bytes).digest();
  const time = new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return der(
    0x30,
    der(0x02, Buffer.from([version])),
    derOid('1.3.6.1.4.1.1'),
    der(0x30, SHA256, der(0x04, digest)),
    der(0x02, Buffer.from([7])),
    der(0x18, Buffer.from(time)),
    ...(accuracy === undefined ? [] : [der(0x30, der(0x02, Buffer.from([accuracy])))]),
    ...(nonce === undefined ? [] : [nonce]),
  );
}

function buildAttributes(
  info: Buffer,
  certificate: Uint8Array,
  change: StampChange,
): readonly Buffer[] {
  const digest = change.messageDigest ?? createHash('sha256').update(info).digest();
  const named = der(0x04, createHash('sha256').update(certificate).digest());
  const attributes = [
    attribute('1.2.840.113549.1.9.3', derOid(change.contentType ?? TST_INFO)),
    attribute('1.2.840.113549.1.9.4', der(0x04, digest)),
    attribute('1.2.840.113549.1.9.16.2.47', der(0x30, der(0x30, der(0x30, named)))),
  ];
  return change.attributes?.(attributes) ?? attributes;
}
