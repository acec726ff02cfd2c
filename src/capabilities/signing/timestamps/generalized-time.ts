import { type Instant, parseInstant } from '../../../core/instant.ts';
import { type DerNode, TAG } from '../../../formats/der/der.ts';

const FORM = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,8}[1-9]))?Z$/;

/**
 * GeneralizedTime as RFC 3161 section 2.4.2 restricts it: UTC, with seconds, and a fraction that
 * ends with no zero. To the millisecond, rounded down.
 */
export function readGeneralizedTime(node: DerNode | undefined): Instant | null {
  if (node?.tag !== TAG.generalizedTime || node.content.length > 32) return null;
  const parts = FORM.exec(Buffer.from(node.content).toString('latin1'));
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second, fraction = '0'] = parts;
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const parsed = parseInstant(`${text}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  return parsed.ok ? parsed.value : null;
}
