import type { Kysely } from 'kysely';
import type { Database } from '../schema/schema.ts';

/** The documents of the believed observations of a cluster. `seen` names the rows. */
export function selectObservationBodies(db: Kysely<Database>, shard: number, cluster: number) {
  return db
    .selectFrom('cluster_observation as seen')
    .innerJoin('document', (on) =>
      on.onRef('document.shard', '=', 'seen.shard').onRef('document.digest', '=', 'seen.document'),
    )
    .select('document.body')
    .where('seen.shard', '=', shard)
    .where('seen.cluster', '=', cluster);
}
