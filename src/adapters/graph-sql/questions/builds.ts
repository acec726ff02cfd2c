import type { BuildAnswer } from '../../../capabilities/graph/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import { addSourceClaims, readClaims } from './claims.ts';
import { readEdgeEvidence } from './evidence.ts';
import type { Scope } from './scope.ts';
import { isSignedEdge } from './signatures.ts';

/** The builds that made one of the images, at most one more than a page. */
export async function readBuilds(
  scope: Scope,
  images: readonly number[],
): Promise<readonly BuildAnswer[]> {
  const rows = await queryBuilds(scope, images);
  const said = await readEdgeEvidence(
    scope,
    'build_image',
    rows.map(({ edge }) => edge),
  );
  const builds = new Map<string, BuildAnswer>();
  for (const {
    edge,
    build_id: id,
    builder,
    hash: commit,
    repository_url: repository,
    host_url: host,
  } of rows) {
    const source =
      commit === null || repository === null || host === null ? null : { host, repository, commit };
    const key = JSON.stringify([builder, id, source]);
    // A build that made several of these images is one build; the documents of each image are its
    // evidence.
    const evidence = [...(builds.get(key)?.evidence ?? []), ...(said.get(edge) ?? [])];
    const once = [...new Map(evidence.map((one) => [one.document, one])).values()];
    builds.set(key, { id, builder, source, evidence: once.slice(0, LIMITS.rowEvidenceMax) });
  }
  return addBuildClaims(scope, [...builds.values()]);
}

/** A builder or source is claimed where every record of the build calls it so. */
async function addBuildClaims(
  scope: Scope,
  builds: readonly BuildAnswer[],
): Promise<readonly BuildAnswer[]> {
  const documents = builds.flatMap(({ evidence }) => evidence.map(({ document }) => document));
  const claims = await readClaims(scope, documents);
  return builds.map((build) => {
    const records = build.evidence.filter(({ kind }) => kind === 'build');
    const said = records.map(({ document }) => claims.get(document));
    const [first] = said;
    if (first === undefined || said.some((one) => one === undefined)) return build;
    const source = build.source === null ? null : addSourceClaims(build.source, first);
    const isClaimed = said.every((one) => one?.builder === true);
    return { ...build, source, ...(isClaimed ? { claimed: true as const } : {}) };
  });
}

async function queryBuilds(scope: Scope, images: readonly number[]) {
  const { db, shard, known } = scope;
  // This is an inner query, so that `distinct` cannot make the database read all rows by id.
  const madeBy = db
    .selectFrom('build_image as made')
    .select('made.id')
    .where('made.shard', '=', shard)
    .where('made.image', 'in', images);
  return db
    .selectFrom('build_image')
    .innerJoin('build', (on) =>
      on.onRef('build.shard', '=', 'build_image.shard').onRef('build.id', '=', 'build_image.build'),
    )
    .leftJoin('build_fact', (on) =>
      on.onRef('build_fact.shard', '=', 'build.shard').onRef('build_fact.build', '=', 'build.id'),
    )
    .leftJoin('code_commit', (on) =>
      on
        .onRef('code_commit.shard', '=', 'build_fact.shard')
        .onRef('code_commit.id', '=', 'build_fact.code_commit'),
    )
    .leftJoin('repository', (on) =>
      on
        .onRef('repository.shard', '=', 'code_commit.shard')
        .onRef('repository.id', '=', 'code_commit.repository'),
    )
    .leftJoin('code_host', (on) =>
      on
        .onRef('code_host.shard', '=', 'repository.shard')
        .onRef('code_host.id', '=', 'repository.code_host'),
    )
    .select([
      'build_image.id as edge',
      'build.build_id',
      'build.builder',
      'code_commit.hash',
      'repository.url as repository_url',
      'code_host.url as host_url',
    ])
    .distinct()
    .where('build_image.shard', '=', shard)
    .where('build_image.id', 'in', madeBy)
    .where('build_image.known_from', '<=', known)
    .where((row) =>
      row.or([row('build_fact.id', 'is', null), row('build_fact.known_from', '<=', known)]),
    )
    .$if(scope.ask.signedBy !== null, (query) =>
      query.where((row) => isSignedEdge(scope, row, 'build_image')),
    )
    .limit(LIMITS.pageRowsMax + 1)
    .execute();
}
