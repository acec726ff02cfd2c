import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Result } from '../../core/result.ts';
import type { TreeHash } from '../../formats/log/merkle.ts';
import type { EvidenceKind } from './kind.ts';
import type { LogLeaf } from './leaf.ts';

/** A document to append to the log: the exact bytes, and what they are about. */
export interface EvidenceInput {
  readonly kind: EvidenceKind;
  readonly mediaType: string;
  readonly body: Uint8Array;
  readonly subject: Digest | null;
}

/**
 * The position of a document. `fresh` is false when the log had it already and nothing was added.
 */
export interface Receipt {
  readonly position: number;
  readonly digest: Digest;
  readonly fresh: boolean;
}

export interface LogEntry extends LogLeaf {
  readonly position: number;
  readonly leafHash: TreeHash;
}

export interface LogHead {
  readonly size: number;
  readonly root: TreeHash;
}

/** The entries of some documents, each with its proof under one head. */
export interface DocumentProofs {
  readonly head: LogHead;
  readonly proven: readonly { readonly entry: LogEntry; readonly proof: readonly TreeHash[] }[];
}

/** A log whose every document and entry was hashed again. */
export interface VerifiedLog extends LogHead {
  /**
   * The last entry before each step back in time, at most LIMITS.pageRowsMax: the clock was ahead
   * when it was recorded.
   */
  readonly ahead: readonly { readonly position: number; readonly recordedAt: Instant }[];
}

/**
 * The append-only log of one shard. Laws:
 * - `append` takes all of its inputs or none, and answers only when they are on the disk,
 *   projected.
 * - Positions begin at 0 and have no gaps; an entry never changes.
 * - An entry is not stamped earlier than the one before it, except after a clock that was ahead by
 *   more than LIMITS.clockSkewMs: its time is not taken over.
 * - The same kind, digest and subject again is answered with the first receipt and `fresh:
 *   false`; for kinds whose latest document counts (EVIDENCE_KINDS), only when it is the latest.
 */
export interface EvidenceLog {
  append(
    inputs: readonly EvidenceInput[],
    recordedAt: Instant,
  ): Promise<Result<readonly Receipt[]>>;
  head(): Promise<Result<LogHead>>;
  /** At most LIMITS.pageRowsMax entries from `position` on. */
  entries(position: number, rowsMax: number): Promise<Result<readonly LogEntry[]>>;
  /** The exact bytes of a document, or NOT_FOUND. */
  body(digest: Digest): Promise<Result<Uint8Array>>;
  /** What the log contains about a subject, oldest first, at most LIMITS.pageRowsMax. */
  about(subject: Digest, kind: EvidenceKind | null): Promise<Result<readonly LogEntry[]>>;
  inclusion(
    position: number,
  ): Promise<Result<{ readonly head: LogHead; readonly proof: readonly TreeHash[] }>>;
  consistency(
    sizeBefore: number,
  ): Promise<Result<{ readonly head: LogHead; readonly proof: readonly TreeHash[] }>>;
}
