import type { ExpressionBuilder } from 'kysely';
import type { Database } from '../schema/schema.ts';
import { isBelieved, type Scope } from './scope.ts';

type ScopeFilter = Pick<Scope, 'shard' | 'known' | 'ask'>;

/** X9: the identity verifiably signed the document in this column, as believed then. */
export function isSignedDocument<DB, T extends keyof DB & string>(
  narrowing: ScopeFilter,
  row: ExpressionBuilder<DB, T>,
  column: string,
) {
  const { shard, ask } = narrowing;
  const said = (row as unknown as ExpressionBuilder<Database, 'release'>)
    .selectFrom('verification')
    .innerJoin('signer', (on) =>
      on
        .onRef('signer.shard', '=', 'verification.shard')
        .onRef('signer.id', '=', 'verification.signer'),
    )
    .select('verification.id')
    .where('verification.shard', '=', shard)
    .whereRef('verification.document', '=', column as 'release.document')
    .where('verification.outcome', '=', 'trusted')
    .where((inner) => isBelieved(inner, 'verification', narrowing))
    .where('signer.identity', '=', ask.signedBy ?? '');
  return row.exists(said);
}

/** X9: one of the documents that state this edge has such a signature. */
export function isSignedEdge<DB, T extends keyof DB & string>(
  narrowing: ScopeFilter,
  row: ExpressionBuilder<DB, T>,
  edge: 'image_set' | 'build_image',
) {
  const { shard, known } = narrowing;
  const said = (row as unknown as ExpressionBuilder<Database, 'image_set'>)
    .selectFrom('edge_evidence as said')
    .innerJoin('log_entry as entry', (on) =>
      on.onRef('entry.shard', '=', 'said.shard').onRef('entry.position', '=', 'said.position'),
    )
    .select('said.position')
    .where('said.shard', '=', shard)
    .where('said.edge', '=', edge)
    .whereRef('said.edge_id', '=', `${edge as 'image_set'}.id`)
    .where('said.position', '<=', known)
    .where((inner) => isSignedDocument(narrowing, inner, 'entry.digest'));
  return row.exists(said);
}

/**
 * X9: every observation between the ends of an interval saw it, and one of them has such a
 * signature.
 */
export function isSignedDeployment(
  narrowing: ScopeFilter,
  row: ExpressionBuilder<Database, 'deployment'>,
) {
  const { shard, known } = narrowing;
  const seen = row
    .selectFrom('cluster_observation as seen')
    .select('seen.position')
    .where('seen.shard', '=', shard)
    .whereRef('seen.cluster', '=', 'deployment.cluster')
    .whereRef('seen.observed_at', '>=', 'deployment.valid_from')
    .where((inner) =>
      inner.or([
        inner('deployment.valid_to', 'is', null),
        inner('seen.observed_at', '<', inner.ref('deployment.valid_to')),
      ]),
    )
    .where('seen.position', '<=', known)
    .where((inner) => isSignedDocument(narrowing, inner, 'seen.document'));
  return row.exists(seen);
}
