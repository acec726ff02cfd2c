import { formatImageReference } from '../../../core/image-reference.ts';
import { toOneLine } from '../../../core/one-line.ts';
import type { Result } from '../../../core/result.ts';
import type { RescanOutcome } from '../../../phases/build/index.ts';
import type { RescanResults } from '../../../phases/operate/index.ts';
import { describeJobFailure, type LogEntry } from '../log.ts';

/** The summary of one run of scans for the log and the metrics. */
export interface RescanSummary {
  readonly images: number;
  readonly failed: number;
  readonly newFindings: number;
  /** Older scans that were removed. */
  readonly replaced: number;
  readonly unreleased: number;
  readonly problems: readonly { image: string; code: string; message: string }[];
  readonly news: readonly { image: string; id: string; severity: string; component: string }[];
}

const LINES_MAX = 100;

export function summariseRescan(
  { done, failed }: RescanResults<RescanOutcome>,
  unreleased: number,
): RescanSummary {
  const news = done.flatMap(listNews);
  return {
    images: done.length,
    failed: failed.length,
    newFindings: news.length,
    replaced: done.reduce((sum, { replacement }) => sum + replacement.removed, 0),
    unreleased,
    problems: failed.slice(0, LINES_MAX).map(({ target, failure }) => ({
      image: toOneLine(target),
      code: failure.code,
      message: toOneLine(failure.message),
    })),
    news: news.slice(0, LINES_MAX),
  };
}

function listNews({ reference, subject, members }: RescanOutcome): RescanSummary['news'] {
  const image = formatImageReference({ ...reference, digest: subject.digest });
  return members.flatMap(({ findings }) =>
    findings
      .filter(({ isNew, status }) => isNew && status !== 'not_affected')
      .map(({ id, severity, component }) => ({
        ...{ image, id: toOneLine(id), severity, component: toOneLine(component) },
      })),
  );
}

/** The lines of the log about one run. */
export function logRescan(result: Result<RescanSummary>, log: (entry: LogEntry) => void): void {
  if (!result.ok) {
    log(describeJobFailure('rescan-failed', result.failure));
    return;
  }
  const { problems, news, ...counts } = result.value;
  log({ level: counts.failed > 0 ? 'warn' : 'info', event: 'rescan', ...counts });
  for (const one of problems) log({ level: 'warn', event: 'rescan-image-failed', ...one });
  for (const one of news) log({ level: 'warn', event: 'rescan-new-finding', ...one });
}
