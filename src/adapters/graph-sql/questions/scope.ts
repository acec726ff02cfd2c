import { createHash } from 'node:crypto';
import type { ExpressionBuilder, ExpressionWrapper, Kysely, SqlBool } from 'kysely';
import type { Page, QuestionOptions } from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Database } from '../schema/schema.ts';
import { prepareQuery } from '../write/prepared-query.ts';

/** What every question works with: the shard and, in log positions, what was known (GS14). */
export interface Scope {
  readonly db: Kysely<Database>;
  readonly shard: number;
  /** The last position that counts. */
  readonly known: number;
  readonly ask: QuestionOptions;
  /** The moment that the answer is about: the requested moment, or now. */
  readonly moment: Instant;
}

/** The last position that was recorded at or before the moment. -1 if there is none. */
export async function readScope(
  db: Kysely<Database>,
  shard: number,
  ask: QuestionOptions,
  now: Instant = toInstant(Date.now()),
): Promise<Scope> {
  const [last] =
    ask.knownAt === null
      ? await queryHead({ db }, { shard })
      : await db
          .selectFrom('log_entry')
          .select('position')
          .where('shard', '=', shard)
          .where('recorded_at', '<=', ask.knownAt)
          .orderBy('recorded_at', 'desc')
          .orderBy('position', 'desc')
          .limit(1)
          .execute();
  return { db, shard, known: last?.position ?? -1, ask, moment: ask.asOf ?? now };
}

/**
 * Observations before this moment count: a clock that was ahead made those that are yet to come.
 * The clock of a cluster may be a little ahead of this one.
 */
export function findObservationBound({ ask, moment }: Scope): number {
  // mutant observation-of-a-clock-ahead by doubtful-observation:
  //   branch -> 1_000_000 * $
  return ask.asOf === null ? moment + LIMITS.clockSkewMs + 1 : ask.asOf + 1;
}

/** Each question begins with it. */
const queryHead = prepareQuery(['shard'], (db, { shard }: { readonly shard: number }) =>
  db
    .selectFrom('log_entry')
    .select('position')
    .where('shard', '=', shard)
    .orderBy('position', 'desc')
    .limit(1),
);

type KnownColumns = { known_from: number; known_to: number | null };

/**
 * Whether a row was believed at the position. At the head of the log these are the rows without an
 * end: an answer sees one state of the graph. In this form an index skips all rows that were
 * believed earlier.
 */
export function isBelieved<DB, T extends keyof DB & string>(
  row: ExpressionBuilder<DB, T>,
  table: string,
  { known, ask }: Pick<Scope, 'known' | 'ask'>,
): ExpressionWrapper<DB, T, SqlBool> {
  const on = row as unknown as ExpressionBuilder<{ t: KnownColumns }, 't'>;
  const nameColumn = (name: keyof KnownColumns) => `${table}.${name}` as 't.known_from';
  const standing = on(nameColumn('known_to'), 'is', null as unknown as number);
  if (ask.knownAt === null) return standing as unknown as ExpressionWrapper<DB, T, SqlBool>;
  return on.and([
    on(nameColumn('known_from'), '<=', known),
    on.or([standing, on(nameColumn('known_to'), '>', known)]),
  ]) as unknown as ExpressionWrapper<DB, T, SqlBool>;
}

export function checkRowsMax({ rowsMax }: Page): number {
  if (Number.isSafeInteger(rowsMax) && rowsMax >= 1 && rowsMax <= LIMITS.pageRowsMax)
    return rowsMax;
  throw new Failure(
    'USAGE',
    `a page has 1 to ${LIMITS.pageRowsMax} rows, not ${rowsMax}`,
    'Ask for a smaller page.',
  );
}

/**
 * Where a page ended: the values of its sort order. The next page begins after them, however many
 * rows were added meanwhile.
 */
export function formatCursor(values: readonly (number | string)[]): string {
  const text = JSON.stringify(values);
  return Buffer.from(JSON.stringify([computeChecksum(text), text])).toString('base64url');
}

/** The values of a page marker that this program made, or a USAGE failure. */
export function parseCursor(
  after: string | null,
  types: readonly ('number' | 'string')[],
): readonly (number | string)[] | null {
  if (after === null) return null;
  const values = after.length > LIMITS.purlBytesMax * 4 ? null : decodeCursor(after);
  const fits =
    values?.length === types.length && types.every((type, at) => typeof values[at] === type);
  if (fits) return values as (number | string)[];
  throw new Failure('USAGE', 'the page marker is not valid', 'Start with the first page.');
}

function decodeCursor(after: string): readonly unknown[] | null {
  try {
    const [check, text]: [unknown, unknown] = JSON.parse(
      Buffer.from(after, 'base64url').toString(),
    );
    return typeof text === 'string' && check === computeChecksum(text) ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function computeChecksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
