import type { CommitAnswer, SourceAnswer } from '../../../capabilities/graph/index.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readEdgeEvidence } from './evidence.ts';
import type { Scope } from './scope.ts';

/**
 * What the latest known evidence says about each commit. A commit without evidence is not in the
 * result.
 */
export async function readCommits(
  scope: Scope,
  sources: readonly SourceAnswer[],
): Promise<readonly CommitAnswer[]> {
  const keys = new Map(sources.map((source) => [formatCommitKey(source), source]));
  const rows = [];
  for (const some of splitIntoChunks([...keys.keys()]))
    rows.push(...(await queryFacts(scope, some)));
  const last = new Map(rows.map((row) => [row.key, row]));
  const said = await readEdgeEvidence(
    scope,
    'commit_fact',
    [...last.values()].map(({ id }) => id),
  );
  return [...last.values()].flatMap((row): CommitAnswer[] => {
    const source = keys.get(row.key);
    if (source === undefined) return [];
    const { format, identity, thumbprint } = row;
    const { host, repository, commit } = source;
    return [
      {
        ...{ host, repository, commit },
        author: row.author,
        committer: row.committer,
        committedAt: row.committed_at === null ? null : toInstant(row.committed_at),
        signed: row.signed === 1,
        signer: format === null || identity === null ? null : { format, identity, thumbprint },
        evidence: said.get(row.id) ?? [],
      },
    ];
  });
}

/** The name of a commit in the projection. */
function formatCommitKey({ host, repository, commit }: SourceAnswer): string {
  return JSON.stringify([host, repository, commit]);
}

function queryFacts({ db, shard, known }: Scope, keys: readonly string[]) {
  return db
    .selectFrom('code_commit')
    .innerJoin('commit_fact', (on) =>
      on
        .onRef('commit_fact.shard', '=', 'code_commit.shard')
        .onRef('commit_fact.code_commit', '=', 'code_commit.id'),
    )
    .leftJoin('signer', (on) =>
      on
        .onRef('signer.shard', '=', 'commit_fact.shard')
        .onRef('signer.id', '=', 'commit_fact.signer'),
    )
    .selectAll('commit_fact')
    .select(['code_commit.key', 'signer.format', 'signer.identity', 'signer.thumbprint'])
    .where('code_commit.shard', '=', shard)
    .where('code_commit.key', 'in', keys)
    .where('commit_fact.known_from', '<=', known)
    .orderBy('commit_fact.known_from')
    .orderBy('commit_fact.id')
    .limit(LIMITS.questionVersionsMax)
    .execute();
}
