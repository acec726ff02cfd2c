import { Failure, type FailureCode } from '../../core/failure.ts';

/** A Failure does not survive a structured clone; its parts do. */
export interface SentFailure {
  readonly code: FailureCode;
  readonly message: string;
  readonly remedy: string;
}

/** The parts of a failure, to be sent from one thread to another. */
export function packFailure({ code, message, remedy }: Failure): SentFailure {
  return { code, message, remedy };
}

/** The failure that was sent; its stack and cause stay where it was made. */
export function unpackFailure({ code, message, remedy }: SentFailure): Failure {
  return new Failure(code, message, remedy);
}
