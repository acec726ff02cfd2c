import { type Instant, toDay, toInstant } from '../../../core/instant.ts';

/** How long the publisher of a system writes security updates for one release of it. */
export interface SupportTerm {
  /** `ID` and `VERSION_ID` of os-release(5): `alpine`, `3.20`. */
  readonly os: string;
  readonly release: string;
  /** The last day for everybody, as `2026-04-01`. */
  readonly endsOn: string;
  /** The last day for who pays for more; null where none is known. */
  readonly extendedTo: string | null;
}

/** The terms of whole systems, which replace what was known of these systems. */
export interface SupportData {
  /** For people. */
  readonly source: string;
  readonly terms: readonly SupportTerm[];
}

/**
 * The term of a release; null where nothing is known of it. `3.20.3` is in `3.20`, where there is
 * no term of its own.
 *
 * @example findSupportTerm(terms, 'alpine', '3.20.3')
 */
export function findSupportTerm(
  terms: readonly SupportTerm[],
  os: string,
  versionId: string,
): SupportTerm | null {
  const own = new Map(terms.flatMap((term) => (term.os === os ? [[term.release, term]] : [])));
  const parts = versionId.split('.', 8);
  for (let count = parts.length; count > 0; count--) {
    const found = own.get(parts.slice(0, count).join('.'));
    if (found !== undefined) return found;
  }
  return null;
}

const DAY_MS = 86_400_000;

/** The moment at which the last day for everybody is over; null for a day that is none. */
export function dateSupportEnd({ endsOn }: SupportTerm): Instant | null {
  const last = toDay(endsOn);
  return last === null ? null : toInstant(last + DAY_MS);
}

/** Whether the last day for everybody is over. */
export function isSupportOver(term: SupportTerm, now: Instant): boolean {
  const end = dateSupportEnd(term);
  // mutant end-of-life-is-never by read-support: value -> false
  return end !== null && now >= end;
}
