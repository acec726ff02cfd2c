import { isBelieved, type Scope } from './scope.ts';

/** Documents of kinds that no rule names depend on any signature that counts. */
export function mayState(statements: readonly string[] | undefined, kind: string): boolean {
  const isNamed = kind === 'image' || kind === 'sbom' || kind === 'scan' || kind === 'provenance';
  return statements === undefined || (isNamed ? statements.includes(kind) : statements.length > 0);
}

/** The records of the signatures over these documents that count. */
export async function selectTrustedRecords(
  { db, shard, ...rest }: Scope,
  documents: readonly string[],
) {
  return db
    .selectFrom('verification')
    .innerJoin('log_entry as entry', (on) =>
      on
        .onRef('entry.shard', '=', 'verification.shard')
        .onRef('entry.position', '=', 'verification.known_from'),
    )
    .innerJoin('document', (on) =>
      on.onRef('document.shard', '=', 'entry.shard').onRef('document.digest', '=', 'entry.digest'),
    )
    .select(['verification.id', 'verification.document as about', 'document.body'])
    .where('verification.shard', '=', shard)
    .where('verification.document', 'in', documents)
    .where('verification.outcome', '=', 'trusted')
    .where((row) => isBelieved(row, 'verification', rest))
    .orderBy('verification.id')
    .execute();
}
