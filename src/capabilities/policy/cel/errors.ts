import { Failure } from '../../../core/failure.ts';
import { CelError } from './value.ts';

/** The expression has no value for these operands. */
export function evaluationError(message: string): CelError {
  return new CelError(
    new Failure('EVALUATION_FAILED', message, 'Correct the expression, or guard it with a condition.'),
  );
}

/** The fact is not there to be compared. */
export function unknownError(what: string): CelError {
  return new CelError(
    new Failure('FACT_UNKNOWN', `${what} is unknown`, 'Provide the evidence, or accept it by name in the policy.'),
  );
}
