import { Failure } from '../../../core/failure.ts';
import type { SqlConnection } from '../dialects/dialect.ts';

/** A tenant has a name and a shard of its own. Names are public among tenants; rows are not. */
export interface Tenant {
  readonly name: string;
  readonly shard: number;
}

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** A shard whose writer had no other name. */
const UNNAMED = /^shard [0-9]+$/;

/** Throws USAGE: the name stands in addresses, files and tables. */
function requireTenantName(name: string): void {
  // mutant tenant-of-any-name by postgres/tenants: condition -> false
  if (!NAME.test(name))
    throw new Failure(
      'USAGE',
      `${JSON.stringify(name.slice(0, 80))} is no name of a tenant`,
      'Write at most 63 small letters, digits and hyphens.',
    );
}

/** Finds the shard and confines the connection to it. A tenant needs a user who sees no more. */
export async function enterShard(
  connected: SqlConnection,
  {
    tenant,
    shard = 1,
  }: { readonly tenant?: string | undefined; readonly shard?: number | undefined },
): Promise<number> {
  if (tenant === undefined) {
    await connected.confine(shard);
    return shard;
  }
  const own = await findTenant(connected, tenant);
  await requireBounds(connected);
  await connected.confine(own.shard);
  return own.shard;
}

/** A superuser sees the rows of every tenant, whatever a policy says. */
async function requireBounds(connected: SqlConnection): Promise<void> {
  const bypass = await connected.findBypass();
  // mutant tenant-of-a-superuser by postgres/tenants: condition -> true
  if (bypass === null) return;
  throw new Failure(
    'STORE_REFUSED',
    `the role ${JSON.stringify(bypass)} of the database sees the rows of every tenant`,
    'Connect as the owner of the tables, a role that is no superuser and has no BYPASSRLS.',
  );
}

async function findTenant({ db }: SqlConnection, name: string): Promise<Tenant> {
  requireTenantName(name);
  const row = await db.selectFrom('shard').selectAll().where('name', '=', name).executeTakeFirst();
  if (row !== undefined) return row;
  throw refuseTenant(name);
}

export function refuseTenant(name: string): Failure {
  return new Failure(
    'UNKNOWN_NAME',
    `there is no tenant ${JSON.stringify(name.slice(0, 80))}`,
    'List them, or make one: waybill tenant list, waybill tenant create NAME.',
  );
}

/** By name. */
export async function listTenants({ db }: SqlConnection): Promise<readonly Tenant[]> {
  const rows = await db.selectFrom('shard').selectAll().orderBy('name').execute();
  return rows.filter(({ name }) => !UNNAMED.test(name));
}

/** Gives a tenant the next shard. Shard 1 belongs to nobody by name. */
export async function createTenant(connected: SqlConnection, name: string): Promise<Tenant> {
  requireTenantName(name);
  await requireBounds(connected);
  const { db } = connected;
  return connected.takeTurn((turn) =>
    turn.transaction(async () => {
      const rows = await db.selectFrom('shard').selectAll().execute();
      // mutant tenant-twice by postgres/tenants: condition -> false
      if (rows.some((row) => row.name === name))
        throw new Failure('USAGE', `there is a tenant ${name}`, 'Take another name.');
      const shard = Math.max(1, ...rows.map((row) => row.shard)) + 1;
      await connected.insertRows('shard', ['shard', 'name'], [[shard, name]]);
      return { name, shard };
    }),
  );
}
