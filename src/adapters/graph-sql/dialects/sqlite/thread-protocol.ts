import type { Worker } from 'node:worker_threads';
import { failed, ok, type Result } from '../../../../core/result.ts';
import {
  packFailure,
  type SentFailure,
  unpackFailure,
} from '../../../../system/threads/sent-failure.ts';
import type { SqliteOptions } from './connect-sqlite.ts';

/** What a thread is told when it starts. */
export interface ThreadData {
  readonly role: 'writer' | 'reader';
  readonly options: Omit<SqliteOptions, 'mode'> & { readonly shard?: number };
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

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly failure: SentFailure };

export function toReply(id: number, result: Result<unknown>): Reply {
  if (result.ok) return { id, ok: true, value: result.value };
  return { id, ok: false, failure: packFailure(result.failure) };
}

export function toResult(reply: Reply): Result<unknown> {
  return reply.ok ? ok(reply.value) : failed(unpackFailure(reply.failure));
}
