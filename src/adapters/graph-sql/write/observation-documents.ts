import type { Kysely } from 'kysely';
import { type DeploymentRecord, parseRecord } from '../../../capabilities/evidence/index.ts';
import { applyChanges } from '../../../capabilities/graph/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
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

/** Observations that are read at once, backwards, to the last whole one. */
const PIECE = 50;

/** A key of a record that has no other of this name; in a text, its quotes would be escaped. */
const HAS_CHANGES = /"changes"\s*:/;

/**
 * The documents that say what a cluster runs, the newest first: the last of the query and, where it
 * is one of changes, those before it, up to a whole one. Empty if there is none.
 */
export async function readObservationChain(
  newestFirst: ReturnType<typeof selectObservationBodies>,
): Promise<readonly Uint8Array[]> {
  const chain: Uint8Array[] = [];
  // A watcher begins anew long before this limit.
  while (chain.length < LIMITS.observationChangesMax) {
    const rows = await newestFirst
      .limit(chain.length === 0 ? 1 : PIECE)
      .offset(chain.length)
      .execute();
    for (const { body } of rows) {
      chain.push(body);
      if (!HAS_CHANGES.test(toAsciiText(body))) return chain;
    }
    if (rows.length === 0) return chain;
  }
  return chain;
}

/** What a cluster runs after all observations of a chain; null for an empty chain. */
export function foldObservations(newestFirst: readonly Uint8Array[]): DeploymentRecord | null {
  const [first, ...later] = newestFirst
    .toReversed()
    .map((body) => orThrow(parseRecord('deployment', body)));
  return first === undefined ? null : later.reduce(applyChanges, first);
}

/** For patterns of ASCII; no text is made twice. */
export function toAsciiText(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
}
