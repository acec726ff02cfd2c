import type { CommitQuery, CommitSource } from '../../capabilities/signing/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, type Result } from '../../core/result.ts';
import type { PushedRef } from './pushed-refs.ts';

/** What is judged together: commits, and the tree of the newest of them. */
export interface CommitBatch {
  readonly what: string;
  /** Null for what is staged: there is no commit yet. */
  readonly tip: string | null;
  readonly commits: readonly string[];
}

export const STAGED: CommitBatch = { what: 'what is staged', tip: null, commits: [] };

/** A commit, or the commits of a range `A..B`, whose newest is B. */
export async function readBatch(source: CommitSource, text: string): Promise<Result<CommitBatch>> {
  const range = /^(.*?)\.\.\.?(.*)$/s.exec(text);
  const tip = await source.resolve(range === null ? text : range[2] || 'HEAD');
  if (!tip.ok) return tip;
  if (range === null)
    return ok({ what: `commit ${tip.value}`, tip: tip.value, commits: [tip.value] });
  const commits = await source.listRange(text, LIMITS.commitsMax);
  if (!commits.ok) return commits;
  const what = `commit ${tip.value} (${commits.value.length} commits of ${text})`;
  return ok({ what, tip: tip.value, commits: commits.value });
}

/** Every commit that a ref would gain, and the tree of each tip; a deletion brings nothing. */
export async function readPushedBatches(
  source: CommitSource,
  refs: readonly PushedRef[],
  remoteName: string,
): Promise<Result<readonly CommitBatch[]>> {
  const remote = /^\w[\w./-]*$/.test(remoteName) ? remoteName : null;
  const batches: CommitBatch[] = [];
  for (const { name, localId, remoteId } of refs) {
    if (localId === null) continue;
    const tip = await source.resolve(localId);
    if (!tip.ok) return tip;
    const gain = await findGain(source, tip.value, remoteId, remote);
    const commits = await source.listReachable(gain, LIMITS.commitsMax);
    if (!commits.ok) return commits;
    const { length } = commits.value;
    batches.push({
      what: `${name} at ${tip.value} (${length === 1 ? 'one new commit' : `${length} new commits`})`,
      tip: tip.value,
      commits: commits.value,
    });
  }
  return ok(batches);
}

/**
 * What a ref gains is what it and the remote's default branch do not have. That another branch of
 * the remote has a commit says nothing: a stranger's may lie there. Only where neither is known
 * here, all that the remote has counts as known.
 */
async function findGain(
  source: CommitSource,
  tip: string,
  remoteId: string | null,
  remote: string | null,
): Promise<CommitQuery> {
  const names = [remoteId, remote === null ? null : `refs/remotes/${remote}/HEAD`];
  const known: string[] = [];
  for (const name of names) {
    const there = name === null ? null : await source.resolve(name);
    if (there?.ok === true) known.push(there.value);
  }
  return { tips: [tip], known, remote: known.length > 0 ? null : remote };
}

const BEFORE_MAX = 20;

/**
 * The commits that a batch comes after: parents that are not part of it, or HEAD for what is
 * staged.
 */
export async function listCommitsBefore(
  source: CommitSource,
  { tip, commits }: CommitBatch,
): Promise<readonly string[]> {
  const parents = new Set<string>();
  if (tip === null) {
    const head = await source.resolve('HEAD');
    if (head.ok) parents.add(head.value);
  }
  const own = new Set(commits);
  for (const id of commits) {
    const read = await source.commit(id);
    for (const parent of read.ok ? read.value.parents : [])
      if (!own.has(parent)) parents.add(parent);
  }
  return [...parents].slice(0, BEFORE_MAX);
}
