import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  BasicConstraints,
  ExtendedKeyUsage,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';
import {
  buildAuthorityExtensions,
  buildCertificate,
  buildExtension,
  buildName,
} from '../../capabilities/signing/index.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { toOneLine } from '../../core/one-line.ts';
import { orThrow } from '../../core/result.ts';
import { writePem } from '../../formats/der/pem.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import { buildTlsContext, type Tls } from './client-certificate.ts';
import type { LogEntry } from './log.ts';

const LIFETIME_MS = 365 * 86_400_000;
const RENEW_BEFORE_MS = 30 * 86_400_000;
const BACKDATED_MS = 5 * 60_000;

/** The certificate and key from the operator. */
export function readTls(certFile: string, keyFile: string): Tls {
  try {
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } catch (cause) {
    throw new Failure(
      'KEY_UNUSABLE',
      'the TLS certificate or key cannot be read',
      'Check --tls-cert and --tls-key.',
      {
        cause,
      },
    );
  }
}

/** The authority of the clients that may ask for verdicts. */
export function readClientCa(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8');
    // mutant client-ca-is-an-authority by client-certificate: condition -> false
    if (!new X509Certificate(pem).ca) throw new Error('it is no certificate of an authority');
    return pem;
  } catch (cause) {
    throw new Failure(
      'KEY_UNUSABLE',
      `the authority of clients cannot be read from ${file}`,
      'Check --client-ca: the certificate of an authority, in PEM.',
      { cause },
    );
  }
}

const RENEWAL_LOOK_MS = 2_000;

/**
 * Uses a new certificate of the operator when its files change, without a restart: open connections
 * continue, new ones get the new certificate. While only one of the two files is new, they are not
 * a pair, and the old pair stays.
 */
export function watchTlsFiles(
  files: { readonly certFile: string; readonly keyFile: string },
  current: Tls,
  server: Pick<Server, 'setSecureContext'>,
  log: (entry: LogEntry) => void,
): NodeJS.Timeout {
  let [seen, complaint] = [current, ''];
  const look = (): void => {
    try {
      const tls = readTls(files.certFile, files.keyFile);
      if (tls.cert === seen.cert && tls.key === seen.key) return;
      seen = tls;
      // mutant half-renewed-certificate: remove
      if (!new X509Certificate(tls.cert).checkPrivateKey(createPrivateKey(tls.key))) return;
      const { clientCa } = current;
      server.setSecureContext(buildTlsContext(clientCa === undefined ? tls : { ...tls, clientCa }));
      complaint = '';
      log({ level: 'info', event: 'certificate-renewed' });
    } catch (thrown) {
      const message = toOneLine(toFailure(thrown).message);
      if (message !== complaint) log({ level: 'warn', event: 'certificate-unreadable', message });
      complaint = message;
    }
  };
  return setInterval(look, RENEWAL_LOOK_MS).unref();
}

/**
 * Our own certificate, under an authority that is made for it: clients and webhook configurations
 * trust `caFile`.
 */
export function loadOwnTls(
  folder: string,
  hosts: readonly string[],
): Tls & { readonly caFile: string } {
  const files = {
    ca: join(folder, 'ca.crt'),
    cert: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
  };
  if (!isUsable(files, hosts)) makeCertificates(folder, files, hosts);
  return { ...readTls(files.cert, files.key), caFile: files.ca };
}

interface OwnFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * Checks that the files belong together: a process that was killed between two files leaves a key
 * or an authority of another certificate.
 */
function isUsable(files: OwnFiles, hosts: readonly string[]): boolean {
  if (!Object.values(files).every((file) => existsSync(file))) return false;
  const certificate = new X509Certificate(readFileSync(files.cert));
  const belong =
    certificate.checkPrivateKey(createPrivateKey(readFileSync(files.key))) &&
    certificate.verify(new X509Certificate(readFileSync(files.ca)).publicKey);
  if (!belong) return false;
  const named = hosts.every(
    (host) =>
      (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined,
  );
  return named && certificate.validToDate.getTime() - Date.now() > RENEW_BEFORE_MS;
}

function makeCertificates(folder: string, files: OwnFiles, hosts: readonly string[]): void {
  makeFolders(folder, 0o700);
  const [authority, leaf] = [generateKey(), generateKey()];
  const now = Date.now();
  const span = {
    validFrom: toInstant(now - BACKDATED_MS),
    validUntil: toInstant(now + LIFETIME_MS),
  };
  const issuerName = orThrow(
    buildName(
      `CN=Waybill server authority ${randomBytes(4).toString('hex')},O=waybill,ST=none,C=US`,
    ),
  );
  const issuer = { name: issuerName, privateKey: authority };
  const authorityKey = createPublicKey(authority);
  const ca = buildCertificate(
    {
      ...span,
      subject: issuerName,
      publicKey: authorityKey,
      serial: serial(),
      extensions: buildAuthorityExtensions(authorityKey, 0),
    },
    issuer,
  );
  const subject = orThrow(buildName('CN=waybill,O=waybill,ST=none,C=US'));
  const cert = buildCertificate(
    {
      ...span,
      subject,
      publicKey: createPublicKey(leaf),
      serial: serial(),
      extensions: buildServerExtensions(hosts),
    },
    issuer,
  );
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  writeWhole(files.ca, text(writePem('CERTIFICATE', ca)));
  writeWhole(files.key, text(String(leaf.export({ type: 'pkcs8', format: 'pem' }))), 0o600);
  writeWhole(files.cert, text(writePem('CERTIFICATE', cert) + writePem('CERTIFICATE', ca)));
}

function generateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** Positive and of full length (RFC 5280 §4.1.2.2). */
function serial(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function buildServerExtensions(hosts: readonly string[]) {
  const names = hosts.map(
    (host) => new GeneralName(isIP(host) === 0 ? { dNSName: host } : { iPAddress: host }),
  );
  return [
    buildExtension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
    buildExtension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    buildExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
    buildExtension(id_ce_subjectAltName, false, new SubjectAlternativeName(names)),
  ];
}
