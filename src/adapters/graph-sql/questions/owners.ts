import type { OwnedRelease, Owners, Question } from '../../../capabilities/graph/index.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readEvidence, readEvidenceAt } from './evidence.ts';
import { isInScope } from './release-filter.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';

/**
 * The owner of each name of a release, as of the newest release. One look-up for each name: the
 * work does not grow with the number of releases that a name has.
 */
export async function answerOwners(
  scope: Scope,
  { owner: wanted = null }: Question<'owners'>,
): Promise<Owners> {
  const rowsMax = checkRowsMax(scope.ask.page);
  // Who owns a name is judged below: a filter here would choose an older release of another owner.
  const anyone = { ...scope, ask: { ...scope.ask, owner: null } };
  const owners: OwnedRelease[] = [];
  let last = String(parseCursor(scope.ask.page.after, ['string'])?.[0] ?? '');
  for (let examined = 0; ; examined++) {
    const name = await findNextName(anyone, last);
    if (name === null) return { owners, next: null };
    if (owners.length >= rowsMax || examined >= LIMITS.pageRowsMax)
      return { owners, next: formatCursor([last]) };
    const owned = await findOwned(anyone, name);
    // mutant owner-of-another-team by owners: operand 2 -> true
    if (owned !== null && (wanted === null || owned.owner === wanted)) owners.push(owned);
    last = name;
  }
}

async function findNextName({ db, shard }: Scope, after: string): Promise<string | null> {
  const row = await db
    .selectFrom('release')
    .select('name')
    .where('shard', '=', shard)
    .where('name', '>', after)
    .orderBy('name')
    .orderBy('released_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.name ?? null;
}

/** Null where no release of the name is known at the moment of the question. */
async function findOwned(scope: Scope, name: string): Promise<OwnedRelease | null> {
  const { db, shard, known, moment } = scope;
  const newest = await db
    .selectFrom('release')
    .select(['version', 'released_at', 'owner', 'document'])
    .where('release.shard', '=', shard)
    .where('release.name', '=', name)
    .where((row) => isInScope(scope, row))
    .orderBy('release.released_at', 'desc')
    .orderBy('release.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest === undefined) return null;
  // mutant owner-of-later-on by owners: remove call 5
  const stated = await db
    .selectFrom('ownership')
    .select(['owner', 'valid_from', 'known_from'])
    .where('shard', '=', shard)
    .where('release_name', '=', name)
    .where('known_from', '<=', known)
    .where('valid_from', '<=', moment)
    .orderBy('valid_from', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const evidence =
    stated === undefined
      ? (await readEvidence(scope, 'release', [newest.document])).get(newest.document)
      : (await readEvidenceAt(scope, [stated.known_from])).get(stated.known_from);
  const owner = stated?.owner ?? newest.owner;
  return {
    name,
    owner,
    by: owner === null ? null : stated === undefined ? 'release' : 'ownership',
    since: toInstant(stated?.valid_from ?? newest.released_at),
    newest: { version: newest.version, releasedAt: toInstant(newest.released_at) },
    evidence: evidence === undefined ? [] : [evidence],
  };
}
