import type { Result } from '../../../core/result.ts';
import type { GitCommit } from './commit.ts';
import type { GitTag } from './tag.ts';

/**
 * The new commits of a push or a branch: reachable from `tips` and from nothing that is already
 * known.
 */
export interface CommitQuery {
  readonly tips: readonly string[];
  /**
   * Object names whose history is known; an absent one is skipped, which only adds commits to the
   * answer.
   */
  readonly known: readonly string[];
  /** A remote whose branches, as far as they were fetched, are known too. */
  readonly remote: string | null;
  /** Branches and tags of the repository itself are known too. */
  readonly ownRefs?: boolean;
}

/**
 * A tag, and the full name of the ref that was asked for; null for a tag that another one names.
 */
export interface NamedTag {
  readonly tag: GitTag;
  readonly ref: string | null;
}

/**
 * Commits of one repository, as bytes that hash to the requested name. Laws: replacement refs,
 * grafts and the edge of a shallow clone are not history: a missing object is a failure, never the
 * end of the history. A list over `max` is LIMIT_EXCEEDED, not cut short. Newest first.
 */
export interface CommitSource {
  /** Full object name of the commit that `rev` names. */
  resolve(rev: string): Promise<Result<string>>;
  /** Commits of a range as `git rev-list` takes it: `main..HEAD`. */
  listRange(text: string, max: number): Promise<Result<readonly string[]>>;
  listReachable(asked: CommitQuery, max: number): Promise<Result<readonly string[]>>;
  commit(id: string): Promise<Result<GitCommit>>;
  /**
   * The annotated tag that `rev` names, and each tag that it points to; empty where it names none.
   */
  listTags(rev: string): Promise<Result<readonly NamedTag[]>>;
}
