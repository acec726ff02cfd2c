import type { EvidenceInput } from '../../../capabilities/evidence/index.ts';
import type { Digest } from '../../../core/digest.ts';
import type { Instant } from '../../../core/instant.ts';
import type { SentFailure } from '../../../system/threads/sent-failure.ts';
import type { Config } from '../../config/config.ts';
import type { AuditSummary } from './audit-summary.ts';
import type { PolicySummary } from './policy-summary.ts';
import type { RescanSummary } from './rescan-summary.ts';
import type { UpdateSummary } from './update-summary.ts';

/** What each job of a server says when it is done. */
export interface Summaries {
  readonly audit: AuditSummary;
  readonly rescan: RescanSummary;
  readonly update: UpdateSummary;
  readonly policy: PolicySummary;
}

/** What the thread of a job gets when it starts. */
export type JobData = {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
} & (
  | { readonly job: 'audit' }
  /** Of the advisories, as the configuration says. */
  | { readonly job: 'update' }
  /** Of the policy, as the configuration says. */
  | { readonly job: 'policy' }
  /** The name of the key; the thread opens it itself. */
  | { readonly job: 'rescan'; readonly key: string }
);

export type ThreadMessage<S> =
  | {
      readonly kind: 'append';
      readonly id: number;
      readonly inputs: readonly EvidenceInput[];
      readonly at: Instant;
    }
  | { readonly kind: 'attached'; readonly images: readonly Digest[] }
  | { readonly kind: 'done'; readonly summary: S }
  | { readonly kind: 'failed'; readonly failure: SentFailure };

export type ThreadReply = { readonly id: number; readonly failure: SentFailure | null };
