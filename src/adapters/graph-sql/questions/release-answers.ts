import type { ReleaseAnswer } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { addSourceClaims, readClaims } from './claims.ts';
import { readEvidence } from './evidence.ts';
import type { Scope } from './scope.ts';

/**
 * The releases by id, as answers. The owner is the owner of the name at the moment of the question,
 * or else the owner in the record.
 */
export async function readReleaseAnswers(
  scope: Scope,
  ids: readonly number[],
): Promise<ReadonlyMap<number, ReleaseAnswer>> {
  if (ids.length === 0) return new Map();
  const rows = await scope.db
    .selectFrom('release')
    .leftJoin('code_commit', (on) =>
      on
        .onRef('code_commit.shard', '=', 'release.shard')
        .onRef('code_commit.id', '=', 'release.code_commit'),
    )
    .leftJoin('repository', (on) =>
      on
        .onRef('repository.shard', '=', 'release.shard')
        .onRef('repository.id', '=', 'code_commit.repository'),
    )
    .leftJoin('code_host', (on) =>
      on
        .onRef('code_host.shard', '=', 'release.shard')
        .onRef('code_host.id', '=', 'repository.code_host'),
    )
    .selectAll('release')
    .select(['code_commit.hash', 'repository.url as repository_url', 'code_host.url as host_url'])
    .where('release.shard', '=', scope.shard)
    .where('release.id', 'in', ids)
    .execute();
  const owners = await readOwners(scope, [...new Set(rows.map((row) => row.name))]);
  const said = await readEvidence(
    scope,
    'release',
    rows.map((row) => row.document),
  );
  const claims = await readClaims(
    scope,
    rows.map((row) => row.document),
  );
  return new Map(
    rows.map((row) => {
      const { hash, repository_url: repository, host_url: host } = row;
      const source =
        hash === null || repository === null || host === null
          ? null
          : { host, repository, commit: hash };
      return [
        row.id,
        {
          name: row.name,
          version: row.version,
          releasedAt: toInstant(row.released_at),
          owner: owners.get(row.name) ?? row.owner,
          source: source === null ? null : addSourceClaims(source, claims.get(row.document)),
          document: row.document as Digest,
          evidence: [said.get(row.document) ?? []].flat(),
        },
      ];
    }),
  );
}

/**
 * The last owner of each name. An ownership that begins later does not count yet, even if it was
 * already known.
 */
async function readOwners(
  { db, shard, known, moment }: Scope,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>();
  for (const some of splitIntoChunks(names)) {
    const rows = await db
      .selectFrom('ownership')
      .select(['release_name', 'owner'])
      .where('shard', '=', shard)
      .where('release_name', 'in', some)
      .where('known_from', '<=', known)
      .where('valid_from', '<=', moment)
      .orderBy('valid_from')
      .orderBy('id')
      .execute();
    for (const row of rows) owners.set(row.release_name, row.owner);
  }
  return owners;
}
