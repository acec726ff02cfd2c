import type { Instant } from '../../core/instant.ts';

/**
 * The facts of an OSV record. Of its sentences only the title is kept, references are not, and of
 * `database_specific` and `ecosystem_specific` only the severities.
 */
export interface Advisory extends AdvisoryHead {
  /** Empty for a record that only states a severity. */
  readonly affected: readonly AffectedPackage[];
}

/** A record without its packages. */
export interface AdvisoryHead {
  readonly id: string;
  /** Other names of the same vulnerability. */
  readonly aliases: readonly string[];
  /** Similar or connected records; they are never the same vulnerability, never merged. */
  readonly related: readonly string[];
  /**
   * The vulnerabilities that a distribution's advisory covers: a DSA covers several CVEs and is
   * not one of them.
   */
  readonly upstream: readonly string[];
  readonly modified: Instant | null;
  readonly published: Instant | null;
  readonly withdrawn: Instant | null;
  readonly severities: readonly SeverityVector[];
  /** Its `summary` on one line, of at most LIMITS.advisoryTitleMax characters; absent: unknown. */
  readonly title?: string | undefined;
}

/** One statement about severity. */
export interface SeverityVector {
  /**
   * As the record says it; its vector may say otherwise. `CVSS`: of a version that has no type
   * here. `DATABASE`: a word in place of a vector, such as `critical` of Ubuntu.
   */
  readonly type: 'CVSS_V2' | 'CVSS_V3' | 'CVSS_V4' | 'CVSS' | 'DATABASE';
  /** Where a database gives only the number of a base score, that number. */
  readonly vector: string;
  /** The one vulnerability that it is about, where its record covers several; else all of them. */
  readonly of?: string;
  /** Of a severity that comes beside the advisories: who gave it to the CVE. */
  readonly by?: 'cna' | 'cisa-adp';
}

export interface AffectedPackage {
  /** As OSV names it: `npm`, `Maven`, `Debian:12`. */
  readonly ecosystem: string;
  readonly name: string;
  readonly ranges: readonly VersionRange[];
  readonly versions: readonly string[];
  readonly severities: readonly SeverityVector[];
}

export interface VersionRange {
  /** A GIT range is about commits: it is kept to show that it exists, and has no events. */
  readonly type: 'SEMVER' | 'ECOSYSTEM' | 'GIT';
  /** In the order of the record, which may differ from the order of the versions. */
  readonly events: readonly VersionEvent[];
}

export interface VersionEvent {
  readonly kind: 'introduced' | 'fixed' | 'last_affected' | 'limit';
  readonly version: string;
}

/** Whether a record is in force. A withdrawn record matches nothing and joins no aliases. */
export function isInForce(advisory: AdvisoryHead): boolean {
  return advisory.withdrawn === null;
}
