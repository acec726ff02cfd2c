import { parseRecord, type ViolationRecord } from '../../../capabilities/evidence/index.ts';
import {
  ANYWHERE,
  type PlaceFilter,
  type Question,
  type ViolationAnswer,
  type Violations,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Severity } from '../../../core/severity.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readCommits } from './commits.ts';
import type { PlaceClusters } from './deployments.ts';
import { readEvidence } from './evidence.ts';
import { readDigests } from './kin.ts';
import { resolvePlace } from './place.ts';
import { readReleaseAnswers } from './release-answers.ts';
import { checkRowsMax, formatCursor, isBelieved, parseCursor, type Scope } from './scope.ts';
import { isSignedDocument } from './signatures.ts';
import { resolveSubject } from './subject.ts';
import { readReleaseNames } from './subject-releases.ts';

/**
 * Runtime violations, newest first. An event without a digest is joined to the image that its
 * container ran at that moment. If several images are possible, or none is known, the row says so,
 * and nothing is guessed.
 */
export async function answerViolations(
  scope: Scope,
  { subject = null, place }: Question<'violations'>,
): Promise<Violations> {
  const there = await resolveNamedPlace(scope, place ?? ANYWHERE);
  const limit = checkRowsMax(scope.ask.page) + 1;
  // Here `since` is about the event: a release may be older.
  const meant = subject === null ? null : (await resolveSubject(dropSince(scope), subject)).all;
  const rows =
    meant === null
      ? await readAllRows(scope, there, limit)
      : await readRowsAbout(scope, meant, there, limit);
  rows.sort((one, other) => other.at - one.at || other.id - one.id);
  const once = [...new Map(rows.map((row) => [row.id, row])).values()].slice(0, limit);
  const shown = once.slice(0, limit - 1);
  const last = shown.at(-1);
  const next = once.length < limit || last === undefined ? null : formatCursor([last.at, last.id]);
  return { violations: await answerRows(scope, shown, meant), next };
}

function dropSince(scope: Scope): Scope {
  return { ...scope, ask: { ...scope.ask, since: null } };
}

interface NamedPlace extends PlaceClusters {
  /** Violations name their cluster, which may never have been observed. */
  readonly place: PlaceFilter;
}

async function resolveNamedPlace(scope: Scope, place: PlaceFilter): Promise<NamedPlace> {
  const { cluster, namespace } = place;
  const { db, shard } = scope;
  const { region } = place;
  if (cluster === null && namespace === null && region === null)
    return { clusters: null, namespace, place };
  const seen = await db
    .selectFrom('violation')
    .select('id')
    .where('shard', '=', shard)
    .$if(cluster !== null, (query) => query.where('cluster', '=', cluster ?? ''))
    .$if(namespace !== null, (query) => query.where('namespace', '=', namespace ?? ''))
    .$if(region !== null, (query) => query.where('region', '=', region ?? ''))
    .limit(1)
    .executeTakeFirst();
  if (seen !== undefined) return { clusters: null, namespace, place };
  return { ...(await resolvePlace(scope, place)), place };
}

type Row = Awaited<ReturnType<typeof readAllRows>>[number];

function queryViolations(scope: Scope, { place }: NamedPlace, limit: number) {
  const { db, shard, known, ask } = scope;
  const { cluster, region, namespace } = place;
  const after = parseCursor(ask.page.after, ['number', 'number']) as
    | readonly [number, number]
    | null;
  return db
    .selectFrom('violation')
    .selectAll('violation')
    .where('violation.shard', '=', shard)
    .where('violation.known_from', '<=', known)
    .$if(cluster !== null, (query) => query.where('violation.cluster', '=', cluster ?? ''))
    .$if(region !== null, (query) => query.where('violation.region', '=', region ?? ''))
    .$if(namespace !== null, (query) => query.where('violation.namespace', '=', namespace ?? ''))
    .$if(ask.signedBy !== null, (query) =>
      query.where((row) => isSignedDocument(scope, row, 'violation.document')),
    )
    .$if(ask.asOf !== null, (query) => query.where('violation.at', '<=', ask.asOf ?? 0))
    .$if(ask.since !== null, (query) => query.where('violation.at', '>=', ask.since ?? 0))
    .$if(after !== null, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('violation.at', 'violation.id'), '<', tuple(after?.[0] ?? 0, after?.[1] ?? 0)),
      ),
    )
    .orderBy('violation.at', 'desc')
    .orderBy('violation.id', 'desc')
    .limit(limit);
}

function readAllRows(scope: Scope, there: NamedPlace, limit: number) {
  return queryViolations(scope, there, limit).execute();
}

async function readRowsAbout(
  scope: Scope,
  all: readonly number[],
  there: NamedPlace,
  limit: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  const digests = [...(await readDigests(scope, all)).values()].flat();
  // One image at a time: the events of one image are in the requested order.
  for (const digest of digests)
    rows.push(
      ...(await queryViolations(scope, there, limit)
        .where('violation.image', '=', digest)
        .execute()),
    );
  for (const some of splitIntoChunks(all))
    rows.push(...(await queryDeployedRows(scope, there, some, limit)));
  return rows;
}

/** Events without a digest, by the image that the container ran when they happened. */
function queryDeployedRows(
  scope: Scope,
  there: NamedPlace,
  images: readonly number[],
  limit: number,
) {
  return queryViolations(scope, there, limit)
    .innerJoin('deployment as ran', (on) =>
      on
        .onRef('ran.shard', '=', 'violation.shard')
        .onRef('ran.namespace', '=', 'violation.namespace')
        .onRef('ran.workload_kind', '=', 'violation.workload_kind')
        .onRef('ran.workload_name', '=', 'violation.workload_name'),
    )
    .innerJoin('cluster', (on) =>
      on
        .onRef('cluster.shard', '=', 'ran.shard')
        .onRef('cluster.id', '=', 'ran.cluster')
        .onRef('cluster.name', '=', 'violation.cluster'),
    )
    .where('violation.image', 'is', null)
    .where('ran.image', 'in', images)
    .where((row) => isBelieved(row, 'ran', scope))
    .whereRef('ran.valid_from', '<=', 'violation.at')
    .where((row) =>
      row.or([row('ran.valid_to', 'is', null), row('ran.valid_to', '>', row.ref('violation.at'))]),
    )
    .where((row) =>
      row.or([
        row('violation.container', 'is', null),
        row('ran.container', '=', row.ref('violation.container')),
      ]),
    )
    .where((row) =>
      row.or([
        row('violation.region', 'is', null),
        row('ran.region', '=', row.ref('violation.region')),
      ]),
    )
    .distinct()
    .execute();
}

interface ImageJoin {
  readonly joined: ViolationAnswer['joined'];
  /** Image ids and digests. */
  readonly images: ReadonlyMap<number, Digest>;
}

async function answerRows(
  scope: Scope,
  rows: readonly Row[],
  meant: readonly number[] | null,
): Promise<readonly ViolationAnswer[]> {
  const said = await readEvidence(
    scope,
    'violation',
    rows.map((row) => row.document),
  );
  const records = await readRecords(scope, rows);
  const answers: ViolationAnswer[] = [];
  for (const row of rows) {
    const { joined, images } = await findImages(scope, row);
    // Its lease had ended before the event: it is unknown whether it still ran.
    if (meant !== null && !meant.some((image) => images.has(image))) continue;
    const shipped = await readShippedReleases(dropSince(scope), [...images.keys()]);
    if (scope.ask.owner !== null && shipped.releases.length === 0) continue;
    const evidence = said.get(row.document);
    answers.push({
      ...toCoreAnswer(row, records.get(row.document) ?? null),
      joined,
      images: [...images.values()].sort(),
      ...shipped,
      evidence: evidence === undefined ? [] : [evidence],
    });
  }
  return answers;
}

function toCoreAnswer(row: Row, record: ViolationRecord | null) {
  return {
    id: row.violation_id,
    at: toInstant(row.at),
    cluster: row.cluster,
    region: row.region,
    namespace: row.namespace,
    workload: { kind: row.workload_kind, name: row.workload_name },
    container: row.container,
    pod: record?.pod ?? null,
    rule: row.rule,
    severity: row.severity as Severity,
    detail: row.detail,
    cause: record?.cause?.kind ?? null,
  };
}

async function readRecords(
  { db, shard }: Scope,
  rows: readonly Row[],
): Promise<ReadonlyMap<string, ViolationRecord>> {
  const records = new Map<string, ViolationRecord>();
  for (const some of splitIntoChunks(rows.map((row) => row.document))) {
    const found = await db
      .selectFrom('document')
      .select(['digest', 'body'])
      .where('shard', '=', shard)
      .where('digest', 'in', some)
      .execute();
    for (const { digest, body } of found) {
      const record = parseRecord('violation', body);
      if (record.ok) records.set(digest, record.value);
    }
  }
  return records;
}

/**
 * The image of the event: the one that the event names, otherwise every image that its container
 * ran at that moment.
 */
async function findImages(scope: Scope, row: Row): Promise<ImageJoin> {
  const { db, shard } = scope;
  if (row.image !== null) {
    const named = await db
      .selectFrom('image')
      .select(['id', 'digest'])
      .where('shard', '=', shard)
      .where('digest', '=', row.image)
      .execute();
    return {
      joined: 'digest',
      images: new Map(named.map(({ id, digest }) => [id, digest as Digest])),
    };
  }
  const leaseEnds = new Map<number, number>();
  const ran: { readonly id: number; readonly digest: string }[] = [];
  for (const { id, digest, cluster, valid_to: end } of await queryRunningThen(scope, row)) {
    if (end === null && !leaseEnds.has(cluster))
      leaseEnds.set(cluster, await readLeaseEnd(scope, cluster));
    const held = end !== null || (leaseEnds.get(cluster) ?? 0) > row.at;
    if (held && !ran.some((one) => one.id === id)) ran.push({ id, digest });
  }
  const joined = ran.length === 1 ? 'deployment' : ran.length === 0 ? 'unknown' : 'ambiguous';
  return { joined, images: new Map(ran.map(({ id, digest }) => [id, digest as Digest])) };
}

function queryRunningThen(scope: Scope, row: Row) {
  const { db, shard } = scope;
  return db
    .selectFrom('cluster')
    .innerJoin('deployment as ran', (on) =>
      on.onRef('ran.shard', '=', 'cluster.shard').onRef('ran.cluster', '=', 'cluster.id'),
    )
    .innerJoin('image', (on) =>
      on.onRef('image.shard', '=', 'ran.shard').onRef('image.id', '=', 'ran.image'),
    )
    .select(['image.id', 'image.digest', 'ran.cluster', 'ran.valid_to'])
    .distinct()
    .where('cluster.shard', '=', shard)
    .where('cluster.name', '=', row.cluster)
    .where('ran.namespace', '=', row.namespace)
    .where('ran.workload_kind', '=', row.workload_kind)
    .where('ran.workload_name', '=', row.workload_name)
    .where('ran.valid_from', '<=', row.at)
    .where((inner) =>
      inner.or([inner('ran.valid_to', 'is', null), inner('ran.valid_to', '>', row.at)]),
    )
    .where((inner) => isBelieved(inner, 'ran', scope))
    .$if(row.container !== null, (query) => query.where('ran.container', '=', row.container ?? ''))
    .$if(row.region !== null, (query) => query.where('ran.region', '=', row.region ?? ''))
    .orderBy('image.id')
    .limit(LIMITS.rowEvidenceMax)
    .execute();
}

async function readLeaseEnd({ db, shard, known }: Scope, cluster: number): Promise<number> {
  const last = await db
    .selectFrom('cluster_observation')
    .select(['observed_at', 'lease_ms'])
    .where('shard', '=', shard)
    .where('cluster', '=', cluster)
    .where('position', '<=', known)
    .orderBy('observed_at', 'desc')
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last === undefined ? 0 : last.observed_at + last.lease_ms;
}

/** The releases that contain these images, with what is known about their commits. */
async function readShippedReleases(scope: Scope, images: readonly number[]) {
  const names = [...(await readReleaseNames(scope, images)).values()].flat();
  const answers = await readReleaseAnswers(scope, [...new Set(names.map(({ id }) => id))]);
  const releases = [...answers.values()].map(({ name, version, source, owner }) => ({
    name,
    version,
    source,
    owner,
  }));
  return {
    releases,
    commits: await readCommits(
      scope,
      releases.flatMap(({ source }) => source ?? []),
    ),
  };
}
