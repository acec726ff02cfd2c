import { formatInstant, type Instant } from '../../../core/instant.ts';
import type { Result } from '../../../core/result.ts';
import type { Decision } from '../../../core/verdict.ts';
import type { AuditedImage } from '../../../gates/audit/index.ts';
import type { AuditReport } from '../../../phases/operate/index.ts';
import { describeJobFailure, type LogEntry } from '../log.ts';

/** The summary of an audit for the log and the metrics. */
export interface AuditSummary {
  readonly at: Instant;
  readonly counts: Readonly<Record<Decision, number>>;
  readonly recorded: number;
  readonly changed: number;
  /** Running containers without a known digest, which nobody can judge. */
  readonly undigested: number;
  /** There are more of them. */
  readonly undigestedMore: boolean;
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

const NEWS_MAX = 100;

export function summariseAudit(report: AuditReport): AuditSummary {
  const { at, audited, recorded, undigested, undigestedMore } = report;
  const count = (wanted: Decision): number =>
    audited.filter(({ decision }) => decision === wanted).length;
  const changed = audited.filter(({ changes }) => changes.length > 0);
  return {
    at,
    counts: { allow: count('allow'), deny: count('deny'), undetermined: count('undetermined') },
    recorded,
    changed: changed.length,
    undigested: undigested.length,
    undigestedMore,
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

/** The lines of the log about one audit. */
export function logAudit(result: Result<AuditSummary>, log: (entry: LogEntry) => void): void {
  if (!result.ok) {
    log(describeJobFailure('audit-failed', result.failure));
    return;
  }
  const { counts, recorded, changed, undigested, undigestedMore, news } = result.value;
  const open = { undigested, undigestedMore };
  log({ level: 'info', event: 'audit', ...counts, recorded, changed, ...open });
  for (const one of news) log({ level: 'warn', event: 'audit-changed', ...one });
}
