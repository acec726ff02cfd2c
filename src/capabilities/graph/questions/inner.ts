import type { Digest } from '../../../core/digest.ts';
import type { Instant } from '../../../core/instant.ts';
import type { Gate } from '../../../core/verdict.ts';
import type { DecisionEvidence, DeploymentRecord } from '../../evidence/index.ts';
import type { Estate } from '../estate.ts';
import type { JudgedSubjects } from '../judged.ts';
import type { GraphStatus } from '../status.ts';
import type { PlaceFilter } from '../subject.ts';
import type { OptionalOptions } from './parameters.ts';

/** What the work of gates and of operating asks; nobody asks it by name from outside. */
export interface InnerQuestions {
  /** What a policy can be tried on, with the last decision of the gate about each. */
  readonly judged: {
    readonly parameters: OptionalOptions & {
      readonly gate: Gate;
      readonly place?: PlaceFilter | null;
    };
    readonly answer: JudgedSubjects;
  };
  /** All that was released and all that runs. */
  readonly estate: { readonly parameters: OptionalOptions; readonly answer: Estate };
  /**
   * How a cluster of this name was seen last, at `at` or before it; one record for each region of
   * that name.
   */
  readonly observations: {
    readonly parameters: OptionalOptions & {
      readonly cluster: string;
      readonly at: Instant | null;
    };
    readonly answer: readonly DeploymentRecord[];
  };
  /** The last audit of each image, one for each place that it was audited in. */
  readonly 'last-audits': {
    readonly parameters: OptionalOptions & { readonly subjects: readonly Digest[] };
    readonly answer: readonly DecisionEvidence[];
  };
  /** Which of these violations are on record. */
  readonly 'known-violations': {
    readonly parameters: OptionalOptions & { readonly ids: readonly string[] };
    readonly answer: readonly string[];
  };
  readonly status: { readonly parameters: OptionalOptions; readonly answer: GraphStatus };
}
