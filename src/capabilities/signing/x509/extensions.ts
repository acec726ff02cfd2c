import { AsnConvert } from '@peculiar/asn1-schema';
import { ExtendedKeyUsage, id_ce_extKeyUsage, id_ce_keyUsage, KeyUsage } from '@peculiar/asn1-x509';
import { readDer } from '../../../formats/der/der.ts';
import type { Certificate } from './certificate.ts';

export function readPurposes(certificate: Certificate): readonly string[] | null | 'malformed' {
  const purposes = readExtension(certificate, id_ce_extKeyUsage, ExtendedKeyUsage);
  if (purposes === null || purposes === 'malformed') return purposes;
  return purposes.length === 0 ? 'malformed' : [...purposes];
}

/** The bits of a critical key usage; null when it is absent, malformed or not critical. */
export function readKeyUsage(certificate: Certificate): number | null {
  const found = certificate.extensions.get(id_ce_keyUsage);
  // A BIT STRING of at most nine bits.
  if (found?.critical !== true || found.value.length > 5) return null;
  const usage = readExtension(certificate, id_ce_keyUsage, KeyUsage);
  return usage === null || usage === 'malformed' ? null : usage.toNumber();
}

export function readExtension<T>(
  certificate: Certificate,
  oid: string,
  type: new () => T,
): T | null | 'malformed' {
  const found = certificate.extensions.get(oid);
  if (found === undefined) return null;
  if (readDer(found.value) === null) return 'malformed';
  try {
    return AsnConvert.parse(found.value, type);
  } catch {
    return 'malformed';
  }
}
