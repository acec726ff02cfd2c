import { Failure, type FailureCode } from '../../core/failure.ts';

/** A structured clone cannot carry a Failure, but it can carry its parts. */
export interface SentFailure {
  readonly code: FailureCode;
  readonly message: string;
  readonly remedy: string;
}

/** The parts of a failure, to send them from one thread to another. */
export function packFailure({ code, message, remedy }: Failure): SentFailure {
  return { code, message, remedy };
}

/** The failure that was sent; its stack and cause stay in the thread that made it. */
export function unpackFailure({ code, message, remedy }: SentFailure): Failure {
  return new Failure(code, message, remedy);
}
