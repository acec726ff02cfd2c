import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import {
  AccessDescription,
  AuthorityInfoAccessSyntax,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  type Extension,
  GeneralName,
  id_ad_ocsp,
  id_ce_cRLDistributionPoints,
  id_pe_authorityInfoAccess,
} from '@peculiar/asn1-x509';
import {
  type Certificate,
  parseCertificate,
} from '../../src/capabilities/signing/x509/certificate.ts';
import {
  buildExtension,
  buildSignerExtensions,
} from '../../src/capabilities/signing/x509/certificate-build.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { writeDer, writeOid } from '../../src/formats/der/write.ts';
import {
  FIXTURE_NOW,
  fixedKey,
  type TestAuthority,
  type TestKey,
  testAuthority,
  testKey,
} from './certificates.ts';

const HOUR_MS = 3_600_000;
const ECDSA = writeDer(0x30, writeOid('1.2.840.10045.4.3.2'));
const SHA256 = writeDer(0x30, writeOid('2.16.840.1.101.3.4.2.1'));
const TRUE = Buffer.from([0x01, 0x01, 0xff]);

/** A GeneralizedTime. */
export function writeTime(at: Instant): Buffer {
  const text = new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return writeDer(0x18, Buffer.from(text));
}

export function writeExtension(oid: string, value: Uint8Array, critical = false): Buffer {
  return writeDer(0x30, writeOid(oid), ...(critical ? [TRUE] : []), writeDer(0x04, value));
}

function signDer(content: Uint8Array, key: KeyObject): readonly Buffer[] {
  return [ECDSA, writeDer(0x03, Buffer.from([0]), sign('sha256', content, key))];
}

export interface RevokedEntry {
  readonly serial: Uint8Array;
  readonly at?: Instant;
  readonly reason?: number;
  readonly invalidSince?: Instant;
  readonly extensions?: readonly Uint8Array[];
}

/** A list with one fault. Everything that is not given is correct. */
export interface CrlChange {
  readonly entries?: readonly RevokedEntry[];
  readonly thisUpdate?: Instant;
  readonly nextUpdate?: Instant | null;
  readonly number?: number;
  readonly extensions?: readonly Uint8Array[];
  readonly key?: KeyObject;
  readonly issuer?: Uint8Array;
}

/** A list of `authority`, which revokes `entries`. */
export function testCrl(authority: TestAuthority, change: CrlChange = {}): Buffer {
  const { entries = [], nextUpdate, number = 1, extensions = [] } = change;
  const end = nextUpdate === undefined ? toInstant(FIXTURE_NOW + HOUR_MS) : nextUpdate;
  const issuer = change.issuer ?? orThrow(parseCertificate(authority.der)).subjectDer;
  const listed = entries.map(({ serial, at, reason, invalidSince, extensions: more = [] }) => {
    const own = [
      ...(reason === undefined
        ? []
        : [writeExtension('2.5.29.21', writeDer(0x0a, Buffer.from([reason])))]),
      ...(invalidSince === undefined ? [] : [writeExtension('2.5.29.24', writeTime(invalidSince))]),
      ...more,
    ];
    const time = writeTime(at ?? toInstant(FIXTURE_NOW - HOUR_MS));
    return writeDer(
      0x30,
      writeDer(0x02, serial),
      time,
      ...(own.length === 0 ? [] : [writeDer(0x30, ...own)]),
    );
  });
  const numbered = writeExtension('2.5.29.20', writeDer(0x02, Buffer.from([number])));
  const tbs = writeDer(
    0x30,
    writeDer(0x02, Buffer.from([1])),
    ECDSA,
    issuer,
    writeTime(change.thisUpdate ?? toInstant(FIXTURE_NOW - HOUR_MS)),
    ...(end === null ? [] : [writeTime(end)]),
    ...(listed.length === 0 ? [] : [writeDer(0x30, Buffer.concat(listed))]),
    writeDer(0xa0, writeDer(0x30, numbered, ...extensions)),
  );
  return writeDer(0x30, tbs, ...signDer(tbs, change.key ?? authority.key));
}

/** An answer with one fault. Everything that is not given is correct. */
export interface OcspChange {
  readonly status?: number;
  readonly state?: 'good' | 'unknown' | { readonly at: Instant; readonly reason?: number };
  readonly thisUpdate?: Instant;
  readonly nextUpdate?: Instant | null;
  readonly nonce?: Uint8Array | null;
  readonly serial?: Uint8Array;
  readonly issuerKey?: Uint8Array;
  readonly key?: KeyObject;
  /** Name of the responder, DER. */
  readonly responder?: Uint8Array;
  readonly certificates?: readonly Uint8Array[];
  readonly answerExtensions?: readonly Uint8Array[];
  readonly extensions?: readonly Uint8Array[];
}

const hash = (bytes: Uint8Array): Buffer =>
  writeDer(0x04, createHash('sha256').update(bytes).digest());

/** What the responder of `authority` says about `certificate`. */
export function testOcsp(
  authority: TestAuthority,
  certificate: Certificate,
  change: OcspChange = {},
): Buffer {
  if (change.status !== undefined)
    return writeDer(0x30, writeDer(0x0a, Buffer.from([change.status])));
  const issuer = orThrow(parseCertificate(authority.der));
  const { state = 'good', nextUpdate, nonce = null, extensions = [] } = change;
  const end = nextUpdate === undefined ? toInstant(FIXTURE_NOW + HOUR_MS) : nextUpdate;
  const status =
    state === 'good'
      ? writeDer(0x80)
      : state === 'unknown'
        ? writeDer(0x82)
        : writeDer(
            0xa1,
            writeTime(state.at),
            ...(state.reason === undefined
              ? []
              : [writeDer(0xa0, writeDer(0x0a, Buffer.from([state.reason])))]),
          );
  const id = writeDer(
    0x30,
    SHA256,
    hash(issuer.subjectDer),
    hash(change.issuerKey ?? issuer.keyBits),
    writeDer(0x02, change.serial ?? certificate.serial),
  );
  const more = change.answerExtensions ?? [];
  const answer = writeDer(
    0x30,
    id,
    status,
    writeTime(change.thisUpdate ?? toInstant(FIXTURE_NOW - HOUR_MS)),
    ...(end === null ? [] : [writeDer(0xa0, writeTime(end))]),
    ...(more.length === 0 ? [] : [writeDer(0xa1, writeDer(0x30, ...more))]),
  );
  const all = [
    ...(nonce === null ? [] : [writeExtension('1.3.6.1.5.5.7.48.1.2', writeDer(0x04, nonce))]),
    ...extensions,
  ];
  const data = writeDer(
    0x30,
    writeDer(0xa1, change.responder ?? issuer.subjectDer),
    writeTime(FIXTURE_NOW),
    writeDer(0x30, answer),
    ...(all.length === 0 ? [] : [writeDer(0xa1, writeDer(0x30, ...all))]),
  );
  const certificates = change.certificates ?? [];
  const basic = writeDer(
    0x30,
    data,
    ...signDer(data, change.key ?? authority.key),
    ...(certificates.length === 0 ? [] : [writeDer(0xa0, writeDer(0x30, ...certificates))]),
  );
  const typed = writeDer(0x30, writeOid('1.3.6.1.5.5.7.48.1.1'), writeDer(0x04, basic));
  return writeDer(0x30, writeDer(0x0a, Buffer.from([0])), writeDer(0xa0, typed));
}

export interface NamedServices {
  readonly ocsp?: string;
  readonly crl?: string;
}

/** Extensions that name revocation services. */
export function nameServices({ ocsp, crl }: NamedServices): readonly Extension[] {
  const uri = (text: string) => new GeneralName({ uniformResourceIdentifier: text });
  const access = (text: string) =>
    new AuthorityInfoAccessSyntax([
      new AccessDescription({ accessMethod: id_ad_ocsp, accessLocation: uri(text) }),
    ]);
  const points = (text: string) =>
    new CRLDistributionPoints([
      new DistributionPoint({
        distributionPoint: new DistributionPointName({ fullName: [uri(text)] }),
      }),
    ]);
  return [
    ...(ocsp === undefined ? [] : [buildExtension(id_pe_authorityInfoAccess, false, access(ocsp))]),
    ...(crl === undefined ? [] : [buildExtension(id_ce_cRLDistributionPoints, false, points(crl))]),
  ];
}

export interface RevocableChain {
  readonly root: TestAuthority;
  readonly key: TestKey;
  readonly leaf: Certificate;
  readonly issuer: Certificate;
}

/** A root and a signer whose certificate names services. */
export async function revocableChain(
  name: string,
  services: NamedServices,
  more: readonly Extension[] = [],
): Promise<RevocableChain> {
  const root = testAuthority({ subject: `CN=${name} root,O=Shop,ST=WA,C=US` });
  const subject = `CN=${name},O=Shop,ST=WA,C=US`;
  const own = fixedKey(`signer ${subject}`);
  const extensions = [
    ...buildSignerExtensions(createPublicKey(own), root.key),
    ...nameServices(services),
    ...more,
  ];
  const key = await testKey({ subject, root, key: own, extensions });
  const [leaf = new Uint8Array()] = key.chain;
  return {
    root,
    key,
    leaf: orThrow(parseCertificate(leaf)),
    issuer: orThrow(parseCertificate(root.der)),
  };
}
