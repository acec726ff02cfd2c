import type {
  DocumentAnswer,
  Findings,
  GraphFinding,
  Page,
  Provenance,
  VerdictHistory,
  Violations,
  Whereabouts,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { instantOf } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import type { Severity } from '../../../core/severity.ts';
import type { Gate } from '../../../core/verdict.ts';
import { deploymentsOf, relatedImages } from './deployments.ts';
import { fixedOf } from './exposure.ts';
import { signedSet } from './releases.ts';
import { believedAt, cursorOf, releaseAnswers, rowsOf, type Scope, valuesOf } from './scope.ts';
import { groupsOf, ratingsOf, worstOf } from './vulnerabilities.ts';

async function known(scope: Scope, digest: Digest) {
  const images = await relatedImages(scope, digest);
  if (images.self !== null) return { self: images.self, all: images.all };
  throw new Failure('UNKNOWN_NAME', `no evidence names the image ${digest}`, 'Check the digest, or import its SBOM.');
}

async function releasesOf({ db, shard, known }: Scope, images: readonly number[]): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('release_image')
    .select('release')
    .distinct()
    .where('shard', '=', shard)
    .where('image', 'in', images)
    .where('known_from', '<=', known)
    .orderBy('release', 'desc')
    .limit(LIMITS.pageRowsMax)
    .execute();
  return rows.map((row) => row.release);
}

/** Where an image runs, as itself, as a member of its index or as the index of its members. */
export async function where(scope: Scope, digest: Digest): Promise<Whereabouts> {
  const { all } = await known(scope, digest);
  const limit = rowsOf(scope.ask.page);
  const after = valuesOf(scope.ask.page.after, ['number'])?.[0];
  const rows = await deploymentsOf(scope, all, limit, Number(after ?? 0));
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? cursorOf([last.id]) : null;
  const releases = [...(await releaseAnswers(scope, await releasesOf(scope, all))).values()];
  return { releases, deployments: shown.map(({ answer }) => answer), next };
}

/** Component set × affected: what today's advisories say of an image, without scanning it again. */
export async function findingsOf(scope: Scope, digest: Digest): Promise<Findings> {
  const { self } = await known(scope, digest);
  const { db, shard } = scope;
  const sets = await db
    .selectFrom('image_set')
    .select(['component_set', 'outcome'])
    .where('shard', '=', shard)
    .where('image', '=', self)
    .where('known_from', '<=', scope.known)
    .$if(scope.ask.signedBy !== null, (query) => query.where((row) => signedSet(scope, row)))
    .execute();
  if (sets.length === 0) return { inventory: null, findings: [], next: null };
  const limit = rowsOf(scope.ask.page) + 1;
  const rows = await findingRows(
    scope,
    sets.map((set) => set.component_set),
    limit,
  );
  const shown = rows.slice(0, limit - 1);
  const last = shown.at(-1);
  const next = rows.length < limit || last === undefined ? null : cursorOf([last.package_version, last.vulnerability]);
  const findings = await findingAnswers(scope, shown);
  // Foundation 2: SBOMs that disagree are united; one that is complete makes the union complete.
  return { inventory: sets.some(({ outcome }) => outcome === 'complete') ? 'complete' : 'partial', findings, next };
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
  const { all } = await known(scope, digest);
  const releaseIds = await releasesOf(scope, all);
  const answers = await releaseAnswers(scope, releaseIds);
  const limit = rowsOf(scope.ask.page);
  const documents = await documentsAbout(scope, digest, limit + 1);
  const released = await releaseBuilds(scope, releaseIds);
  return {
    releases: [...answers].map(([id, answer]) => ({ ...answer, build: released.get(id) ?? null })),
    builds: await buildsOf(scope, all),
    documents: documents.slice(0, limit),
    more: documents.length > limit,
  };
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

async function buildsOf({ db, shard, known }: Scope, images: readonly number[]): Promise<Provenance['builds']> {
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
    .limit(LIMITS.pageRowsMax)
    .execute();
  return rows.map(({ build_id: id, builder, hash: commit, repository_url: repository, host_url: host }) => ({
    id,
    builder,
    source: commit === null || repository === null || host === null ? null : { host, repository, commit },
  }));
}

async function documentsAbout(scope: Scope, subject: Digest, limit: number): Promise<readonly DocumentAnswer[]> {
  const entries = await scope.db
    .selectFrom('log_entry')
    .select(['position', 'kind', 'digest', 'media_type', 'recorded_at'])
    .where('shard', '=', scope.shard)
    .where('subject', '=', subject)
    .where('position', '<=', scope.known)
    .orderBy('position')
    .limit(limit)
    .execute();
  const verifications = await verificationsOf(scope, [...new Set(entries.map((entry) => entry.digest))]);
  return entries.map((entry) => ({
    kind: entry.kind,
    digest: entry.digest as Digest,
    mediaType: entry.media_type,
    recordedAt: instantOf(entry.recorded_at),
    verifications: verifications.get(entry.digest) ?? [],
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

/** Which verdicts a digest got, newest first. */
export async function verdictsOf(
  { db, shard }: Pick<Scope, 'db' | 'shard'>,
  subject: Digest,
  page: Page,
): Promise<VerdictHistory> {
  const limit = rowsOf(page) + 1;
  const after = valuesOf(page.after, ['number'])?.[0];
  const rows = await db
    .selectFrom('verdict')
    .selectAll()
    .where('shard', '=', shard)
    .where('subject', '=', subject)
    .$if(after !== undefined, (query) => query.where('id', '<', Number(after)))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  const shown = rows.slice(0, limit - 1);
  const last = shown.at(-1);
  const verdicts = shown.map((row) => ({
    gate: row.gate as Gate,
    decision: row.decision as 'allow' | 'deny' | 'undetermined',
    workload: row.workload,
    policy: row.policy as Digest,
    firstAt: instantOf(row.first_at),
    lastAt: instantOf(row.last_at),
    repeats: row.repeats,
    document: row.document as Digest,
  }));
  return { verdicts, next: rows.length < limit || last === undefined ? null : cursorOf([last.id]) };
}

/** Runtime violations of an image, newest first. */
export async function violationsOf({ db, shard, known, ask }: Scope, image: Digest): Promise<Violations> {
  const limit = rowsOf(ask.page) + 1;
  const after = valuesOf(ask.page.after, ['number', 'number']) as readonly [number, number] | null;
  const rows = await db
    .selectFrom('violation')
    .selectAll()
    .where('shard', '=', shard)
    .where('image', '=', image)
    .where('known_from', '<=', known)
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
