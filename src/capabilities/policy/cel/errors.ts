import { Failure } from '../../../core/failure.ts';
import { CelError } from './value.ts';

/** The expression has no value for these operands. */
export function evaluationError(message: string): CelError {
  return new CelError(
    new Failure(
      'EVALUATION_FAILED',
      message,
      'Correct the expression, or guard it with a condition.',
    ),
  );
}

/**
 * The fact is missing, so it cannot be compared. Schemas have few names, so each error is created
 * once.
 */
export function unknownError(what: string, remedy: string = STATE_IT): CelError {
  const known = unknowns.get(what);
  if (known !== undefined) return known;
  const message = `${what} is unknown`;
  const made = new CelError(new Failure('FACT_UNKNOWN', message, remedy));
  if (unknowns.size < UNKNOWNS_MAX) unknowns.set(what, made);
  return made;
}

const STATE_IT = 'Provide the evidence, or accept it by name in the policy.';
const UNKNOWNS_MAX = 500;
const unknowns = new Map<string, CelError>();
