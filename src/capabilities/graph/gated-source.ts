import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Decision } from '../../core/verdict.ts';

/**
 * What this installation recorded about a commit, by evidence that nobody else could have written:
 * what others posted does not count.
 */
export interface GatedSource {
  /** Null: nobody recorded it here. `signer` is null if none was trusted. */
  readonly commit: { readonly signed: boolean; readonly signer: string | null } | null;
  /** The newest decision of the build gate about it; null if there is none. */
  readonly buildGate: {
    readonly decision: Decision;
    readonly decidedAt: Instant;
    readonly policy: Digest;
    /** What it knew of the tree, such as each dependency with its hash; null: not recorded. */
    readonly facts: Digest | null;
  } | null;
}
