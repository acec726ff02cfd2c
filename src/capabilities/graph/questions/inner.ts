import type { Digest } from '../../../core/digest.ts';
import type { Instant } from '../../../core/instant.ts';
import type { Gate } from '../../../core/verdict.ts';
import type { DecisionEvidence, DeploymentRecord } from '../../evidence/index.ts';
import type { Estate } from '../estate.ts';
import type { ImageExposures } from '../exposures.ts';
import type { GatedSource } from '../gated-source.ts';
import type { JudgedSubjects } from '../judged.ts';
import type { GraphStatus } from '../status.ts';
import type { PlaceFilter } from '../subject.ts';
import type { OptionalOptions } from './parameters.ts';

/** An audit of the log. */
export interface RecordedAudit extends DecisionEvidence {
  /** Whether the log has the facts of the decision. */
  readonly hasFacts: boolean;
}

/** Questions of the gates and of the operate phase; users cannot ask them by name. */
export interface InnerQuestions {
  /** What a policy can be tried on, with the last decision of the gate about each image. */
  readonly judged: {
    readonly parameters: OptionalOptions & {
      readonly gate: Gate;
      readonly place?: PlaceFilter | null;
    };
    readonly answer: JudgedSubjects;
  };
  /** Everything that was released and everything that runs. */
  readonly estate: { readonly parameters: OptionalOptions; readonly answer: Estate };
  /**
   * What is known against an image, whose manifest lists these members; a posted document counts
   * only if a signer who may make it signed it.
   */
  readonly exposures: {
    readonly parameters: OptionalOptions & {
      readonly image: Digest;
      readonly members: readonly Digest[];
    };
    readonly answer: ImageExposures;
  };
  /** What this installation recorded about a commit, under any form of the address. */
  readonly 'gated-source': {
    readonly parameters: OptionalOptions & {
      readonly repository: string;
      readonly commit: string;
    };
    readonly answer: GatedSource;
  };
  /**
   * How a cluster of this name was last observed, at `at` or before it; one record for each region
   * of that name.
   */
  readonly observations: {
    readonly parameters: OptionalOptions & {
      readonly cluster: string;
      readonly at: Instant | null;
    };
    readonly answer: readonly DeploymentRecord[];
  };
  /** The last audit of each image, one for each place where it was audited. */
  readonly 'last-audits': {
    readonly parameters: OptionalOptions & { readonly subjects: readonly Digest[] };
    readonly answer: readonly RecordedAudit[];
  };
  /** Which of these violations are recorded. */
  readonly 'known-violations': {
    readonly parameters: OptionalOptions & { readonly ids: readonly string[] };
    readonly answer: readonly string[];
  };
  readonly status: { readonly parameters: OptionalOptions; readonly answer: GraphStatus };
}
