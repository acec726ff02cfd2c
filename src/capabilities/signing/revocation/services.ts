import { LIMITS } from '../../../core/limits.ts';
import { type DerNode, formatOid, readDer, TAG } from '../../../formats/der/der.ts';
import type { Certificate } from '../x509/certificate.ts';

/** The revocation services that a certificate names. */
export interface RevocationServices {
  readonly ocsp: readonly string[];
  readonly crl: DistributionPoints;
  readonly delta: DistributionPoints;
}

/** `refused` is why a list cannot be used, where none can. */
export interface DistributionPoints {
  readonly urls: readonly string[];
  readonly refused: string | null;
}

const OID = {
  access: '1.3.6.1.5.5.7.1.1',
  ocsp: '1.3.6.1.5.5.7.48.1',
  points: '2.5.29.31',
  freshest: '2.5.29.46',
} as const;
const NONE: DistributionPoints = { urls: [], refused: null };

export function readServices({ extensions }: Certificate): RevocationServices {
  const read = (oid: string): DistributionPoints => {
    const value = extensions.get(oid)?.value;
    return value === undefined ? NONE : readDistributionPoints(value);
  };
  return {
    ocsp: readOcspUrls(extensions.get(OID.access)?.value ?? new Uint8Array()),
    crl: read(OID.points),
    delta: read(OID.freshest),
  };
}

/** authorityInfoAccess (RFC 5280 §4.2.2.1). */
function readOcspUrls(value: Uint8Array): readonly string[] {
  const descriptions = readDer(value)?.children ?? [];
  const urls = descriptions.flatMap(({ children: [method, location] }) =>
    formatOid(method) === OID.ocsp && location?.tag === 0x86 ? [readUrl(location)] : [],
  );
  return urls.slice(0, LIMITS.revocationServicesMax);
}

/**
 * cRLDistributionPoints and freshestCRL (RFC 5280 §4.2.1.13, §4.2.1.15). Lists of another issuer
 * (indirect ones) and lists for some reasons only are not used.
 */
export function readDistributionPoints(value: Uint8Array): DistributionPoints {
  const root = readDer(value);
  if (root?.tag !== TAG.sequence || root.children.length === 0)
    return { urls: [], refused: 'its distribution points are malformed' };
  let refused = 'it names no revocation list that can be fetched';
  const urls = root.children.flatMap(({ children }) => {
    const [indirect, partial] = [0xa2, 0x81].map((tag) => children.some((one) => one.tag === tag));
    // mutant indirect-list-is-refused by crl: condition -> false
    if (indirect === true) refused = 'it names an indirect revocation list, which is not supported';
    if (partial === true) refused = 'it names a revocation list for some reasons only';
    return indirect === true || partial === true ? [] : readPointUrls(children[0]);
  });
  const some = urls.slice(0, LIMITS.revocationServicesMax);
  return { urls: some, refused: some.length === 0 ? refused : null };
}

/** The URIs of the full name of a DistributionPointName, which is in the tag [0]. */
export function readPointUrls(point: DerNode | undefined): readonly string[] {
  const [name] = point?.tag === 0xa0 ? point.children : [];
  if (name?.tag !== 0xa0) return [];
  return name.children.flatMap((one) => (one.tag === 0x86 ? [readUrl(one)] : []));
}

function readUrl({ content }: DerNode): string {
  return Buffer.from(content).toString('latin1').slice(0, 2_048);
}
