import type { EvidenceInput, Receipt } from '../../capabilities/evidence/index.ts';
import type { Evaluation } from '../../capabilities/policy/index.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { readHost, removeCredentials } from '../../core/repository-address.ts';
import { orThrow } from '../../core/result.ts';
import {
  buildCommitEvidence,
  buildSourceEvidence,
  type JudgedCommit,
} from '../../gates/source/index.ts';
import type { Config } from '../config/config.ts';
import { openLedger } from './graph.ts';

/** Where a record of commits is written, and under which address. */
export interface CommitRecording {
  readonly config: Config;
  /** The address from the options; without it, that of the repository's remote. */
  readonly repo: string | undefined;
  readonly git: { facts(): Promise<{ readonly repository: string }> };
}

export interface SourceRecord {
  readonly tip: JudgedCommit | null;
  readonly id: string | null;
  readonly evaluation: Evaluation;
  readonly now: Instant;
}

/** Appends the commit and the decision about it to the evidence log. */
export async function recordSource(
  recording: CommitRecording,
  { tip, id, evaluation, now }: SourceRecord,
): Promise<void> {
  if (tip === null)
    throw new Failure(
      'EVIDENCE_REJECTED',
      `commit ${id ?? ''} could not be read or was not judged`,
      'Judge the commit itself.',
    );
  const repository = await readAddress(recording);
  const inputs = buildSourceEvidence({ judged: tip, repository, evaluation, now });
  await appendInputs(recording.config, inputs, now);
}

/** Appends what was read and verified about commits, without a decision. */
export async function recordCommits(
  recording: CommitRecording,
  commits: readonly JudgedCommit[],
  now: Instant,
): Promise<readonly Receipt[]> {
  const repository = await readAddress(recording);
  const inputs = commits.map((judged) => buildCommitEvidence(judged, repository));
  return appendInputs(recording.config, inputs, now);
}

async function appendInputs(
  config: Config,
  inputs: readonly EvidenceInput[],
  now: Instant,
): Promise<readonly Receipt[]> {
  const { log, close } = await openLedger(config);
  try {
    return orThrow(await log.append(inputs, now));
  } finally {
    await close();
  }
}

async function readAddress({
  repo,
  git,
}: CommitRecording): Promise<{ readonly host: string; readonly repository: string }> {
  const address = removeCredentials(repo ?? (await git.facts()).repository);
  const host = readHost(address);
  if (address !== '' && host !== null) return { host, repository: address };
  throw new Failure(
    'USAGE',
    'the repository has no address under which to record it',
    'Name the address: --repo URL.',
  );
}
