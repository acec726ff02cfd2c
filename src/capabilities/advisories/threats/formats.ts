import type { Result } from '../../../core/result.ts';
import { isEpss, readEpss } from './read-epss.ts';
import { isKev, readKev } from './read-kev.ts';
import type { ThreatData } from './threat.ts';

/** A source beside advisories: what is known of exploitation. */
export interface ThreatFormat {
  readonly kind: ThreatData['kind'];
  /** For people. */
  readonly name: string;
  /** By the first characters of a file. */
  readonly recognises: (start: string) => boolean;
  readonly read: (text: string) => Result<ThreatData>;
}

/** The only list of these sources. */
export const THREAT_FORMATS: readonly ThreatFormat[] = [
  { kind: 'kev', name: 'CISA KEV', recognises: isKev, read: readKev },
  { kind: 'epss', name: 'EPSS', recognises: isEpss, read: readEpss },
];

/** Null: it is another file, such as a feed of advisories. */
export function recogniseThreats(start: string): ThreatFormat | null {
  return THREAT_FORMATS.find(({ recognises }) => recognises(start)) ?? null;
}
