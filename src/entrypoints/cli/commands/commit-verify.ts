import { buildCommitPolicy, type Policy, parsePolicy } from '../../../capabilities/policy/index.ts';
import {
  type CommitSigner,
  type CommitSource,
  type CommitStanding,
  type GitPerson,
  type NamedTag,
  verifyCommit,
} from '../../../capabilities/signing/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { formatAnswerInstant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, orThrow } from '../../../core/result.ts';
import {
  type CommitVerdict,
  type JudgedCommit,
  judgeCommit,
  judgeTag,
  readCommits,
} from '../../../gates/source/index.ts';
import { loadMergeSigners, type MergeSigners } from '../../compose/merge-signers.ts';
import { type CommitRecording, recordCommits } from '../../compose/record-source.ts';
import { openGit } from '../../compose/trees.ts';
import { type AllowedFile, type CommitTrust, loadCommitTrust } from '../../config/commit-trust.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import { makePrintable, paintErr, sayNote } from '../io.ts';
import type { CommitVerifyCall } from '../options/develop.ts';
import { type Block, paint, type Span, showLine, showTable } from '../report/block.ts';
import { type ExitCode, type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

interface VerifiedCommit {
  readonly id: string;
  readonly commit: JudgedCommit['commit'] | null;
  readonly standing: CommitStanding;
  /** `yes` if a gate for signed commits would accept it (D4). */
  readonly counts: 'yes' | 'no' | 'unknown';
  readonly why: string;
  readonly code: string | null;
}

/**
 * Ends with 0 if every commit is signed by its author and committer, with 1 if one is not, and with
 * 3 if that is unknown.
 */
export async function run(call: CommitVerifyCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const repository = orThrow(await openGit(call.io.cwd, call.io.env));
  try {
    const file = call.options.allowedSigners ?? null;
    const { keyring: keyrings, commitRoot: roots } = call.options;
    const asked = { file, keyrings, roots, config, repository, cwd: call.io.cwd };
    const trust = orThrow(await loadCommitTrust(asked));
    const { mergeSigner } = call.options;
    const mergers = orThrow(await loadMergeSigners(config, mergeSigner, repository.topLevel));
    printTrust(call, trust);
    printMergers(call, mergers);
    const policy = orThrow(parsePolicy(buildCommitPolicy(mergers.principals)));
    const { ids, named } = await listObjects(call, repository);
    const tags = named.map((one) => verifyTag(one, trust, policy));
    const verified: VerifiedCommit[] = [];
    for (const id of ids) verified.push(await verifyOne(id, repository, trust, policy));
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

function printTrust({ io }: CommitVerifyCall, { allowed, keyrings, roots }: CommitTrust): void {
  if (allowed !== null) {
    const { signers, file, from, revokedBy } = allowed;
    const revoked = revokedBy.map((list) => `, without those of ${list}`).join('');
    const lines = formatCount(signers.signers.length, 'line');
    sayNote(io, `${makePrintable(`allowed signers: ${file} (${from}), ${lines}${revoked}`)}\n`);
    for (const { line, why } of signers.skipped.slice(0, 20))
      io.err(`  ${makePrintable(`line ${line} is not used: ${why}`)}\n`);
  }
  for (const { file, from, keys, skipped } of keyrings) {
    const count = formatCount(keys, 'OpenPGP key');
    sayNote(io, `${makePrintable(`keyring: ${file} (${from}), ${count}`)}\n`);
    for (const why of skipped.slice(0, 20)) io.err(`  ${makePrintable(`not used: ${why}`)}\n`);
  }
  for (const { file, from, keys } of roots)
    sayNote(
      io,
      `${makePrintable(`roots: ${file} (${from}), ${formatCount(keys, 'certificate')}`)}\n`,
    );
  const files = [...(allowed === null ? [] : [allowed]), ...keyrings, ...roots];
  for (const { file } of files.filter(({ isWithin, from }) => isWithin && from !== 'option'))
    io.err(
      `${paintErr(io, 'yellow', 'note:')} ${makePrintable(file)} is part of what is verified: ` +
        'anyone who can change it there can sign\n',
    );
}

function printMergers(
  { io, options }: CommitVerifyCall,
  { principals, policy, isWithin }: MergeSigners,
): void {
  if (principals.length === 0) return;
  const from = [
    policy === null ? '' : `policy ${policy}`,
    options.mergeSigner.length > 0 ? 'option' : '',
  ];
  const told = from.filter((one) => one !== '').join(', ');
  sayNote(io, `${makePrintable(`merge signers: ${principals.join(', ')} (${told})`)}\n`);
  if (!isWithin) return;
  const note =
    'that policy is part of what is verified: anyone who can change it there can allow a key ' +
    'to merge for others';
  io.err(`${paintErr(io, 'yellow', 'note:')} ${note}\n`);
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

interface VerifiedTag {
  readonly named: NamedTag;
  readonly standing: CommitStanding;
  readonly verdict: CommitVerdict;
  readonly counts: CommitVerdict['counts'];
}

function verifyTag(named: NamedTag, { signers }: CommitTrust, policy: Policy): VerifiedTag {
  const standing = verifyCommit(named.tag, signers);
  const verdict = judgeTag(named, standing, { policy, now: toInstant(Date.now()) });
  return { named, standing, verdict, counts: verdict.counts };
}

async function verifyOne(
  id: string,
  source: CommitSource,
  { signers }: CommitTrust,
  policy: Policy,
): Promise<VerifiedCommit> {
  const { judged, missing } = await readCommits(source, [id], signers);
  const [read] = judged;
  if (read !== undefined) {
    const { counts, why, code } = judgeCommit(read, policy, toInstant(Date.now()));
    return { id, ...read, counts, why, code };
  }
  const cause = missing ?? new Failure('NOT_FOUND', `no commit ${id}`, 'Name another one.');
  const standing: CommitStanding = { kind: 'undetermined', cause };
  return { id, commit: null, standing, counts: 'unknown', why: cause.message, code: cause.code };
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

/** As people know the signer; a policy names the principal. */
function nameSigner(signer: CommitSigner): string {
  const address = 'addresses' in signer ? signer.addresses[0] : undefined;
  return address ?? signer.principal ?? '-';
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
