import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Result } from '../../core/result.ts';
import type { DecisionEvidence, DeploymentRecord } from '../evidence/index.ts';
import type { DeploymentAnswer, QuestionOptions, ReleaseAnswer } from './answers.ts';

/** An image that somebody answers for: it was released, or it runs. */
export interface EstateImage {
  /** What a gate would be asked about: the image of a release, else what runs. */
  readonly digest: Digest;
  /** Registry, repository and, where it was told, the tag by which it was released or runs. */
  readonly reference: string;
  /** The newest release that consists of it; null for what runs without one. */
  readonly release: ReleaseAnswer | null;
  /** Where it runs, as itself or as one of its members; bounded, see `deploymentsMore`. */
  readonly deployments: readonly DeploymentAnswer[];
  readonly deploymentsMore: boolean;
}

/** All that was released and all that runs, a page at a time. */
export interface Estate {
  readonly images: readonly EstateImage[];
  readonly next: string | null;
}

/** What the work of operating asks, beside the questions of people. */
export interface EstateQuestions {
  estate(ask: QuestionOptions): Promise<Result<Estate>>;
  /**
   * How a cluster of this name was seen last, at `at` or before it; one record for each region of
   * that name.
   */
  listObservations(
    cluster: string,
    at: Instant | null,
    ask: QuestionOptions,
  ): Promise<Result<readonly DeploymentRecord[]>>;
  /** The last audit of each image, one for each place that it was audited in. */
  lastAudits(
    subjects: readonly Digest[],
    ask: QuestionOptions,
  ): Promise<Result<readonly DecisionEvidence[]>>;
  /** Which of these violations are on record. */
  knownViolations(ids: readonly string[], ask: QuestionOptions): Promise<Result<readonly string[]>>;
}
