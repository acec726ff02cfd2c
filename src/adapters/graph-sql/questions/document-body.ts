import type { Scope } from './scope.ts';

/** The exact bytes of a document of the log; null if this shard does not have it. */
export async function readDocumentBody(
  { db, shard }: Pick<Scope, 'db' | 'shard'>,
  digest: string,
): Promise<Uint8Array | null> {
  const row = await db
    .selectFrom('document')
    .select('body')
    .where('shard', '=', shard)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row?.body ?? null;
}
