import { findNearNames } from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Scope } from './scope.ts';

/**
 * An unknown name must not look like an answer without rows. An owner or signer in a filter is
 * known, or the question fails and suggests similar names.
 */
export async function requireNames(scope: Scope): Promise<void> {
  const { owner, signedBy } = scope.ask;
  if (owner !== null && !(await isOwner(scope, owner)))
    throw unknownNameFailure('owner', owner, await listOwners(scope));
  if (signedBy !== null && !(await isSigner(scope, signedBy)))
    throw unknownNameFailure('signer', signedBy, await listSigners(scope));
}

/** The failure for an unknown name, with similar names. */
export function unknownNameFailure(what: string, asked: string, known: readonly string[]): Failure {
  const near = findNearNames(asked, known, 5);
  const shown = near.length > 0 ? near : known.length <= 5 ? [...new Set(known)].sort() : [];
  const remedy =
    shown.length === 0
      ? `Check the spelling; no similar ${what} is known.`
      : `Did you mean ${shown.join(', ')}?`;
  return new Failure(
    'UNKNOWN_NAME',
    `no ${what} is called ${JSON.stringify(asked.slice(0, 100))}`,
    remedy,
  );
}

async function isOwner({ db, shard }: Scope, owner: string): Promise<boolean> {
  for (const table of ['release', 'ownership'] as const) {
    const row = await db
      .selectFrom(table)
      .select('id')
      .where('shard', '=', shard)
      .where('owner', '=', owner)
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}

async function isSigner({ db, shard }: Scope, identity: string): Promise<boolean> {
  const row = await db
    .selectFrom('signer')
    .select('id')
    .where('shard', '=', shard)
    .where('identity', '=', identity)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function listOwners({ db, shard }: Scope): Promise<readonly string[]> {
  const found: string[] = [];
  for (const table of ['release', 'ownership'] as const) {
    const rows = await db
      .selectFrom(table)
      .select('owner')
      .where('shard', '=', shard)
      .where('owner', 'is not', null)
      .orderBy('owner')
      .limit(LIMITS.nearNamesScannedMax)
      .execute();
    for (const { owner } of rows) if (owner !== null) found.push(owner);
  }
  return found;
}

async function listSigners({ db, shard }: Scope): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('signer')
    .select('identity')
    .where('shard', '=', shard)
    .limit(LIMITS.nearNamesScannedMax)
    .execute();
  return rows.map(({ identity }) => identity);
}
