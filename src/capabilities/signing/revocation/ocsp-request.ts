import { createHash } from 'node:crypto';
import { TAG } from '../../../formats/der/der.ts';
import { writeDer, writeOid } from '../../../formats/der/write.ts';
import type { Certificate } from '../x509/certificate.ts';

export const NONCE_OID = '1.3.6.1.5.5.7.48.1.2';
const SHA256 = writeDer(TAG.sequence, writeOid('2.16.840.1.101.3.4.2.1'), writeDer(0x05));

/** Asks about one certificate (RFC 6960 §4.1), with a nonce (RFC 9654). */
export function buildOcspRequest(
  certificate: Certificate,
  issuer: Certificate,
  nonce: Uint8Array,
): Uint8Array {
  const hash = (bytes: Uint8Array): Buffer =>
    writeDer(TAG.octetString, createHash('sha256').update(bytes).digest());
  const id = writeDer(
    TAG.sequence,
    SHA256,
    hash(certificate.issuerDer),
    hash(issuer.keyBits),
    writeDer(TAG.integer, certificate.serial),
  );
  const requests = writeDer(TAG.sequence, writeDer(TAG.sequence, id));
  const value = writeDer(TAG.octetString, writeDer(TAG.octetString, nonce));
  const extension = writeDer(TAG.sequence, writeOid(NONCE_OID), value);
  const extensions = writeDer(0xa2, writeDer(TAG.sequence, extension));
  return writeDer(TAG.sequence, writeDer(TAG.sequence, requests, extensions));
}
