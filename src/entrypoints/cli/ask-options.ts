import type { QuestionOptions } from '../../capabilities/graph/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Call } from './command.ts';
import { parseMomentOrAge } from './durations.ts';

/** How the options of `waybill ask` narrow a question. */
export function readAsk({ options }: Call): QuestionOptions {
  const now = toInstant(Date.now());
  const moment = (name: string) => {
    const text = options.text(name);
    return text === undefined ? null : parseMomentOrAge(text, now);
  };
  const rowsMax = Number(options.text('limit') ?? 100);
  if (!Number.isInteger(rowsMax) || rowsMax < 1 || rowsMax > LIMITS.pageRowsMax) {
    throw new Failure(
      'USAGE',
      `--limit ${options.text('limit')} is no page size`,
      `Write a number from 1 to ${LIMITS.pageRowsMax}.`,
    );
  }
  return {
    asOf: moment('asOf'),
    knownAt: moment('knownAt'),
    signedBy: options.text('signedBy') ?? null,
    owner: options.text('owner') ?? null,
    since: moment('since'),
    page: { rowsMax, after: options.text('after') ?? null },
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
