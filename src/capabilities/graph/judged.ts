import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Gate } from '../../core/verdict.ts';
import type {
  EvidenceAnswer,
  ReleaseName,
  RunningAnswer,
  SilentCluster,
  UndigestedContainer,
} from './questions/shapes.ts';

/** The last decision about an image that can be judged again. */
export interface LastDecision {
  readonly gate: Gate;
  readonly decision: 'allow' | 'deny' | 'undetermined';
  readonly decidedAt: Instant;
  readonly workload: string | null;
  readonly policy: Digest;
  readonly facts: Digest | null;
  readonly document: Digest;
  readonly evidence: readonly EvidenceAnswer[];
}

export interface JudgedSubject {
  readonly image: Digest;
  /** Null at a gate before anything runs. */
  readonly running: RunningAnswer | null;
  readonly releases: readonly ReleaseName[];
  /** Null: there is no decision about it at this gate. */
  readonly last: LastDecision | null;
  /** What the other gates that judge images decided last, the newest first. */
  readonly others: readonly LastDecision[];
}

/**
 * What a policy can be tried on: what runs or, for the gates before deployment, what was released.
 */
export interface JudgedSubjects {
  readonly subjects: readonly JudgedSubject[];
  readonly next: string | null;
  /** Running containers without the digest of an image, on the first page; bounded. */
  readonly undigested: readonly UndigestedContainer[];
  readonly undigestedMore: boolean;
  /** False: no cluster was observed; null: the gate is not asked about what runs. */
  readonly observed: boolean | null;
  /** Clusters whose last observation has ended; bounded. */
  readonly silent: readonly SilentCluster[];
  readonly silentMore: boolean;
}
