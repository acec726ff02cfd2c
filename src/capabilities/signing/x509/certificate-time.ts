import type { Instant } from '../../../core/instant.ts';
import { TAG } from '../../../formats/der/der.ts';

interface DerTime {
  readonly tag: number;
  readonly content: Uint8Array;
}

/**
 * UTCTime or GeneralizedTime as certificates and revocation lists have them (RFC 5280 §4.1.2.5,
 * §5.1.2.4): with seconds and Z, without a fraction.
 */
export function readCertificateTime(node: DerTime | undefined): Instant | null {
  if (node === undefined || node.content.length > 16) return null;
  const text = Buffer.from(node.content).toString('latin1');
  const utc = node.tag === TAG.utcTime && /^\d{12}Z$/.test(text);
  if (!utc && !(node.tag === TAG.generalizedTime && /^\d{14}Z$/.test(text))) return null;
  const digits = utc ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const iso = digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const ms = Date.parse(iso);
  return Number.isNaN(ms) || new Date(ms).toISOString() !== iso ? null : (ms as Instant);
}
