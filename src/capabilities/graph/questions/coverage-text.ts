import { formatCount } from '../../../core/count.ts';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import type { NotCoveredReason } from './shapes.ts';

export const NOT_COVERED_TEXT = {
  'no-feed': 'no feed of it was imported',
  'no-matcher': 'no advisory can be matched with them',
} as const satisfies Record<NotCoveredReason, string>;

interface AnswerData {
  readonly updatedAt: Instant | null;
  readonly rejected: number;
}

/** How old the data is, and what to do about what is missing. `isUsed`: something was looked up. */
export function listDataNotes(
  { updatedAt, rejected }: AnswerData,
  open: readonly { readonly ecosystem: string; readonly reason: NotCoveredReason | null }[],
  isUsed: boolean,
): readonly string[] {
  const unfed = open.flatMap(({ ecosystem, reason }) => (reason === 'no-feed' ? [ecosystem] : []));
  const age = updatedAt === null ? 'of unknown age' : `of ${formatInstant(updatedAt)}`;
  return [
    ...(updatedAt !== null || isUsed ? [`the advisory data is ${age}`] : []),
    ...(unfed.length === 0
      ? []
      : [
          `the graph knows no feed of ${[...new Set(unfed)].join(', ')}: waybill advisories import ` +
            'FILE, also if an earlier Waybill has imported it',
        ]),
    ...(rejected === 0
      ? []
      : [
          `${formatCount(rejected, 'advisory record')} could not be read when feeds were ` +
            'imported, so absence is not proven: import these feeds again',
        ]),
  ];
}
