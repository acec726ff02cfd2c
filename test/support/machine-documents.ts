import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ExtendedKeyUsage,
  GeneralName,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  KeyUsage,
  KeyUsageFlags,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';
import {
  buildExtension,
  buildSignerExtensions,
} from '../../src/capabilities/signing/x509/certificate-build.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import { readDer } from '../../src/formats/der/der.ts';
import { type CertificateOptions, FIXTURE_NOW, testAuthority } from './certificates.ts';
import { stampRequest } from './sigstore-services.ts';
import { der, derOid, type TestStamper } from './timestamps.ts';

export const SUBSCRIPTION = '8d10da13-8125-4ba9-a717-bf7490507b3d';
export const VM = '02aab8a4-74ef-476e-8182-f6d2ba4166a6';
const HOUR_MS = 3_600_000;
const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  rsa: '1.2.840.113549.1.1.1',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  sha1WithRsa: '1.2.840.113549.1.1.5',
} as const;
const NULL = Buffer.of(5, 0);

/** A document with one fault. Everything that is not given is as Azure writes it. */
export interface MachineChange {
  readonly at?: Instant;
  readonly until?: Instant;
  readonly nonce?: string;
  readonly subscription?: string | null;
  readonly vm?: string;
  /** Replaces members of the content. */
  readonly content?: object;
  /** Changes what is enclosed after it was signed. */
  readonly enclosed?: (content: Buffer) => Buffer;
  readonly key?: KeyObject;
  readonly hash?: string;
  readonly withAttributes?: { readonly of?: Uint8Array };
  readonly signers?: (signer: Buffer) => readonly Buffer[];
  readonly certificates?: readonly Uint8Array[];
}

export interface CloudOptions extends Omit<CertificateOptions, 'subject'> {
  /** Alternative names; null for none. */
  readonly hosts?: readonly string[] | null;
  readonly host?: string;
  /** The last numbers of the purposes (RFC 5280 §4.2.1.12). */
  readonly purposes?: readonly number[];
  readonly usage?: number;
  readonly root?: string;
}

export interface TestCloud {
  /** Who issues its certificates, and the root over it: the document holds only the leaf. */
  readonly authoritiesPem: string;
  readonly key: KeyObject;
  /** DER, as IMDS signs it (PKCS#7 with its content, without signed attributes). */
  document(digest: string, change?: MachineChange): Buffer;
  /** The JSON of `/metadata/attested/document`. */
  answer(digest: string, change?: MachineChange): string;
}

const serverKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const USAGE =
  KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment | KeyUsageFlags.dataEncipherment;

/** The metadata service of a cloud that signs documents with the key of its server. */
export function testCloud(options: CloudOptions = {}): TestCloud {
  const { host = 'metadata.azure.com', purposes = [1, 2], usage = USAGE } = options;
  const { hosts = [host, `southcentralus.${host}`], root: name = 'cloud', ...span } = options;
  const root = testAuthority({ subject: `CN=${name} root,O=Cloud,ST=WA,C=US` });
  const issuer = testAuthority({
    subject: `CN=${name} TLS CA 01,O=Cloud,ST=WA,C=US`,
    issuer: root,
  });
  const alternative = (hosts ?? []).map((dNSName) => new GeneralName({ dNSName }));
  const kinds = new ExtendedKeyUsage(purposes.map((last) => `1.3.6.1.5.5.7.3.${last}`));
  const more = [
    buildExtension(id_ce_keyUsage, true, new KeyUsage(usage)),
    buildExtension(id_ce_extKeyUsage, false, kinds),
    ...(hosts === null
      ? []
      : [buildExtension(id_ce_subjectAltName, false, new SubjectAlternativeName(alternative))]),
  ];
  const replaced = new Set(more.map(({ extnID }) => extnID));
  const own = buildSignerExtensions(createPublicKey(serverKey), issuer.key);
  const extensions = [...own.filter(({ extnID }) => !replaced.has(extnID)), ...more];
  const named = { subject: `CN=${host},O=Cloud,ST=WA,C=US`, issuer, key: serverKey, extensions };
  const leaf = testAuthority({ ...named, ...span });
  const [tbs] = readDer(leaf.der)?.children ?? [];
  const [serial, issuerName] = [tbs?.children[1], tbs?.children[3]].map((node) => node?.bytes);
  if (serial === undefined || issuerName === undefined) throw new Error('a certificate has both');
  const document = (digest: string, change: MachineChange = {}): Buffer => {
    const content = buildContent(digest, change);
    const algorithm = der(0x30, derOid(change.hash ?? OID.sha256WithRsa), NULL);
    const attributes = buildAttributes(content, change);
    const signed = attributes === null ? content : der(0x31, ...attributes);
    const signer = der(
      0x30,
      der(0x02, Buffer.of(1)),
      der(0x30, issuerName, serial),
      algorithm,
      ...(attributes === null ? [] : [der(0xa0, ...attributes)]),
      der(0x30, derOid(OID.rsa), NULL),
      der(0x04, sign('sha256', signed, change.key ?? serverKey)),
    );
    const enclosed = change.enclosed?.(content) ?? content;
    const signedData = der(
      0x30,
      der(0x02, Buffer.of(1)),
      der(0x31, algorithm),
      der(0x30, derOid(OID.data), der(0xa0, der(0x04, enclosed))),
      der(0xa0, ...(change.certificates ?? [leaf.der])),
      der(0x31, ...(change.signers?.(signer) ?? [signer])),
    );
    return der(0x30, derOid(OID.signedData), der(0xa0, signedData));
  };
  return {
    authoritiesPem: `${issuer.pem}${root.pem}`,
    key: serverKey,
    document,
    answer: (digest, change) =>
      JSON.stringify({
        encoding: 'pkcs7',
        signature: document(digest, change).toString('base64'),
      }),
  };
}

function buildContent(digest: string, change: MachineChange): Buffer {
  const { at = FIXTURE_NOW, nonce = digest.replace('sha256:', '').slice(0, 32) } = change;
  const { until = toInstant(at + 6 * HOUR_MS), subscription = SUBSCRIPTION, vm = VM } = change;
  const content = {
    licenseType: '',
    nonce,
    plan: { name: '', product: '', publisher: '' },
    sku: '20_04-lts-gen2',
    ...(subscription === null ? {} : { subscriptionId: subscription }),
    timeStamp: { createdOn: formatMoment(at), expiresOn: formatMoment(until) },
    vmId: vm,
    ...change.content,
  };
  return Buffer.from(JSON.stringify(content));
}

function buildAttributes(content: Buffer, { withAttributes }: MachineChange) {
  if (withAttributes === undefined) return null;
  const digest = createHash('sha256')
    .update(withAttributes.of ?? content)
    .digest();
  const attribute = (oid: string, value: Uint8Array): Buffer =>
    der(0x30, derOid(oid), der(0x31, value));
  return [
    attribute(OID.contentType, derOid(OID.data)),
    attribute(OID.messageDigest, der(0x04, digest)),
  ];
}

/** `11/30/20 21:19:19 -0000` */
function formatMoment(at: Instant): string {
  const [, year, month, day, time] =
    /^\d\d(\d\d)-(\d\d)-(\d\d)T([\d:]{8})/.exec(new Date(at).toISOString()) ?? [];
  return `${month}/${day}/${year} ${time} -0000`;
}

export interface RunnerServices {
  readonly url: string;
  /** What was asked of the metadata service: path, and the header that it wants. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** The metadata service of a machine and a timestamp authority, on loopback. */
export async function startRunnerServices(
  cloud: TestCloud,
  stamper: TestStamper,
  change: { value: MachineChange },
): Promise<RunnerServices> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/tsa') {
      response.writeHead(200, { 'Content-Type': 'application/timestamp-reply' });
      response.end(stampRequest({ stamper }, Buffer.concat(parts)));
      return;
    }
    asked.push(`${url.pathname}${url.search} ${request.headers['metadata']}`);
    if (url.pathname !== '/metadata/attested/document' || request.headers['metadata'] !== 'true') {
      response.writeHead(400).end('{"error":"Bad request"}');
      return;
    }
    const nonce = url.searchParams.get('nonce') ?? '';
    const now = { at: toInstant(Date.now()), ...change.value };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(cloud.answer(nonce, now));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
