import type { EvidenceInput } from '../../../capabilities/evidence/index.ts';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import type { Decision } from '../../../core/verdict.ts';
import type { AuditedImage } from '../../../gates/audit/index.ts';
import type { AuditReport } from '../../../phases/operate/index.ts';
import type { SentFailure } from '../../../system/threads/sent-failure.ts';
import type { Config } from '../../config/config.ts';

/** What the thread of an audit gets when it starts. */
export interface AuditThreadData {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The summary of an audit for the log and the metrics. */
export interface AuditSummary {
  readonly at: Instant;
  readonly counts: Readonly<Record<Decision, number>>;
  readonly recorded: number;
  readonly changed: number;
  /** The first changes, in the order of urgency. */
  readonly news: readonly AuditNews[];
}

export interface AuditNews {
  readonly image: string;
  readonly decision: Decision;
  readonly running: string | null;
  readonly owner: string | null;
  readonly changes: readonly string[];
}

export type ThreadMessage =
  | {
      readonly kind: 'append';
      readonly id: number;
      readonly inputs: readonly EvidenceInput[];
      readonly at: Instant;
    }
  | { readonly kind: 'done'; readonly summary: AuditSummary }
  | { readonly kind: 'failed'; readonly failure: SentFailure };

export type ThreadReply = { readonly id: number; readonly failure: SentFailure | null };

const NEWS_MAX = 100;

export function summariseAudit({ at, audited, recorded }: AuditReport): AuditSummary {
  const count = (wanted: Decision): number =>
    audited.filter(({ decision }) => decision === wanted).length;
  const changed = audited.filter(({ changes }) => changes.length > 0);
  return {
    at,
    counts: { allow: count('allow'), deny: count('deny'), undetermined: count('undetermined') },
    recorded,
    changed: changed.length,
    news: changed.slice(0, NEWS_MAX).map(toNews),
  };
}

function toNews({
  reference,
  decision,
  place,
  release,
  changes,
  previousAt,
}: AuditedImage): AuditNews {
  const causes = changes.flatMap((change) =>
    change.kind === 'decision' || change.kind === 'rule' ? change.causes : [],
  );
  const tags = changes.flatMap((change) =>
    change.kind === 'tag' ? [`the tag leads to ${change.to}`] : [],
  );
  const since = previousAt === null ? [] : [`since ${formatInstant(previousAt)}`];
  return {
    image: reference,
    decision,
    running:
      place === null ? null : `${place.cluster}/${place.namespace}/${place.kind}/${place.name}`,
    owner: release?.owner ?? null,
    changes: [...new Set([...causes, ...tags, ...since])].slice(0, 20),
  };
}
