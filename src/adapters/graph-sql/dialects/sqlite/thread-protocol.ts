import type { Worker } from 'node:worker_threads';
import { Failure, type FailureCode } from '../../../../core/failure.ts';
import { failed, ok, type Result } from '../../../../core/result.ts';
import type { SqlitePlace } from './connect-sqlite.ts';

/** What a thread is told when it starts. */
export interface ThreadData {
  readonly role: 'writer' | 'reader';
  readonly options: SqlitePlace & { readonly shard?: number };
}

/**
 * What a database in threads is opened with. The one who starts a thread knows where its code is;
 * it runs `serveCalls`.
 */
export interface ThreadOptions extends Pick<ThreadData, 'options'> {
  readonly start: (data: ThreadData) => Worker;
}

/** The id of calls that nobody waits for. */
export const UNANSWERED = -1;

export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** A Failure does not survive a structured clone; its parts do. */
export interface SentFailure {
  readonly code: FailureCode;
  readonly message: string;
  readonly remedy: string;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly failure: SentFailure };

export function toReply(id: number, result: Result<unknown>): Reply {
  if (result.ok) return { id, ok: true, value: result.value };
  const { code, message, remedy } = result.failure;
  return { id, ok: false, failure: { code, message, remedy } };
}

export function toResult(reply: Reply): Result<unknown> {
  if (reply.ok) return ok(reply.value);
  const { code, message, remedy } = reply.failure;
  return failed(new Failure(code, message, remedy));
}
