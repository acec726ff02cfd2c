import { createHash, createPublicKey, sign } from 'node:crypto';
import { OctetString } from '@peculiar/asn1-schema';
import {
  ExtendedKeyUsage,
  Extension,
  GeneralName,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  KeyUsage,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';
import {
  buildExtension,
  buildSignerExtensions,
} from '../../src/capabilities/signing/x509/certificate-build.ts';
import type { Instant } from '../../src/core/instant.ts';
import { readDer } from '../../src/formats/der/der.ts';
import { type CertificateOptions, FIXTURE_NOW, fixedKey, testAuthority } from './certificates.ts';
import { der, derOid } from './timestamps.ts';

const SHA256 = der(0x30, derOid('2.16.840.1.101.3.4.2.1'));
const DATA = '1.2.840.113549.1.7.1';
const attribute = (oid: string, value: Uint8Array): Buffer =>
  der(0x30, derOid(oid), der(0x31, value));

export interface CmsCertificate extends Omit<CertificateOptions, 'subject'> {
  readonly addresses?: readonly string[];
  /** Bits of the key usage; null for none. */
  readonly usage?: number;
  /** The last number of a purpose (RFC 5280 §4.2.1.12). */
  readonly purpose?: number;
  readonly root?: string;
  /** The issuer of an identity token, as Fulcio writes it. */
  readonly fulcioIssuer?: string;
}

/** A signature with one fault. Everything that is not given is correct. */
export interface CmsChange {
  readonly at?: Instant | null;
  readonly contentType?: string;
  /** The content within the signature. */
  readonly content?: Uint8Array;
  readonly chain?: (chain: readonly Uint8Array[]) => readonly Uint8Array[];
  readonly signers?: (signer: Buffer) => readonly Buffer[];
  readonly withoutAttributes?: boolean;
  /** As gpgsm writes it. */
  readonly openLengths?: boolean;
}

export interface TestCmsSigner {
  readonly rootPem: string;
  readonly leaf: Uint8Array;
  sign(payload: Uint8Array, change?: CmsChange): Buffer;
}

function stateIssuer(issuer: string): Extension {
  const extnValue = new OctetString(der(0x0c, Buffer.from(issuer)));
  return new Extension({ extnID: '1.3.6.1.4.1.57264.1.8', critical: false, extnValue });
}

/** A person with a certificate for mail, under a root. */
export function testCmsSigner(name: string, how: CmsCertificate = {}): TestCmsSigner {
  const { addresses = ['alice@example.com'], usage, purpose = 4, root: above = 'mail' } = how;
  const root = testAuthority({ subject: `CN=${above} root,O=Mail,ST=WA,C=US` });
  const key = fixedKey(`cms ${name}`);
  const names = addresses.map((rfc822Name) => new GeneralName({ rfc822Name }));
  const more = [
    buildExtension(id_ce_subjectAltName, false, new SubjectAlternativeName(names)),
    buildExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([`1.3.6.1.5.5.7.3.${purpose}`])),
    ...(usage === undefined ? [] : [buildExtension(id_ce_keyUsage, true, new KeyUsage(usage))]),
    ...(how.fulcioIssuer === undefined ? [] : [stateIssuer(how.fulcioIssuer)]),
  ];
  const replaced = new Set(more.map(({ extnID }) => extnID));
  const own = buildSignerExtensions(createPublicKey(key), root.key);
  const extensions = [...own.filter(({ extnID }) => !replaced.has(extnID)), ...more];
  const subject = `CN=${name},O=Mail,ST=WA,C=US`;
  const leaf = testAuthority({ extensions, ...how, subject, issuer: root, key });
  const [tbs] = readDer(leaf.der)?.children ?? [];
  const [serial, issuer] = [tbs?.children[1], tbs?.children[3]].map((node) => node?.bytes);
  if (serial === undefined || issuer === undefined) throw new Error('a certificate has both');
  return {
    rootPem: root.pem,
    leaf: leaf.der,
    sign: (payload, change = {}) => {
      const attributes = buildCmsAttributes(payload, change);
      const covered = change.withoutAttributes === true ? payload : der(0x31, ...attributes);
      const signer = der(
        0x30,
        der(0x02, Buffer.of(1)),
        der(0x30, issuer, serial),
        SHA256,
        ...(change.withoutAttributes === true ? [] : [der(0xa0, ...attributes)]),
        der(0x30, derOid('1.2.840.10045.4.3.2')),
        der(0x04, sign('sha256', covered, key)),
      );
      return wrap(leaf.chain, signer, change);
    },
  };
}

export function buildCmsAttributes(payload: Uint8Array, change: CmsChange): readonly Buffer[] {
  const { at = FIXTURE_NOW, contentType = DATA } = change;
  const time =
    at === null
      ? ''
      : new Date(at)
          .toISOString()
          .slice(2)
          .replaceAll(/[-:T]|\.\d+/g, '');
  return [
    attribute('1.2.840.113549.1.9.3', derOid(contentType)),
    ...(at === null ? [] : [attribute('1.2.840.113549.1.9.5', der(0x17, Buffer.from(time)))]),
    attribute('1.2.840.113549.1.9.4', der(0x04, createHash('sha256').update(payload).digest())),
  ];
}

function wrap(chain: readonly Uint8Array[], signer: Buffer, change: CmsChange): Buffer {
  const open = (tag: number, ...parts: readonly Uint8Array[]): Buffer =>
    change.openLengths === true
      ? Buffer.concat([Buffer.of(tag, 0x80), ...parts, Buffer.of(0, 0)])
      : der(tag, ...parts);
  const content = change.content === undefined ? [] : [der(0xa0, der(0x04, change.content))];
  const signedData = open(
    0x30,
    der(0x02, Buffer.of(1)),
    der(0x31, SHA256),
    open(0x30, derOid(DATA), ...content),
    der(0xa0, ...(change.chain?.(chain) ?? chain.slice(0, -1))),
    der(0x31, ...(change.signers?.(signer) ?? [signer])),
  );
  return open(0x30, derOid('1.2.840.113549.1.7.2'), open(0xa0, signedData));
}

export function armourCms(binary: Uint8Array): string {
  const lines =
    Buffer.from(binary)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN SIGNED MESSAGE-----', ...lines, '-----END SIGNED MESSAGE-----', ''].join(
    '\n',
  );
}
