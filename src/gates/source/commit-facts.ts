import {
  type CommitFact,
  type Fact,
  type FactList,
  type JudgedCommitFact,
  makePartialList,
  makeUnknownFact,
  PartialList,
  UnknownFact,
} from '../../capabilities/policy/index.ts';
import {
  type CommitSignature,
  type CommitSigners,
  type CommitSource,
  type CommitStanding,
  type GitCommit,
  verifyCommit,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { mapInParallel } from '../../core/map-in-parallel.ts';

/** A commit that was read, with its signer. */
export interface JudgedCommit {
  /** Without its bytes: thousands of large commits are judged one after the other. */
  readonly commit: CommitSummary;
  readonly standing: CommitStanding;
}

export type CommitSummary = Omit<GitCommit, 'payload' | 'signature'> & {
  readonly signature: Pick<CommitSignature, 'format'> | null;
};

/** What a rule about signatures is told of a commit or a tag. */
export interface JudgedSignature {
  readonly commit: Pick<CommitSummary, 'id' | 'author' | 'committer' | 'signature'>;
  readonly standing: CommitStanding;
}

export interface CommitReadResult {
  readonly judged: readonly JudgedCommit[];
  /** Why commits could not be read (the first failure); null if all were read. */
  readonly missing: Failure | null;
}

/**
 * Reads and verifies commits. Without anybody whom we trust no signature is trusted, and the reason
 * is given.
 */
export async function readCommits(
  source: Pick<CommitSource, 'commit'>,
  ids: readonly string[],
  signers: CommitSigners,
): Promise<CommitReadResult> {
  const read = await mapInParallel(ids, READ_AT_ONCE, async (id) => {
    const commit = await source.commit(id);
    return commit.ok ? dropBytes(commit.value, verifyCommit(commit.value, signers)) : commit;
  });
  const judged: JudgedCommit[] = [];
  let missing: Failure | null = null;
  for (const one of read)
    if ('failure' in one) missing ??= one.failure;
    else judged.push(one);
  return { judged, missing };
}

/** A source may read them together; each is verified and dropped when it was read. */
export const READ_AT_ONCE = 64;

function dropBytes(
  { payload: _, signature, ...commit }: GitCommit,
  standing: CommitStanding,
): JudgedCommit {
  const format = signature === null ? null : { format: signature.format };
  return { commit: { ...commit, signature: format }, standing };
}

/**
 * The commits that a gate decides about. If a commit could not be read, the list is partial
 * (foundation 1).
 */
export function buildCommitFacts({
  judged,
  missing,
}: CommitReadResult): FactList<JudgedCommitFact> {
  const facts = judged.map(toCommitFact);
  return missing === null ? facts : makePartialList(facts, missing);
}

/**
 * The commit whose tree is judged; unknown where a tree is none, or may differ from it. What was
 * there before is known by its id alone: nobody read its signature again.
 */
export function findCommitFact(
  id: string | null,
  commits: FactList<JudgedCommitFact>,
): Fact<CommitFact> {
  if (commits instanceof UnknownFact) return commits;
  // mutant commit-before-it-is-made by source: remove
  if (id === null) return makeUnknownFact(NO_COMMIT);
  const { items, rest } =
    commits instanceof PartialList ? commits : { items: commits, rest: makeUnknownFact(NOT_NEW) };
  const found = items.find((one) => one.id === id);
  if (found === undefined) return { id, signed: rest, trusted: rest, signer: rest };
  const { signed, trusted, signer } = found;
  return { id, signed, trusted, signer };
}

const NO_COMMIT = new Failure(
  'FACT_UNKNOWN',
  'what is staged is no commit yet',
  'Ask again for the commit: waybill gate commit REV.',
);
const NOT_NEW = new Failure(
  'FACT_UNKNOWN',
  'the commit is not new here, so its signature was not read again',
  'Ask for it by name: waybill gate commit REV.',
);

export function toCommitFact({ commit, standing }: JudgedSignature): JudgedCommitFact {
  const base = { id: commit.id, author: commit.author.email, committer: commit.committer.email };
  const format = commit.signature?.format ?? null;
  const nobody = { authorMatches: false, committerMatches: false };
  switch (standing.kind) {
    case 'unsigned':
      return {
        ...base,
        signed: false,
        trusted: false,
        signer: null,
        format,
        ...nobody,
        reason: 'it is not signed',
      };
    case 'trusted': {
      const { signer, authorMatches, committerMatches } = standing;
      const fact = { ...base, signed: true, trusted: true, signer: signer.principal, format };
      return { ...fact, authorMatches, committerMatches, reason: null };
    }
    case 'untrusted': {
      const signer = standing.signer?.principal ?? standing.signer?.fingerprint ?? null;
      return {
        ...base,
        signed: true,
        trusted: false,
        signer,
        format,
        ...nobody,
        reason: standing.reason.text,
      };
    }
    case 'undetermined': {
      const open = makeUnknownFact(standing.cause);
      return {
        ...base,
        signed: true,
        trusted: open,
        signer: open,
        format,
        authorMatches: open,
        committerMatches: open,
        reason: standing.cause.message,
      };
    }
  }
}

/** What a gate knows about a tree without any commit: its author is unknown. */
export function createUnknownCommits(why: string): FactList<JudgedCommitFact> {
  return makeUnknownFact(
    new Failure('FACT_UNKNOWN', why, 'Name the commit: --commit REV, within a git repository.'),
  );
}
