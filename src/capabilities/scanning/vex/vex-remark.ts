import type { Instant } from '../../../core/instant.ts';
import type { Purl } from '../../../core/purl.ts';
import type { VexOrigin, VexStatement } from './vex-statement.ts';

/** Who says something, and in which document. */
export interface VexSource {
  /** The signer, as the verification found it. */
  readonly by: string;
  /** A path, or the digest of what is attached. */
  readonly document: string;
}

/** What VEX says of a finding: who takes it away, or brings it back, and why. */
export interface FindingVex extends VexSource {
  readonly status: VexStatement['status'];
  readonly justification: string | null;
  readonly format: VexOrigin['format'];
  /** As the document says it itself; the signer is `by`. */
  readonly author: string | null;
  readonly at: Instant | null;
}

/** Something about a statement that somebody should look at. It changes no status. */
export interface VexRemark extends VexSource {
  /**
   * `contradiction`: another statement, or the inventory, says something else. `stale`: it is about
   * another version, or older than what an advisory says now. `future`: it does not count yet.
   */
  readonly kind: 'contradiction' | 'stale' | 'future';
  readonly id: string;
  readonly component: Purl;
  readonly why: string;
}
