import type {
  DocumentAnswer,
  Findings,
  GraphFinding,
  Provenance,
  Violations,
  Whereabouts,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { instantOf } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import type { Severity } from '../../../core/severity.ts';
import { chunksOf } from '../chunks.ts';
import { deploymentsOf } from './deployments.ts';
import { fixedOf } from './exposure.ts';
import { digestsOf, type Family, familyOf } from './kin.ts';
import { isAsked } from './releases.ts';
import { believedAt, cursorOf, releaseAnswers, rowsOf, type Scope, valuesOf } from './scope.ts';
import { signedDocument, signedEdge } from './signed.ts';
import { groupsOf, ratingsOf, worstOf } from './vulnerabilities.ts';

interface ReleasesOf {
  readonly ids: readonly number[];
  readonly more: boolean;
}

async function releasesOf(scope: Scope, images: readonly number[]): Promise<ReleasesOf> {
  const { db, shard, known } = scope;
  const rows = await db
    .selectFrom('release_image')
    .innerJoin('release', (on) =>
      on.onRef('release.shard', '=', 'release_image.shard').onRef('release.id', '=', 'release_image.release'),
    )
    .select(['release.id', 'release.released_at'])
    .distinct()
    .where('release_image.shard', '=', shard)
    .where('release_image.image', 'in', images)
    .where('release_image.known_from', '<=', known)
    .where((row) => isAsked(scope, row))
    .$if(scope.ask.signedBy !== null, (query) => query.where((row) => signedDocument(scope, row, 'release.document')))
    .orderBy('release.released_at', 'desc')
    .orderBy('release.id', 'desc')
    .limit(LIMITS.pageRowsMax + 1)
    .execute();
  return { ids: rows.slice(0, LIMITS.pageRowsMax).map(({ id }) => id), more: rows.length > LIMITS.pageRowsMax };
}

/** Where an image runs, as itself, as a member of its index or as the index of its members. */
export async function where(scope: Scope, digest: Digest): Promise<Whereabouts> {
  const { all } = await familyOf(scope, digest);
  const limit = rowsOf(scope.ask.page);
  const after = valuesOf(scope.ask.page.after, ['number'])?.[0];
  const rows = await deploymentsOf(scope, all, limit, Number(after ?? 0));
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? cursorOf([last.id]) : null;
  const { ids, more } = await releasesOf(scope, all);
  const answers = await releaseAnswers(scope, ids);
  const releases = ids.flatMap((id) => answers.get(id) ?? []);
  return { releases, releasesMore: more, deployments: shown.map(({ answer }) => answer), next };
}

/** Component set × affected: what today's advisories say of an image, without scanning it again. */
export async function findingsOf(scope: Scope, digest: Digest): Promise<Findings> {
  const family = await familyOf(scope, digest);
  const sets = await setsOf(scope, family.all);
  const inventory = completenessOf(sets, family);
  if (inventory === null) return { inventory, findings: [], next: null };
  const limit = rowsOf(scope.ask.page) + 1;
  const rows = await findingRows(scope, [...new Set(sets.map((set) => set.component_set))], limit);
  const shown = rows.slice(0, limit - 1);
  const last = shown.at(-1);
  const next = rows.length < limit || last === undefined ? null : cursorOf([last.package_version, last.vulnerability]);
  return { inventory, findings: await findingAnswers(scope, shown), next };
}

interface SetOf {
  readonly image: number;
  readonly component_set: number;
  readonly outcome: string;
}

async function setsOf(scope: Scope, images: readonly number[]): Promise<readonly SetOf[]> {
  const found: SetOf[] = [];
  for (const some of chunksOf(images)) {
    const rows = await scope.db
      .selectFrom('image_set')
      .select(['image', 'component_set', 'outcome'])
      .where('shard', '=', scope.shard)
      .where('image', 'in', some)
      .where('known_from', '<=', scope.known)
      .$if(scope.ask.signedBy !== null, (query) => query.where((row) => signedEdge(scope, row, 'image_set')))
      .execute();
    found.push(...rows);
  }
  return found;
}

/**
 * Foundation 2: SBOMs that disagree are united; one that is complete makes the union complete. An SBOM of an index does
 * not say which platform it tells of: it can add findings to a member, never show that there are no others. An index
 * is complete when it has such an SBOM or when each of its members has.
 */
function completenessOf(sets: readonly SetOf[], { self, members }: Family): Findings['inventory'] {
  if (sets.length === 0) return null;
  const complete = new Set(sets.filter(({ outcome }) => outcome === 'complete').map(({ image }) => image));
  const isWhole = complete.has(self) || (members.length > 0 && members.every((member) => complete.has(member)));
  return isWhole ? 'complete' : 'partial';
}

async function findingRows({ db, shard, known, ask }: Scope, sets: readonly number[], limit: number) {
  const after = valuesOf(ask.page.after, ['number', 'number']) as readonly [number, number] | null;
  return db
    .selectFrom('set_member')
    .crossJoin('affected') // cross joins keep SQLite to this order: from the members to what is known of them
    .crossJoin('package_version')
    .crossJoin('vulnerability')
    .select([
      'set_member.package_version',
      'affected.vulnerability',
      'affected.status',
      'affected.rule',
      'affected.fixed',
    ])
    .select(['package_version.purl', 'vulnerability.name'])
    .distinct()
    .where('set_member.shard', '=', shard)
    .where('set_member.component_set', 'in', sets)
    .whereRef('affected.shard', '=', 'set_member.shard')
    .whereRef('affected.package_version', '=', 'set_member.package_version')
    .where((row) => believedAt(row, 'affected', known))
    .whereRef('package_version.shard', '=', 'set_member.shard')
    .whereRef('package_version.id', '=', 'set_member.package_version')
    .whereRef('vulnerability.shard', '=', 'set_member.shard')
    .whereRef('vulnerability.id', '=', 'affected.vulnerability')
    .$if(after !== null, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('set_member.package_version', 'affected.vulnerability'),
          '>',
          tuple(after?.[0] ?? 0, after?.[1] ?? 0),
        ),
      ),
    )
    .orderBy('set_member.package_version')
    .orderBy('affected.vulnerability')
    .limit(limit)
    .execute();
}

type FindingRow = Awaited<ReturnType<typeof findingRows>>[number];

async function findingAnswers(scope: Scope, rows: readonly FindingRow[]): Promise<readonly GraphFinding[]> {
  const ids = [...new Set(rows.map((row) => row.vulnerability))];
  const groups = await groupsOf(scope, ids);
  const members = [...groups.values()].flat().map(({ id }) => id);
  const ratings = await ratingsOf(scope, [...new Set([...ids, ...members])]);
  return rows.map((row) => {
    const group = groups.get(row.vulnerability) ?? [{ id: row.vulnerability, name: row.name }];
    const rating = worstOf(group.map(({ id }) => ratings.get(id)));
    return {
      advisory: row.name,
      names: group.map(({ name }) => name),
      severity: rating.severity,
      score: rating.score,
      purl: row.purl as Purl,
      status: row.status === 'affected' ? 'affected' : 'unknown',
      fixed: fixedOf(row.fixed),
      rule: row.rule,
    };
  });
}

/** Where an image comes from: releases, builds, and every document about it with who verifiably signed it. */
export async function provenanceOf(scope: Scope, digest: Digest): Promise<Provenance> {
  const { all } = await familyOf(scope, digest);
  const released = await releasesOf(scope, all);
  const answers = await releaseAnswers(scope, released.ids);
  const limit = rowsOf(scope.ask.page);
  const documents = await documentsAbout(scope, await subjectsOf(scope, all), limit + 1);
  const shown = documents.slice(0, limit);
  const last = shown.at(-1);
  const made = await releaseBuilds(scope, released.ids);
  const builds = await buildsOf(scope, all);
  return {
    releases: released.ids.flatMap((id) => {
      const answer = answers.get(id);
      return answer === undefined ? [] : [{ ...answer, build: made.get(id) ?? null }];
    }),
    builds: builds.slice(0, LIMITS.pageRowsMax),
    documents: shown.map(({ answer }) => answer),
    more: released.more || builds.length > LIMITS.pageRowsMax,
    next: documents.length > limit && last !== undefined ? cursorOf([last.position]) : null,
  };
}

async function subjectsOf(scope: Scope, images: readonly number[]): Promise<readonly Digest[]> {
  return [...(await digestsOf(scope, images)).values()].flat();
}

async function releaseBuilds({ db, shard }: Scope, releases: readonly number[]) {
  if (releases.length === 0) return new Map<number, { id: string; builder: string }>();
  const rows = await db
    .selectFrom('release')
    .innerJoin('build', (on) => on.onRef('build.shard', '=', 'release.shard').onRef('build.id', '=', 'release.build'))
    .select(['release.id', 'build.build_id', 'build.builder'])
    .where('release.shard', '=', shard)
    .where('release.id', 'in', releases)
    .execute();
  return new Map(rows.map((row) => [row.id, { id: row.build_id, builder: row.builder }]));
}

async function buildsOf(scope: Scope, images: readonly number[]): Promise<Provenance['builds']> {
  const { db, shard, known } = scope;
  const rows = await db
    .selectFrom('build_image')
    .innerJoin('build', (on) =>
      on.onRef('build.shard', '=', 'build_image.shard').onRef('build.id', '=', 'build_image.build'),
    )
    .leftJoin('build_fact', (on) =>
      on.onRef('build_fact.shard', '=', 'build.shard').onRef('build_fact.build', '=', 'build.id'),
    )
    .leftJoin('code_commit', (on) =>
      on.onRef('code_commit.shard', '=', 'build_fact.shard').onRef('code_commit.id', '=', 'build_fact.code_commit'),
    )
    .leftJoin('repository', (on) =>
      on.onRef('repository.shard', '=', 'code_commit.shard').onRef('repository.id', '=', 'code_commit.repository'),
    )
    .leftJoin('code_host', (on) =>
      on.onRef('code_host.shard', '=', 'repository.shard').onRef('code_host.id', '=', 'repository.code_host'),
    )
    .select([
      'build.build_id',
      'build.builder',
      'code_commit.hash',
      'repository.url as repository_url',
      'code_host.url as host_url',
    ])
    .distinct()
    .where('build_image.shard', '=', shard)
    .where('build_image.image', 'in', images)
    .where('build_image.known_from', '<=', known)
    .where((row) => row.or([row('build_fact.id', 'is', null), row('build_fact.known_from', '<=', known)]))
    .$if(scope.ask.signedBy !== null, (query) => query.where((row) => signedEdge(scope, row, 'build_image')))
    .limit(LIMITS.pageRowsMax + 1)
    .execute();
  return rows.map(({ build_id: id, builder, hash: commit, repository_url: repository, host_url: host }) => ({
    id,
    builder,
    source: commit === null || repository === null || host === null ? null : { host, repository, commit },
  }));
}

interface Told {
  readonly position: number;
  readonly answer: DocumentAnswer;
}

async function documentsAbout(scope: Scope, subjects: readonly Digest[], limit: number): Promise<readonly Told[]> {
  const after = valuesOf(scope.ask.page.after, ['number'])?.[0];
  const entries = await scope.db
    .selectFrom('log_entry')
    .select(['position', 'kind', 'digest', 'media_type', 'recorded_at', 'subject'])
    .where('shard', '=', scope.shard)
    .where('subject', 'in', subjects)
    .where('position', '<=', scope.known)
    .$if(after !== undefined, (query) => query.where('position', '>', Number(after)))
    .$if(scope.ask.signedBy !== null, (query) => query.where((row) => signedDocument(scope, row, 'log_entry.digest')))
    .orderBy('position')
    .limit(limit)
    .execute();
  const verifications = await verificationsOf(scope, [...new Set(entries.map((entry) => entry.digest))]);
  return entries.map((entry) => ({
    position: entry.position,
    answer: {
      kind: entry.kind,
      digest: entry.digest as Digest,
      subject: entry.subject as Digest,
      mediaType: entry.media_type,
      recordedAt: instantOf(entry.recorded_at),
      verifications: verifications.get(entry.digest) ?? [],
    },
  }));
}

async function verificationsOf({ db, shard, known }: Scope, documents: readonly string[]) {
  const found = new Map<string, DocumentAnswer['verifications'][number][]>();
  if (documents.length === 0) return found;
  const rows = await db
    .selectFrom('verification')
    .leftJoin('signer', (on) =>
      on.onRef('signer.shard', '=', 'verification.shard').onRef('signer.id', '=', 'verification.signer'),
    )
    .select(['verification.document', 'verification.outcome', 'verification.reason', 'verification.trust_revision'])
    .select(['verification.verified_at', 'signer.format', 'signer.identity', 'signer.thumbprint'])
    .where('verification.shard', '=', shard)
    .where('verification.document', 'in', documents)
    .where((row) => believedAt(row, 'verification', known))
    .orderBy('verification.id')
    .execute();
  for (const row of rows) {
    const { format, identity, thumbprint } = row;
    const signer = format === null || identity === null ? null : { format, identity, thumbprint };
    const outcome = row.outcome as 'trusted' | 'untrusted' | 'undetermined';
    const verifiedAt = instantOf(row.verified_at);
    const list = found.get(row.document) ?? [];
    list.push({ outcome, signer, trustRevision: row.trust_revision, verifiedAt, reason: row.reason });
    found.set(row.document, list);
  }
  return found;
}

/** Runtime violations of an image, newest first. */
export async function violationsOf(scope: Scope, image: Digest): Promise<Violations> {
  const { db, shard, known, ask } = scope;
  const { all } = await familyOf(scope, image);
  const limit = rowsOf(ask.page) + 1;
  const after = valuesOf(ask.page.after, ['number', 'number']) as readonly [number, number] | null;
  const rows = await db
    .selectFrom('violation')
    .selectAll()
    .where('shard', '=', shard)
    .where('image', 'in', await subjectsOf(scope, all))
    .where('known_from', '<=', known)
    .$if(ask.signedBy !== null, (query) => query.where((row) => signedDocument(scope, row, 'violation.document')))
    .$if(ask.asOf !== null, (query) => query.where('at', '<=', ask.asOf ?? 0))
    .$if(after !== null, (query) =>
      query.where(({ eb, refTuple, tuple }) => eb(refTuple('at', 'id'), '<', tuple(after?.[0] ?? 0, after?.[1] ?? 0))),
    )
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  const shown = rows.slice(0, limit - 1);
  const last = shown.at(-1);
  const violations = shown.map((row) => ({
    id: row.violation_id,
    at: instantOf(row.at),
    cluster: row.cluster,
    namespace: row.namespace,
    workload: { kind: row.workload_kind, name: row.workload_name },
    rule: row.rule,
    severity: row.severity as Severity,
    detail: row.detail,
  }));
  return { violations, next: rows.length < limit || last === undefined ? null : cursorOf([last.at, last.id]) };
}
