import type { EvidenceKind } from '../../../capabilities/evidence/index.ts';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { SqlConnection } from '../dialects/dialect.ts';
import { splitIntoChunks } from './chunks.ts';

/** Kinds whose documents pile up. All others say what software is, and are kept. */
export const REMOVABLE_KINDS = [
  'decision',
  'deployment',
  'scan',
  'violation',
] as const satisfies readonly EvidenceKind[];
export type RemovableKind = (typeof REMOVABLE_KINDS)[number];

export interface RetentionRule {
  readonly kinds: readonly RemovableKind[];
  /** What was recorded before this moment is removed. */
  readonly before: Instant;
  readonly now: Instant;
  /** In the words of who asked. */
  readonly why: string;
  /** Only says what would be removed. */
  readonly isTrial: boolean;
}

export interface RemovedDocuments {
  readonly entries: number;
  readonly bytes: number;
  readonly byKind: Readonly<Partial<Record<RemovableKind, number>>>;
  /** Older ones that stay, because the present rests on them. */
  readonly kept: number;
  /** There are more than one run removes. */
  readonly more: boolean;
}

interface Shard {
  readonly connected: SqlConnection;
  readonly shard: number;
}

interface Candidate {
  readonly position: number;
  readonly digest: string;
  readonly kind: string;
  readonly size: number;
  readonly subject: string | null;
}

/**
 * Removes documents and says so at each entry. What the present rests on stays, however old it is:
 * the last observation of each cluster, the last verdict of each image, gate and workload, and the
 * last scan of each image and tool.
 */
export async function removeDocuments(of: Shard, rule: RetentionRule): Promise<RemovedDocuments> {
  const { db, insertRows } = of.connected;
  const candidates = await listCandidates(of, rule);
  const more = candidates.length > LIMITS.retentionEntriesMax;
  const some = candidates.slice(0, LIMITS.retentionEntriesMax);
  const standing = await findStanding(of, some);
  const removed = some.filter(({ position }) => !standing.has(position));
  const byKind: Partial<Record<RemovableKind, number>> = {};
  for (const { kind } of removed) {
    const name = kind as RemovableKind;
    byKind[name] = (byKind[name] ?? 0) + 1;
  }
  const bytes = removed.reduce((sum, { size }) => sum + size, 0);
  const kept = some.length - removed.length;
  const told = { entries: removed.length, bytes, byKind, kept, more };
  if (rule.isTrial) return told;
  for (const chunk of splitIntoChunks(removed)) {
    const rows = chunk.map(({ position }) => [of.shard, position, rule.now, rule.why]);
    await insertRows('removed_entry', ['shard', 'position', 'removed_at', 'why'], rows);
  }
  for (const chunk of splitIntoChunks([...new Set(removed.map(({ digest }) => digest))])) {
    const needed = new Set(await listNeeded(of, chunk));
    const gone = chunk.filter((digest) => !needed.has(digest));
    if (gone.length === 0) continue;
    await db
      .deleteFrom('document')
      .where('shard', '=', of.shard)
      .where('digest', 'in', gone)
      .execute();
  }
  return told;
}

/** The entries of a shard whose documents were not removed. */
function selectKept({ connected, shard }: Shard) {
  return connected.db
    .selectFrom('log_entry as entry')
    .where('entry.shard', '=', shard)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('removed_entry as removed')
            .select('removed.position')
            .whereRef('removed.shard', '=', 'entry.shard')
            .whereRef('removed.position', '=', 'entry.position'),
        ),
      ),
    );
}

async function listCandidates(
  of: Shard,
  { kinds, before }: RetentionRule,
): Promise<readonly Candidate[]> {
  return selectKept(of)
    .select(['entry.position', 'entry.digest', 'entry.kind', 'entry.size', 'entry.subject'])
    .where('entry.kind', 'in', kinds)
    .where('entry.recorded_at', '<', before)
    .orderBy('entry.position')
    .limit(LIMITS.retentionEntriesMax + 1)
    .execute();
}

/** The positions of those that the present rests on. */
async function findStanding(
  of: Shard,
  candidates: readonly Candidate[],
): Promise<ReadonlySet<number>> {
  const documents = await listStandingDocuments(of);
  const positions = new Set<number>();
  for (const { position, kind, digest } of candidates) {
    // mutant retention-removes-the-present by retention: condition -> false
    if (documents.has(`${kind} ${digest}`)) positions.add(position);
  }
  for (const chunk of splitIntoChunks(candidates)) {
    const last = await listLast(of, chunk);
    // mutant retention-removes-the-last-scan by retention: operand 2 -> false
    for (const { position, kind } of chunk)
      if (kind === 'scan' && last.has(position)) positions.add(position);
  }
  return positions;
}

async function listStandingDocuments({
  connected: { db },
  shard,
}: Shard): Promise<ReadonlySet<string>> {
  const seen = await db
    .selectFrom('cluster_observation')
    .select(['cluster', 'document'])
    .where('shard', '=', shard)
    .orderBy('cluster')
    .orderBy('observed_at')
    .orderBy('position')
    .execute();
  const newest = new Map(seen.map(({ cluster, document }) => [cluster, document]));
  const verdicts = await db
    .selectFrom('verdict')
    .select(['subject', 'gate', 'workload', 'document'])
    .where('shard', '=', shard)
    .orderBy('id')
    .execute();
  const last = new Map(
    verdicts.map(({ subject, gate, workload, document }) => [
      JSON.stringify([subject, gate, workload]),
      document,
    ]),
  );
  const scans = await db
    .selectFrom('reported_scan')
    .select('document')
    .where('shard', '=', shard)
    .where('known_to', 'is', null)
    .execute();
  return new Set([
    ...[...newest.values()].map((document) => `deployment ${document}`),
    ...[...last.values()].map((document) => `decision ${document}`),
    ...scans.map(({ document }) => `scan ${document}`),
  ]);
}

/** The last entries of their kind about their subject. */
async function listLast(
  { connected, shard }: Shard,
  candidates: readonly Candidate[],
): Promise<ReadonlySet<number>> {
  const subjects = [...new Set(candidates.flatMap(({ subject }) => subject ?? []))];
  if (subjects.length === 0) return new Set();
  const rows = await connected.db
    .selectFrom('log_entry')
    .select(({ fn }) => fn.max('position').as('position'))
    .where('shard', '=', shard)
    .where('subject', 'in', subjects)
    .where('kind', '=', 'scan')
    .groupBy('subject')
    .execute();
  return new Set(rows.map(({ position }) => Number(position)));
}

/** Of these documents, those that an entry still has. */
async function listNeeded(of: Shard, digests: readonly string[]): Promise<readonly string[]> {
  const rows = await selectKept(of)
    .select('entry.digest')
    .where('entry.digest', 'in', digests)
    .execute();
  return rows.map(({ digest }) => digest);
}
