import { isOwned, TABLES, type TableName } from '../../schema/schema.ts';
import type { Session } from './session.ts';

/**
 * The server itself gives a session the rows of one shard, and takes no others from it: a statement
 * that named another shard, or forgot to name one, finds nothing. A session that did not say whose
 * it is sees none. `force`: it counts for the owner of the tables too, which Waybill is.
 */
export async function secureTables(session: Session): Promise<void> {
  // mutant rows-of-all-tenants-in-the-open by postgres/tenants: remove
  for (const table of Object.keys(TABLES) as TableName[]) {
    if (!isOwned(table)) continue;
    await session.run(`alter table "${table}" enable row level security`);
    await session.run(`alter table "${table}" force row level security`);
    await session.run(`drop policy if exists own_shard on "${table}"`);
    await session.run(
      `create policy own_shard on "${table}" ` +
        "using (shard = nullif(current_setting('waybill.shard', true), '')::bigint)",
    );
  }
}
