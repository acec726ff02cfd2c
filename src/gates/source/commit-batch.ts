import type { CommitQuery, CommitSource } from '../../capabilities/signing/index.ts';
import { formatCount } from '../../core/count.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, type Result } from '../../core/result.ts';
import type { PushedRef } from './pushed-refs.ts';

/** What is judged together: commits, and the tree of the newest one. */
export interface CommitBatch {
  readonly what: string;
  /** Null for staged changes: there is no commit yet. */
  readonly tip: string | null;
  readonly commits: readonly string[];
}

export const STAGED: CommitBatch = { what: 'what is staged', tip: null, commits: [] };

/** One commit, or the commits of a range `A..B`, whose newest commit is B. */
export async function readBatch(source: CommitSource, text: string): Promise<Result<CommitBatch>> {
  const dots = text.indexOf('..');
  const newest = dots === -1 ? text : text.slice(dots + 2).replace(/^\./, '') || 'HEAD';
  const tip = await source.resolve(newest);
  if (!tip.ok) return tip;
  if (dots === -1) return ok({ what: `commit ${tip.value}`, tip: tip.value, commits: [tip.value] });
  const commits = await source.listRange(text, LIMITS.commitsMax);
  if (!commits.ok) return commits;
  const what = `commit ${tip.value} (${formatCount(commits.value.length, 'commit')} of ${text})`;
  return ok({ what, tip: tip.value, commits: commits.value });
}

/**
 * For each pushed ref, the commits that it gains and the tree at its tip. A deletion adds nothing.
 */
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
      what: `${name} at ${tip.value} (${formatCount(length, 'new commit')})`,
      tip: tip.value,
      commits: commits.value,
    });
  }
  return ok(batches);
}

/**
 * A ref gains the commits that neither it nor the remote's default branch has. Another branch of
 * the remote proves nothing: a stranger may have pushed it. If neither of the two is known here,
 * every commit of the remote counts as known.
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

/**
 * For each ref that a server would get, the commits that none of its branches and tags has yet, and
 * the tree at its tip. A push is taken or refused as a whole, so what one ref brings is known for
 * the next one.
 */
export async function readReceivedBatches(
  source: CommitSource,
  refs: readonly PushedRef[],
): Promise<Result<readonly CommitBatch[]>> {
  const batches = new Map<string, CommitBatch>();
  for (const { name, localId, remoteId } of refs) {
    if (localId === null) continue;
    const tip = await source.resolve(localId);
    if (!tip.ok) return tip;
    const judged = batches.get(tip.value);
    if (judged !== undefined) {
      batches.set(tip.value, { ...judged, what: `${name}, ${judged.what}` });
      continue;
    }
    const before = remoteId === null ? null : await source.resolve(remoteId);
    const known = [...(before?.ok === true ? [before.value] : []), ...batches.keys()];
    const gain = { tips: [tip.value], known, remote: null, ownRefs: true };
    const commits = await source.listReachable(gain, LIMITS.commitsMax);
    if (!commits.ok) return commits;
    const { length } = commits.value;
    const what = `${name} at ${tip.value} (${formatCount(length, 'new commit')})`;
    batches.set(tip.value, { what, tip: tip.value, commits: commits.value });
  }
  return ok([...batches.values()]);
}

const BEFORE_MAX = 20;

/** The parents of a batch: parents that are not part of it, or HEAD for staged changes. */
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
