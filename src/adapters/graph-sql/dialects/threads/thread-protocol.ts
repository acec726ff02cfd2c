import type { Worker } from 'node:worker_threads';
import type { EvidenceInput, EvidenceKind } from '../../../../capabilities/evidence/index.ts';
import type { Question, QuestionName } from '../../../../capabilities/graph/index.ts';
import type { Digest } from '../../../../core/digest.ts';
import type { Instant } from '../../../../core/instant.ts';
import { failed, ok, type Result } from '../../../../core/result.ts';
import {
  packFailure,
  type SentFailure,
  unpackFailure,
} from '../../../../system/threads/sent-failure.ts';
import type { GraphPlace } from '../graph-place.ts';

/** What a thread receives when it starts. */
export interface ThreadData {
  readonly role: 'writer' | 'reader';
  readonly options: GraphPlace & { readonly shard?: number };
}

/**
 * The options of a database in threads. The caller that starts a thread knows where its code is;
 * the code runs `serveCalls`.
 */
export interface ThreadOptions extends Pick<ThreadData, 'options'> {
  readonly start: (data: ThreadData) => Worker;
}

/** The id of calls without a reply. */
export const UNANSWERED = -1;

/** The calls to a thread. The caller knows the type of the reply. */
export type ThreadRequest =
  | { readonly kind: 'ask'; readonly question: Question<QuestionName> }
  | { readonly kind: 'head' | 'latest' | 'close' }
  | { readonly kind: 'entries'; readonly position: number; readonly rowsMax: number }
  | { readonly kind: 'newest'; readonly evidence: EvidenceKind }
  | { readonly kind: 'body'; readonly digest: Digest }
  | {
      readonly kind: 'about';
      readonly subject: Digest;
      readonly evidence: EvidenceKind | null;
    }
  | { readonly kind: 'inclusion'; readonly position: number }
  | { readonly kind: 'consistency'; readonly sizeBefore: number }
  | WriteRequest;

/** The calls that only the writer can do. */
export type WriteRequest =
  | { readonly kind: 'rebuild' | 'verify' }
  | {
      readonly kind: 'append';
      readonly inputs: readonly EvidenceInput[];
      readonly recordedAt: Instant;
    }
  /** Appends the pieces that arrived as one document. */
  | {
      readonly kind: 'append-arrival';
      readonly arrival: number;
      readonly about: Omit<EvidenceInput, 'body'>;
      readonly recordedAt: Instant;
    };

/** The calls without a reply: the pieces of an arriving document. */
export type ThreadNotice =
  | { readonly kind: 'arrive'; readonly arrival: number; readonly piece: Uint8Array }
  | { readonly kind: 'discard'; readonly arrival: number };

export interface Call {
  readonly id: number;
  readonly request: ThreadRequest;
}

export interface Notice {
  readonly id: typeof UNANSWERED;
  readonly notice: ThreadNotice;
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
