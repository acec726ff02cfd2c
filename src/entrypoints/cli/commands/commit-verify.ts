import type {
  CommitSource,
  CommitStanding,
  GitPerson,
  NamedTag,
} from '../../../capabilities/signing/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { formatAnswerInstant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { mapInParallel } from '../../../core/map-in-parallel.ts';
import { attempt, orThrow } from '../../../core/result.ts';
import { READ_AT_ONCE } from '../../../gates/source/index.ts';
import type { MergeSigners } from '../../compose/merge-signers.ts';
import { type CommitRecording, recordCommits } from '../../compose/record-source.ts';
import { openGit } from '../../compose/trees.ts';
import type { AllowedFile, CommitTrust } from '../../config/commit-trust.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import {
  judgeOneCommit,
  nameSigner,
  openCommitJudges,
  type VerifiedCommit,
  type VerifiedTag,
  verifyTag,
} from '../commit-judges.ts';
import { sayNote } from '../io.ts';
import type { CommitVerifyCall } from '../options/develop.ts';
import { type Block, paint, type Span, showLine, showTable } from '../report/block.ts';
import { type ExitCode, type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/**
 * Ends with 0 if every commit is signed by its author and committer, with 1 if one is not, and with
 * 3 if that is unknown.
 */
export async function run(call: CommitVerifyCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const repository = orThrow(await openGit(call.io.cwd, call.io.env));
  try {
    const judges = await openCommitJudges(call, config, repository);
    const { trust, mergers } = judges;
    const { ids, named } = await listObjects(call, repository);
    const tags = named.map((one) => verifyTag(one, judges));
    const verified = await mapInParallel(ids, READ_AT_ONCE, (id) =>
      judgeOneCommit(id, repository, judges),
    );
    const recorded = call.options.record
      ? await attempt(() => record(call, config, repository, verified))
      : null;
    return {
      kind: 'result',
      exitCode: toExitCode([...tags, ...verified]),
      value: toValue('commit-verify', () => toJson(trust, mergers, { verified, tags })),
      blocks: () => [...showTags(tags), ...showCommits(verified)],
      failure: recorded?.ok === false ? recorded.failure : null,
    };
  } finally {
    repository.close();
  }
}

/** The commits that are asked for, and the annotated tags that name them. */
async function listObjects(
  call: CommitVerifyCall,
  source: CommitSource,
): Promise<{ readonly ids: readonly string[]; readonly named: readonly NamedTag[] }> {
  const ids = new Set<string>();
  const named: NamedTag[] = [];
  for (const text of call.args.length === 0 ? ['HEAD'] : call.args) {
    const tags = text.includes('..') ? [] : orThrow(await source.listTags(text));
    named.push(...tags);
    const last = tags.at(-1)?.tag.target.type ?? 'commit';
    const found = text.includes('..')
      ? orThrow(await source.listRange(text, LIMITS.commitsMax))
      : last === 'commit'
        ? [orThrow(await source.resolve(text))]
        : [];
    for (const id of found) ids.add(id);
  }
  if (ids.size <= LIMITS.commitsMax) return { ids: [...ids], named };
  throw new Failure(
    'LIMIT_EXCEEDED',
    `more than ${LIMITS.commitsMax} commits`,
    'Ask for a shorter range.',
  );
}

function toExitCode(verified: readonly Pick<VerifiedCommit, 'counts'>[]): ExitCode {
  if (verified.some(({ counts }) => counts === 'no')) return 1;
  return verified.some(({ counts }) => counts === 'unknown') ? 3 : 0;
}

const WORDS = {
  yes: ['green', 'trusted'],
  no: ['red', 'refused'],
  unknown: ['yellow', 'undetermined'],
} as const;

function showTags(tags: readonly VerifiedTag[]): readonly Block[] {
  if (tags.length === 0) return [];
  const rows = tags.map(({ named: { tag }, standing, verdict: { counts, why } }) => [
    tag.name,
    counts === 'yes' ? standing.kind : WORDS[counts][1],
    ...describeSigner(standing, tag.signature?.format ?? null),
    tag.tagger.email,
    `${tag.target.type} ${tag.target.id.slice(0, 12)}`,
    why === '' ? '-' : why,
  ]);
  return [showTable(['TAG', 'STANDING', 'SIGNED BY', 'HOW', 'TAGGER', 'OF', 'REASON'], rows)];
}

function describeSigner(
  standing: CommitStanding,
  format: string | null,
): readonly [string, string] {
  const signer = 'signer' in standing ? standing.signer : null;
  return signer === null
    ? ['-', format ?? '-']
    : [nameSigner(signer), `${signer.format} ${signer.fingerprint}`];
}

function showCommits(verified: readonly VerifiedCommit[]): readonly Block[] {
  if (verified.length === 0) return [showLine('no commits')];
  const rows = verified.map(({ id, commit, standing, counts, why }) => {
    return [
      id.slice(0, 12),
      counts === 'yes' ? standing.kind : WORDS[counts][1],
      ...describeSigner(standing, commit?.signature?.format ?? null),
      commit?.author.email ?? '-',
      commit?.committer.email ?? '-',
      why === '' ? '-' : why,
    ];
  });
  const count = (wanted: VerifiedCommit['counts']): number =>
    verified.filter(({ counts }) => counts === wanted).length;
  const counted = (['yes', 'no', 'unknown'] as const).filter((wanted) => count(wanted) > 0);
  const summary = counted.flatMap((wanted, at): readonly Span[] => [
    at === 0 ? '' : ', ',
    paint(WORDS[wanted][0], `${count(wanted)} ${WORDS[wanted][1]}`),
  ]);
  const header = ['COMMIT', 'STANDING', 'SIGNED BY', 'HOW', 'AUTHOR', 'COMMITTER', 'REASON'];
  return [
    showTable(header, rows),
    showLine(`${formatCount(verified.length, 'commit')}: `, ...summary),
  ];
}

function toJson(
  { allowed, keyrings, roots }: CommitTrust,
  { principals, policy, isWithin: ownPolicy }: MergeSigners,
  {
    verified,
    tags,
  }: { readonly verified: readonly VerifiedCommit[]; readonly tags: readonly VerifiedTag[] },
): SchemaValue<'commit-verify'> {
  const mergeSigners = { principals, policy, withinWorkTree: ownPolicy };
  return {
    allowedSigners: allowed === null ? null : toAllowedJson(allowed),
    keyrings: keyrings.map(({ isWithin, ...told }) => ({ ...told, withinWorkTree: isWithin })),
    commitRoots: roots.map(({ isWithin, ...told }) => ({ ...told, withinWorkTree: isWithin })),
    mergeSigners,
    tags: tags.map(toTagJson),
    commits: verified.map(toCommitJson),
  };
}

function toAllowedJson({ file, from, isWithin, signers, revokedBy }: AllowedFile) {
  return { file, from, withinWorkTree: isWithin, skipped: signers.skipped, revokedBy };
}

type CommitValue = SchemaValue<'commit-verify'>['commits'][number];

function toCommitJson({ id, commit, standing, counts, why, code }: VerifiedCommit): CommitValue {
  const matches =
    standing.kind === 'trusted' ? standing : { authorMatches: false, committerMatches: false };
  return {
    id,
    subject: commit?.subject ?? null,
    author: commit === null ? null : toPersonJson(commit.author),
    committer: commit === null ? null : toPersonJson(commit.committer),
    standing: standing.kind,
    format: commit?.signature?.format ?? null,
    signer: 'signer' in standing ? standing.signer : null,
    authorMatches: matches.authorMatches,
    committerMatches: matches.committerMatches,
    counts,
    reason: code === null ? null : { code, text: why },
  };
}

function toTagJson({
  named: { tag, ref },
  standing,
  verdict: { counts, code, why },
}: VerifiedTag): SchemaValue<'commit-verify'>['tags'][number] {
  return {
    id: tag.id,
    name: tag.name,
    ref,
    target: tag.target,
    subject: tag.subject,
    tagger: toPersonJson(tag.tagger),
    standing: standing.kind,
    format: tag.signature?.format ?? null,
    signer: 'signer' in standing ? standing.signer : null,
    taggerMatches: standing.kind === 'trusted' && standing.authorMatches,
    counts,
    reason: code === null ? null : { code, text: why },
  };
}

function toPersonJson({ name, email, at }: GitPerson): NonNullable<CommitValue['author']> {
  return { name, email, at: at === null ? null : formatAnswerInstant(at) };
}

/**
 * Records what was read and verified. Nothing is recorded about a commit that could not be read.
 */
async function record(
  { io, options }: CommitVerifyCall,
  config: Config,
  git: CommitRecording['git'],
  verified: readonly VerifiedCommit[],
): Promise<void> {
  const read = verified.flatMap(({ commit, standing }) =>
    commit === null ? [] : [{ commit, standing }],
  );
  const recording = { config, repo: options.repo, git };
  const receipts = await recordCommits(recording, read, toInstant(Date.now()));
  const fresh = receipts.filter((receipt) => receipt.fresh).length;
  sayNote(
    io,
    `recorded: ${formatCount(fresh, 'commit')}, ${receipts.length - fresh} known already\n`,
  );
}
