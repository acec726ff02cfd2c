import {
  type DecisionEvidence,
  type DeploymentRecord,
  parseRecord,
} from '../../../capabilities/evidence/index.ts';
import type { Question, RecordedAudit } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { orThrow } from '../../../core/result.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import {
  foldObservations,
  readObservationChain,
  selectObservationBodies,
} from '../write/observation-documents.ts';
import type { Scope } from './scope.ts';

/**
 * The last observation of a cluster of this name, at the moment or before it: one record for each
 * region in which the name was seen. Empty if it was never seen.
 */
export async function readObservations(
  { db, shard, known }: Scope,
  { cluster, at }: Question<'observations'>,
): Promise<readonly DeploymentRecord[]> {
  const series = await db
    .selectFrom('cluster')
    .select('id')
    .where('shard', '=', shard)
    .where('name', '=', cluster)
    .orderBy('id')
    .execute();
  const found: DeploymentRecord[] = [];
  for (const { id } of series) {
    const last = await readObservationChain(
      selectObservationBodies(db, shard, id)
        .where('seen.position', '<=', known)
        .$if(at !== null, (query) => query.where('seen.observed_at', '<=', at ?? 0))
        .orderBy('seen.observed_at', 'desc')
        .orderBy('seen.position', 'desc'),
    );
    const record = foldObservations(last);
    if (record !== null) found.push(record);
  }
  return found;
}

/** Which of these violations are already on record. */
export async function readKnownViolations(
  { db, shard }: Scope,
  { ids }: Question<'known-violations'>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const some of splitIntoChunks(ids)) {
    const rows = await db
      .selectFrom('violation')
      .select('violation_id')
      .distinct()
      .where('shard', '=', shard)
      .where('violation_id', 'in', some)
      .execute();
    for (const { violation_id: id } of rows) found.push(id);
  }
  return found;
}

/** The last audit of each image, one for each place in which it was audited. */
export async function readLastAudits(
  scope: Scope,
  { subjects }: Question<'last-audits'>,
): Promise<readonly RecordedAudit[]> {
  const { db, shard, known } = scope;
  const found: DecisionEvidence[] = [];
  for (const some of splitIntoChunks([...new Set(subjects)])) {
    const last = await db
      .selectFrom('verdict')
      .innerJoin('verdict_seen as seen', (on) =>
        on.onRef('seen.shard', '=', 'verdict.shard').onRef('seen.verdict', '=', 'verdict.id'),
      )
      .select(({ fn }) => [
        'verdict.subject',
        'verdict.workload',
        fn.max('seen.position').as('position'),
      ])
      .where('verdict.shard', '=', shard)
      .where('verdict.gate', '=', 'audit')
      .where('verdict.subject', 'in', some)
      .where('seen.position', '<=', known)
      .groupBy(['verdict.subject', 'verdict.workload'])
      .execute();
    for (const positions of splitIntoChunks(last.map(({ position }) => position))) {
      const rows = await db
        .selectFrom('log_entry as entry')
        .innerJoin('document', (on) =>
          on
            .onRef('document.shard', '=', 'entry.shard')
            .onRef('document.digest', '=', 'entry.digest'),
        )
        .select('document.body')
        .where('entry.shard', '=', shard)
        .where('entry.position', 'in', positions)
        .execute();
      for (const { body } of rows) found.push(orThrow(parseRecord('decision', body)));
    }
  }
  const recorded = await readRecordedFacts(
    scope,
    found.flatMap(({ facts }) => facts ?? []),
  );
  return found.map((audit) => ({ ...audit, hasFacts: recorded.has(audit.facts) }));
}

/** Which of these facts the log has an outline of. */
async function readRecordedFacts(
  { db, shard, known }: Scope,
  facts: readonly Digest[],
): Promise<ReadonlySet<string | null>> {
  const recorded = new Set<string | null>();
  for (const some of splitIntoChunks([...new Set(facts)])) {
    const rows = await db
      .selectFrom('log_entry')
      .select('subject')
      .distinct()
      .where('shard', '=', shard)
      .where('subject', 'in', some)
      .where('kind', '=', 'facts')
      .where('position', '<=', known)
      .execute();
    for (const { subject } of rows) recorded.add(subject);
  }
  return recorded;
}
