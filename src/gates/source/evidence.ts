import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
} from '../../capabilities/evidence/index.ts';
import type { Evaluation } from '../../capabilities/policy/index.ts';
import { sha256 } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { encodeDecision } from '../facts/decision-evidence.ts';
import type { JudgedCommit } from './commit-facts.ts';

/** The address under which the commits of a repository are recorded. */
export interface RepositoryAddress {
  readonly host: string;
  readonly repository: string;
}

export interface SourceDecision {
  readonly judged: JudgedCommit;
  readonly repository: RepositoryAddress;
  readonly evaluation: Evaluation;
  readonly now: Instant;
}

/**
 * The commit as a document of the log, and the decision about that document. Git's name of a commit
 * is not a SHA-256 of the stored bytes, so the subject of the decision is the digest of the
 * commit's own record, which contains that name.
 */
export function buildSourceEvidence({
  judged,
  repository,
  evaluation,
  now,
}: SourceDecision): readonly EvidenceInput[] {
  const commit = buildCommitEvidence(judged, repository);
  const subject = sha256(commit.body);
  return [commit, encodeDecision({ subject, workload: null, evaluation, decidedAt: now })];
}

/**
 * What was read and verified about a commit: the same document for a gate and for a verification.
 */
export function buildCommitEvidence(
  { commit, standing }: JudgedCommit,
  repository: RepositoryAddress,
): EvidenceInput {
  const signer = standing.kind === 'trusted' ? standing.signer : null;
  const body = encodeRecord('commit', {
    source: { ...repository, commit: commit.id },
    author: commit.author.email,
    committer: commit.committer.email,
    committedAt: commit.committer.at,
    signed: commit.signature !== null,
    signer:
      signer === null
        ? null
        : { format: signer.format, identity: signer.principal, thumbprint: signer.fingerprint },
  });
  return { kind: 'commit', mediaType: RECORD_MEDIA_TYPE, body, subject: null };
}
