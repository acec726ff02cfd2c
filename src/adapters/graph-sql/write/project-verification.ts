import type {
  DecisionEvidence,
  VerificationRecord,
  ViolationRecord,
} from '../../../capabilities/evidence/index.ts';
import { findEnd } from '../../../capabilities/signing/index.ts';
import type { Gate } from '../../../core/verdict.ts';
import type { Cell } from '../dialects/dialect.ts';
import { prepareQuery } from './prepared-query.ts';
import type { Projection } from './projection.ts';

export async function internSigner(
  { ids }: Projection,
  {
    format,
    identity,
    thumbprint,
  }: { readonly format: string; readonly identity: string; readonly thumbprint: string | null },
): Promise<number> {
  const key = JSON.stringify([format, identity, thumbprint]);
  const columns = ['format', 'identity', 'thumbprint'];
  return ids.internOne('signer', key, { columns, cells: () => [format, identity, thumbprint] });
}

/**
 * A verification is an event (foundation 4): it ends the belief in the former result of the same
 * signature over the same document. It stays in the log, so a rebuild verifies nothing again.
 */
export async function projectVerification(
  projection: Projection,
  record: VerificationRecord,
): Promise<void> {
  const { connected, shard, ids, position } = projection;
  const signer = record.signer === null ? null : await internSigner(projection, record.signer);
  const documents = [...new Set([record.subject, ...record.covers])].sort();
  await connected.db
    .updateTable('verification')
    .set({ known_to: position })
    .where('shard', '=', shard)
    .where('document', 'in', documents)
    .where('signature', '=', record.signature)
    .where('known_to', 'is', null)
    .execute();
  const first = await ids.allocate('verification', documents.length);
  const { trust, verifiedAt, outcome, signature, reasons } = record;
  const columns = [
    'document',
    'signature',
    'outcome',
    'signer',
    'reason',
    'trust_revision',
    'trust_digest',
    'verified_at',
    'ends_at',
  ];
  const endsAt = findEndOfRecord(record);
  await connected.insertRows(
    'verification',
    ['shard', 'id', ...columns, 'known_from'],
    documents.map((document, at) => [
      ...[shard, first + at, document, signature, outcome, signer, reasons[0] ?? null],
      ...[trust.revision, trust.digest, verifiedAt, endsAt, position],
    ]),
  );
}

/** After every moment. */
export const NEVER = 8_640_000_000_000_000;

/** When the signature counts no more by its dates; null where no record says so. */
function findEndOfRecord({ outcome, ends }: VerificationRecord): number | null {
  return outcome !== 'trusted' || ends === undefined ? null : (findEnd(ends) ?? NEVER);
}

/** A verdict is kept if it differs from the one before. A repetition is counted. */
export async function projectDecision(
  projection: Projection,
  record: DecisionEvidence,
): Promise<void> {
  const { connected, shard, ids, position, digest } = projection;
  const { subject, gate, decision, policy, facts, decidedAt, decisions = 1 } = record;
  const workload = formatWorkload(record.workload);
  const findLast = workload === null ? findVerdict : findVerdictAt;
  const [last] = await findLast(connected, { shard, subject, gate, workload: workload ?? '' });
  if (last?.decision === decision && last.policy === policy && last.facts === facts) {
    const times = {
      first_at: Math.min(last.first_at, record.firstAt ?? decidedAt),
      last_at: Math.max(last.last_at, decidedAt),
    };
    await connected.db
      .updateTable('verdict')
      .set((row) => ({ ...times, repeats: row('repeats', '+', decisions) }))
      .where('shard', '=', shard)
      .where('id', '=', last.id)
      .execute();
    await addSighting(projection, last.id, decidedAt);
    return;
  }
  const id = await ids.allocate('verdict', 1);
  const columns = [
    'subject',
    'gate',
    'workload',
    'decision',
    'policy',
    'facts',
    'first_at',
    'last_at',
    'repeats',
    'document',
  ];
  const row = [
    subject,
    gate,
    workload,
    decision,
    policy,
    facts,
    record.firstAt ?? decidedAt,
    decidedAt,
    decisions - 1,
    digest,
    position,
  ];
  await connected.insertRows(
    'verdict',
    ['shard', 'id', ...columns, 'known_from'],
    [[shard, id, ...row]],
  );
  await addSighting(projection, id, decidedAt);
}

interface JudgedKey extends Readonly<Record<string, Cell>> {
  readonly shard: number;
  readonly subject: string;
  readonly gate: Gate;
  readonly workload: string;
}

const findVerdict = prepareSearch(false);
const findVerdictAt = prepareSearch(true);

function prepareSearch(hasWorkload: boolean) {
  return prepareQuery(['shard', 'subject', 'gate', 'workload'], (db, judged: JudgedKey) =>
    db
      .selectFrom('verdict')
      .select(['id', 'decision', 'policy', 'facts', 'first_at', 'last_at'])
      .where('shard', '=', judged.shard)
      .where('subject', '=', judged.subject)
      .where('gate', '=', judged.gate)
      .where('workload', hasWorkload ? '=' : 'is', hasWorkload ? judged.workload : null)
      .orderBy('id', 'desc')
      .limit(1),
  );
}

async function addSighting(
  { connected, shard, position }: Projection,
  verdict: number,
  decidedAt: number,
): Promise<void> {
  const columns = ['shard', 'verdict', 'decided_at', 'position'];
  await connected.insertRows('verdict_seen', columns, [[shard, verdict, decidedAt, position]]);
}

function formatWorkload(workload: DecisionEvidence['workload']): string | null {
  if (workload === null) return null;
  return `${workload.cluster}/${workload.namespace}/${workload.kind}/${workload.name}`;
}

export async function projectViolation(
  projection: Projection,
  record: ViolationRecord,
): Promise<void> {
  const { connected, shard, ids, position, digest } = projection;
  const id = await ids.allocate('violation', 1);
  const { workload, at, image, rule, severity, detail } = record;
  if (image !== null) await ids.internOne('image', image);
  const columns = [
    ...['violation_id', 'at', 'cluster', 'region', 'namespace', 'workload_kind', 'workload_name'],
    ...['container', 'image', 'rule', 'severity', 'detail', 'document', 'known_from'],
  ];
  const place = [
    workload.cluster,
    workload.region,
    workload.namespace,
    workload.kind,
    workload.name,
  ];
  const row = [
    shard,
    id,
    record.id,
    at,
    ...place,
    readContainer(record),
    image,
    rule,
    severity,
    detail,
    digest,
    position,
  ];
  await connected.insertRows('violation', ['shard', 'id', ...columns], [row]);
}

/** The container of the pod that caused the event, if the event names it. */
function readContainer(record: ViolationRecord): string | null {
  const { container } = record as { readonly container?: string | null };
  return container ?? null;
}
