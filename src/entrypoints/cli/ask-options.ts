import type { QuestionOptions } from '../../capabilities/graph/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ConfigOptions } from './call-config.ts';
import type { Call } from './command.ts';
import { parseMomentOrAge } from './durations.ts';

/** What questions are asked with; each declares what means something there. */
export interface AskOptions extends ConfigOptions {
  readonly format?: string;
  readonly component?: string;
  readonly gate?: string;
  readonly cluster?: string | undefined;
  readonly region?: string | undefined;
  readonly namespace?: string | undefined;
  readonly asOf?: string | undefined;
  readonly knownAt?: string | undefined;
  readonly since?: string | undefined;
  readonly signedBy?: string | undefined;
  readonly owner?: string | undefined;
  readonly limit?: string;
  readonly after?: string | undefined;
}
export type AskCall = Call<AskOptions>;

/** How the options of `waybill ask` narrow a question. */
export function readAsk({ options }: AskCall): QuestionOptions {
  const now = toInstant(Date.now());
  const moment = (name: 'asOf' | 'knownAt' | 'since') => {
    const text = options[name];
    return text === undefined ? null : parseMomentOrAge(text, now);
  };
  const rowsMax = Number(options.limit ?? 100);
  if (!Number.isInteger(rowsMax) || rowsMax < 1 || rowsMax > LIMITS.pageRowsMax) {
    throw new Failure(
      'USAGE',
      `--limit ${options.limit} is no page size`,
      `Write a number from 1 to ${LIMITS.pageRowsMax}.`,
    );
  }
  return {
    asOf: moment('asOf'),
    knownAt: moment('knownAt'),
    signedBy: options.signedBy ?? null,
    owner: options.owner ?? null,
    since: moment('since'),
    page: { rowsMax, after: options.after ?? null },
  };
}

const TIMES = new Set(
  'releasedAt from until recordedAt verifiedAt at firstAt lastAt committedAt decidedAt validUntil'.split(
    ' ',
  ),
);

/** An answer for programs: moments as RFC 3339. */
export function formatJson(answer: object): string {
  const text = JSON.stringify(
    answer,
    (key, value: unknown) =>
      TIMES.has(key) && typeof value === 'number' ? new Date(value).toISOString() : value,
    2,
  );
  return `${text}\n`;
}
